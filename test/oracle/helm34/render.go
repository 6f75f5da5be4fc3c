package main

import (
	"fmt"
	"path/filepath"
	"strings"
	stdtime "time"

	v3chart "helm.sh/helm/v3/pkg/chart"
	v3loader "helm.sh/helm/v3/pkg/chart/loader"
	v3util "helm.sh/helm/v3/pkg/chartutil"
	v3engine "helm.sh/helm/v3/pkg/engine"
	v3release "helm.sh/helm/v3/pkg/release"
	v3sort "helm.sh/helm/v3/pkg/releaseutil"
	v3time "helm.sh/helm/v3/pkg/time"
	v4common "helm.sh/helm/v4/pkg/chart/common"
	v4values "helm.sh/helm/v4/pkg/chart/common/util"
	v4loader "helm.sh/helm/v4/pkg/chart/v2/loader"
	v4util "helm.sh/helm/v4/pkg/chart/v2/util"
	v4engine "helm.sh/helm/v4/pkg/engine"
	v4status "helm.sh/helm/v4/pkg/release/common"
	v4release "helm.sh/helm/v4/pkg/release/v1"
	v4sort "helm.sh/helm/v4/pkg/release/v1/util"
)

const fixtureNamespace = "apps"

// summer is a zone two hours ahead of UTC: Helm 3 and 4 store local time with its offset.
var summer = stdtime.FixedZone("", 2*60*60)

// moment is when a revision was deployed.
func moment(revision int) stdtime.Time {
	return stdtime.Date(2024, 6, 1, 12, revision, 0, 123456789*revision%1e9, summer)
}

// deploy3 renders a chart with Helm 3's loader and engine and puts the parts where Helm 3's actions
// put them.
func deploy3(charts, chart, name string, revision int, config map[string]interface{}) (*v3release.Release, error) {
	c, err := v3loader.LoadDir(filepath.Join(charts, chart))
	if err != nil {
		return nil, err
	}
	if err := v3util.ProcessDependenciesWithMerge(c, config); err != nil {
		return nil, err
	}
	values, err := v3util.ToRenderValues(c, config, v3util.ReleaseOptions{
		Name: name, Namespace: fixtureNamespace, Revision: revision,
		IsInstall: revision == 1, IsUpgrade: revision > 1,
	}, v3util.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	files, err := v3engine.Render(c, values)
	if err != nil {
		return nil, err
	}
	notes := takeNotes(files)
	hooks, objects, err := v3sort.SortManifests(files, nil, v3sort.InstallOrder)
	if err != nil {
		return nil, err
	}
	var manifest strings.Builder
	for _, o := range objects {
		fmt.Fprintf(&manifest, "---\n# Source: %s\n%s\n", o.Name, o.Content)
	}
	return &v3release.Release{
		Name: name, Namespace: fixtureNamespace, Version: revision, Chart: c, Config: config,
		Info: &v3release.Info{
			FirstDeployed: v3time.Time{Time: moment(1)},
			LastDeployed:  v3time.Time{Time: moment(revision)},
			Status:        v3release.StatusDeployed,
			Description:   describe(revision),
			Notes:         notes,
		},
		Manifest: manifest.String(), Hooks: hooks,
	}, nil
}

// deploy4 is deploy3 with Helm 4's libraries. Helm 4 keeps the files' times, which a checkout
// doesn't; they are set.
func deploy4(charts, chart, name string, revision int, config map[string]interface{}) (*v4release.Release, error) {
	c, err := v4loader.LoadDir(filepath.Join(charts, chart))
	if err != nil {
		return nil, err
	}
	if err := v4util.ProcessDependencies(c, config); err != nil {
		return nil, err
	}
	values, err := v4values.ToRenderValues(c, config, v4common.ReleaseOptions{
		Name: name, Namespace: fixtureNamespace, Revision: revision,
		IsInstall: revision == 1, IsUpgrade: revision > 1,
	}, v4common.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	files, err := v4engine.Render(c, values)
	if err != nil {
		return nil, err
	}
	notes := takeNotes(files)
	hooks, objects, err := v4sort.SortManifests(files, nil, v4sort.InstallOrder)
	if err != nil {
		return nil, err
	}
	var manifest strings.Builder
	for _, o := range objects {
		fmt.Fprintf(&manifest, "---\n# Source: %s\n%s\n", o.Name, o.Content)
	}
	packed := stdtime.Date(2024, 5, 31, 23, 59, 59, 500000000, stdtime.UTC)
	c.ModTime, c.SchemaModTime = packed, packed
	for _, f := range append(append([]*v4common.File{}, c.Templates...), c.Files...) {
		f.ModTime = packed
	}
	return &v4release.Release{
		Name: name, Namespace: fixtureNamespace, Version: revision, Chart: c, Config: config,
		Info: &v4release.Info{
			FirstDeployed: moment(1), LastDeployed: moment(revision), Status: v4status.StatusDeployed,
			Description: describe(revision), Notes: notes,
		},
		Manifest: manifest.String(), Hooks: hooks, ApplyMethod: string(v4release.ApplyMethodServerSideApply),
	}, nil
}

func describe(revision int) string {
	if revision == 1 {
		return "Install complete"
	}
	return "Upgrade complete"
}

// takeNotes takes the notes out of rendered files, as Helm's actions do before they sort the rest.
func takeNotes(files map[string]string) string {
	notes := ""
	for path, text := range files {
		if strings.HasSuffix(path, "NOTES.txt") {
			notes += text
			delete(files, path)
		}
	}
	return notes
}

// small3 is a release of a chart of one template, for cases that are about one field.
func small3(name string) *v3release.Release {
	return &v3release.Release{
		Name: name, Namespace: fixtureNamespace, Version: 1,
		Info: &v3release.Info{
			FirstDeployed: v3time.Time{Time: moment(1)}, LastDeployed: v3time.Time{Time: moment(1)},
			Status: v3release.StatusDeployed, Description: "Install complete",
		},
		Chart: &v3chart.Chart{
			Metadata:  &v3chart.Metadata{Name: "tiny", Version: "0.1.0", APIVersion: "v2"},
			Templates: []*v3chart.File{{Name: "templates/a.yaml", Data: []byte("kind: ConfigMap\n")}},
			Values:    map[string]interface{}{"replicas": 1.0},
		},
		Config:   map[string]interface{}{"replicas": 2.0},
		Manifest: "---\n# Source: tiny/templates/a.yaml\nkind: ConfigMap\n",
	}
}
