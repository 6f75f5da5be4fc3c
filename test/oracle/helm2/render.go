package main

import (
	"fmt"
	"path"
	"sort"
	"strconv"
	"strings"

	"github.com/ghodss/yaml"
	"github.com/golang/protobuf/ptypes/timestamp"
	"k8s.io/helm/pkg/chartutil"
	"k8s.io/helm/pkg/engine"
	"k8s.io/helm/pkg/hooks"
	"k8s.io/helm/pkg/proto/hapi/chart"
	"k8s.io/helm/pkg/proto/hapi/release"
	"k8s.io/helm/pkg/releaseutil"
	"k8s.io/helm/pkg/version"
)

// order is what is told to Tiller for one revision: `helm install` or `helm upgrade`.
type order struct {
	name      string
	namespace string
	revision  int32
	// values is the text of `--values`; Tiller stores it as it is.
	values string
	time   *timestamp.Timestamp
}

// loadChart loads a chart's folder with Helm 2's loader. That one meets subcharts in the random
// order of a Go map; here they are sorted, so that the same folder gives the same bytes.
func loadChart(dir string) (*chart.Chart, error) {
	c, err := chartutil.LoadDir(dir)
	if err != nil {
		return nil, err
	}
	sortSubcharts(c)
	return c, nil
}

func sortSubcharts(c *chart.Chart) {
	subs := c.Dependencies
	sort.Slice(subs, func(i, j int) bool { return subs[i].Metadata.Name < subs[j].Metadata.Name })
	for _, sub := range subs {
		sortSubcharts(sub)
	}
}

// deploy renders a chart with Helm 2's engine and puts the parts where Tiller puts them. The chart
// is changed as Tiller changes it: disabled subcharts go, imported values come.
func deploy(c *chart.Chart, o order) (*release.Release, error) {
	config := &chart.Config{Raw: o.values}
	if err := chartutil.ProcessRequirementsEnabled(c, config); err != nil {
		return nil, err
	}
	if err := chartutil.ProcessRequirementsImportValues(c); err != nil {
		return nil, err
	}
	values, err := chartutil.ToRenderValuesCaps(c, config,
		chartutil.ReleaseOptions{
			Name: o.name, Namespace: o.namespace, Time: o.time, Revision: int(o.revision),
			IsInstall: o.revision == 1, IsUpgrade: o.revision > 1,
		},
		&chartutil.Capabilities{
			APIVersions:   chartutil.DefaultVersionSet,
			KubeVersion:   chartutil.DefaultKubeVersion,
			TillerVersion: version.GetVersionProto(),
		})
	if err != nil {
		return nil, err
	}
	files, err := engine.New().Render(c, values)
	if err != nil {
		return nil, err
	}
	rel := &release.Release{
		Name:      o.name,
		Namespace: o.namespace,
		Version:   o.revision,
		Chart:     c,
		Config:    config,
		Info: &release.Info{
			FirstDeployed: o.time,
			LastDeployed:  o.time,
			Status:        &release.Status{Code: release.Status_DEPLOYED},
			Description:   "Install complete",
		},
	}
	if o.revision > 1 {
		rel.Info.Description = "Upgrade complete"
	}
	notes := path.Join(c.Metadata.Name, "templates", "NOTES.txt")
	rel.Info.Status.Notes = files[notes]
	return rel, fill(rel, files)
}

// fill splits rendered files into hooks and the manifest, in the form Tiller gives them. Tiller
// takes the files in the random order of a Go map; here they come by their paths.
func fill(rel *release.Release, files map[string]string) error {
	var paths []string
	for p, text := range files {
		hidden := strings.HasPrefix(path.Base(p), "_") || strings.HasSuffix(p, "NOTES.txt")
		if !hidden && strings.TrimSpace(text) != "" {
			paths = append(paths, p)
		}
	}
	sort.Strings(paths)
	type object struct {
		rank         int
		path, source string
	}
	var objects []object
	for _, p := range paths {
		split := releaseutil.SplitManifests(files[p])
		for i := 0; i < len(split); i++ {
			text := split["manifest-"+strconv.Itoa(i)]
			var head releaseutil.SimpleHead
			if err := yaml.Unmarshal([]byte(text), &head); err != nil {
				return fmt.Errorf("%s: %v", p, err)
			}
			if head.Metadata != nil && head.Metadata.Annotations[hooks.HookAnno] != "" {
				if hook := newHook(p, text, head); hook != nil {
					rel.Hooks = append(rel.Hooks, hook)
				}
				continue
			}
			objects = append(objects, object{rank(head.Kind), p, text})
		}
	}
	sort.SliceStable(objects, func(i, j int) bool { return objects[i].rank < objects[j].rank })
	for _, o := range objects {
		rel.Manifest += "\n---\n# Source: " + o.path + "\n" + o.source
	}
	return nil
}

// rank puts the kinds that others need first; Tiller's own list is longer.
func rank(kind string) int {
	for i, k := range []string{"Namespace", "ServiceAccount", "Secret", "ConfigMap",
		"PersistentVolumeClaim", "Service", "Deployment", "StatefulSet"} {
		if k == kind {
			return i
		}
	}
	return 99
}

var hookEvents = map[string]release.Hook_Event{
	hooks.PreInstall:         release.Hook_PRE_INSTALL,
	hooks.PostInstall:        release.Hook_POST_INSTALL,
	hooks.PreDelete:          release.Hook_PRE_DELETE,
	hooks.PostDelete:         release.Hook_POST_DELETE,
	hooks.PreUpgrade:         release.Hook_PRE_UPGRADE,
	hooks.PostUpgrade:        release.Hook_POST_UPGRADE,
	hooks.PreRollback:        release.Hook_PRE_ROLLBACK,
	hooks.PostRollback:       release.Hook_POST_ROLLBACK,
	hooks.ReleaseTestSuccess: release.Hook_RELEASE_TEST_SUCCESS,
	hooks.ReleaseTestFailure: release.Hook_RELEASE_TEST_FAILURE,
	hooks.CRDInstall:         release.Hook_CRD_INSTALL,
}

var deletePolicies = map[string]release.Hook_DeletePolicy{
	hooks.HookSucceeded:      release.Hook_SUCCEEDED,
	hooks.HookFailed:         release.Hook_FAILED,
	hooks.BeforeHookCreation: release.Hook_BEFORE_HOOK_CREATION,
}

// newHook reads a hook's annotations, or gives nil for one whose event Helm 2 doesn't know.
func newHook(p, text string, head releaseutil.SimpleHead) *release.Hook {
	notes := head.Metadata.Annotations
	hook := &release.Hook{Name: head.Metadata.Name, Kind: head.Kind, Path: p, Manifest: text}
	for _, name := range list(notes[hooks.HookAnno]) {
		event, ok := hookEvents[name]
		if !ok {
			return nil
		}
		hook.Events = append(hook.Events, event)
	}
	if weight, err := strconv.Atoi(notes[hooks.HookWeightAnno]); err == nil {
		hook.Weight = int32(weight)
	}
	for _, name := range list(notes[hooks.HookDeleteAnno]) {
		if policy, ok := deletePolicies[name]; ok {
			hook.DeletePolicies = append(hook.DeletePolicies, policy)
			hook.DeleteTimeout = 60
		}
	}
	if timeout, err := strconv.ParseInt(notes[hooks.HookDeleteTimeoutAnno], 10, 64); err == nil {
		hook.DeleteTimeout = timeout
	}
	return hook
}

// list splits an annotation at its commas, as Tiller does.
func list(text string) []string {
	var words []string
	for _, word := range strings.Split(text, ",") {
		if word = strings.ToLower(strings.TrimSpace(word)); word != "" {
			words = append(words, word)
		}
	}
	return words
}
