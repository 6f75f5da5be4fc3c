package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	stdtime "time"

	"github.com/golang/protobuf/ptypes"           //nolint:staticcheck // what Helm 2 itself uses
	"github.com/golang/protobuf/ptypes/timestamp" //nolint:staticcheck
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/release"
	"helm.sh/helm/v3/pkg/time"
	"k8s.io/helm/pkg/chartutil"
	hapichart "k8s.io/helm/pkg/proto/hapi/chart"
	hapi "k8s.io/helm/pkg/proto/hapi/release"
	"sigs.k8s.io/yaml"
)

// convert makes a Helm 3 release of a Helm 2 one. It's the reference that the program under test is
// held against: the tables are spelled out, the values are read by Helm 2's own chartutil, and the
// result is of Helm 3's own types, so that json.Marshal of it is the text Helm 3 would store.
func convert(old *hapi.Release) (*release.Release, error) {
	if old.Info == nil {
		return nil, errors.New("the release has no info")
	}
	if old.Info.Status == nil {
		return nil, errors.New("the release has no status")
	}
	if old.Chart == nil {
		return nil, errors.New("the release has no chart")
	}
	status, ok := statuses[old.Info.Status.Code]
	if !ok {
		return nil, fmt.Errorf("status code %d is not one of Helm 2's", old.Info.Status.Code)
	}
	info := &release.Info{
		Description: old.Info.Description,
		Status:      status,
		Notes:       old.Info.Status.Notes,
	}
	for _, t := range []struct {
		field string
		to    *time.Time
		from  *timestamp.Timestamp
	}{
		{"first_deployed", &info.FirstDeployed, old.Info.FirstDeployed},
		{"last_deployed", &info.LastDeployed, old.Info.LastDeployed},
		{"deleted", &info.Deleted, old.Info.Deleted},
	} {
		var err error
		if *t.to, err = convertTime(t.from); err != nil {
			return nil, fmt.Errorf("%s: %w", t.field, err)
		}
	}
	newChart, err := convertChart(old.Chart)
	if err != nil {
		return nil, fmt.Errorf("chart: %w", err)
	}
	config, err := readConfig(old.Config)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	var hooks []*release.Hook
	for i, h := range old.Hooks {
		hook, err := convertHook(h, old.Info.Status.LastTestSuiteRun)
		if err != nil {
			return nil, fmt.Errorf("hook %d: %w", i, err)
		}
		hooks = append(hooks, hook)
	}
	return &release.Release{
		Name:      old.Name,
		Namespace: old.Namespace,
		Version:   int(old.Version),
		Info:      info,
		Chart:     newChart,
		Config:    config,
		Manifest:  old.Manifest,
		Hooks:     hooks,
	}, nil
}

var statuses = map[hapi.Status_Code]release.Status{
	hapi.Status_UNKNOWN:          release.StatusUnknown,
	hapi.Status_DEPLOYED:         release.StatusDeployed,
	hapi.Status_DELETED:          release.StatusUninstalled,
	hapi.Status_SUPERSEDED:       release.StatusSuperseded,
	hapi.Status_FAILED:           release.StatusFailed,
	hapi.Status_DELETING:         release.StatusUninstalling,
	hapi.Status_PENDING_INSTALL:  release.StatusPendingInstall,
	hapi.Status_PENDING_UPGRADE:  release.StatusPendingUpgrade,
	hapi.Status_PENDING_ROLLBACK: release.StatusPendingRollback,
}

// Helm 3 has no constants for "unknown" and "crd-install" and never runs such hooks, but keeps them.
var hookEvents = map[hapi.Hook_Event]release.HookEvent{
	hapi.Hook_UNKNOWN:              "unknown",
	hapi.Hook_PRE_INSTALL:          release.HookPreInstall,
	hapi.Hook_POST_INSTALL:         release.HookPostInstall,
	hapi.Hook_PRE_DELETE:           release.HookPreDelete,
	hapi.Hook_POST_DELETE:          release.HookPostDelete,
	hapi.Hook_PRE_UPGRADE:          release.HookPreUpgrade,
	hapi.Hook_POST_UPGRADE:         release.HookPostUpgrade,
	hapi.Hook_PRE_ROLLBACK:         release.HookPreRollback,
	hapi.Hook_POST_ROLLBACK:        release.HookPostRollback,
	hapi.Hook_RELEASE_TEST_SUCCESS: release.HookTest,
	hapi.Hook_RELEASE_TEST_FAILURE: release.HookTest,
	hapi.Hook_CRD_INSTALL:          "crd-install",
}

var deletePolicies = map[hapi.Hook_DeletePolicy]release.HookDeletePolicy{
	hapi.Hook_SUCCEEDED:            release.HookSucceeded,
	hapi.Hook_FAILED:               release.HookFailed,
	hapi.Hook_BEFORE_HOOK_CREATION: release.HookBeforeHookCreation,
}

var testPhases = map[hapi.TestRun_Status]release.HookPhase{
	hapi.TestRun_UNKNOWN: release.HookPhaseUnknown,
	hapi.TestRun_SUCCESS: release.HookPhaseSucceeded,
	hapi.TestRun_FAILURE: release.HookPhaseFailed,
	hapi.TestRun_RUNNING: release.HookPhaseRunning,
}

// convertHook takes the hook's last run from the first test result of its name, if there is one.
func convertHook(old *hapi.Hook, tests *hapi.TestSuite) (*release.Hook, error) {
	hook := &release.Hook{
		Name:     old.Name,
		Kind:     old.Kind,
		Path:     old.Path,
		Manifest: old.Manifest,
		Weight:   int(old.Weight),
	}
	for _, e := range old.Events {
		event, ok := hookEvents[e]
		if !ok {
			return nil, fmt.Errorf("event %d is not one of Helm 2's", e)
		}
		hook.Events = append(hook.Events, event)
	}
	for _, p := range old.DeletePolicies {
		policy, ok := deletePolicies[p]
		if !ok {
			return nil, fmt.Errorf("delete policy %d is not one of Helm 2's", p)
		}
		hook.DeletePolicies = append(hook.DeletePolicies, policy)
	}
	for _, run := range tests.GetResults() {
		if run.Name != old.Name {
			continue
		}
		phase, ok := testPhases[run.Status]
		if !ok {
			return nil, fmt.Errorf("test status %d is not one of Helm 2's", run.Status)
		}
		started, err := convertTime(run.StartedAt)
		if err != nil {
			return nil, fmt.Errorf("started_at: %w", err)
		}
		completed, err := convertTime(run.CompletedAt)
		if err != nil {
			return nil, fmt.Errorf("completed_at: %w", err)
		}
		hook.LastRun = release.HookExecution{StartedAt: started, CompletedAt: completed, Phase: phase}
		break
	}
	return hook, nil
}

func convertChart(old *hapichart.Chart) (*chart.Chart, error) {
	c := &chart.Chart{}
	if m := old.Metadata; m != nil {
		c.Metadata = &chart.Metadata{
			Name:        m.Name,
			Home:        m.Home,
			Sources:     m.Sources,
			Version:     m.Version,
			Description: m.Description,
			Keywords:    m.Keywords,
			Icon:        m.Icon,
			APIVersion:  m.ApiVersion,
			Condition:   m.Condition,
			Tags:        m.Tags,
			AppVersion:  m.AppVersion,
			Deprecated:  m.Deprecated,
			Annotations: m.Annotations,
			KubeVersion: m.KubeVersion,
			Type:        "application",
		}
		if m.ApiVersion == "" {
			c.Metadata.APIVersion = chart.APIVersionV1
		}
		for _, p := range m.Maintainers {
			c.Metadata.Maintainers = append(c.Metadata.Maintainers,
				&chart.Maintainer{Name: p.Name, Email: p.Email, URL: p.Url})
		}
	}
	for _, t := range old.Templates {
		c.Templates = append(c.Templates, &chart.File{Name: t.Name, Data: t.Data})
	}
	for _, f := range old.Files {
		c.Files = append(c.Files, &chart.File{Name: f.TypeUrl, Data: f.Value})
		readRequirements(c, f.TypeUrl, f.Value)
	}
	var err error
	if c.Values, err = readConfig(old.Values); err != nil {
		return nil, err
	}
	// A Helm 3 record holds no subcharts, so nothing of them is read.
	return c, nil
}

// readRequirements fills dependencies and lock as Helm 3's loader does when it reads such a chart
// from disk. What can't be read fills nothing, where the loader would refuse the chart; of two files of
// one name the last counts.
func readRequirements(c *chart.Chart, name string, data []byte) {
	switch name {
	case "requirements.yaml":
		var r struct {
			Dependencies []*chart.Dependency `json:"dependencies"`
		}
		if c.Metadata == nil {
			return
		}
		c.Metadata.Dependencies = nil
		if yaml.Unmarshal(data, &r) == nil {
			c.Metadata.Dependencies = r.Dependencies
		}
	case "requirements.lock":
		c.Lock = nil
		lock := new(chart.Lock)
		// a pointer to the pointer, as in the loader: an empty file makes it nil again
		if yaml.Unmarshal(data, &lock) != nil {
			return
		}
		// Go reads some offsets that it can't write, such as +24:00
		if _, err := json.Marshal(lock); err == nil {
			c.Lock = lock
		}
	}
}

// readConfig keeps an absent config apart from an empty one.
func readConfig(config *hapichart.Config) (map[string]interface{}, error) {
	if config == nil {
		return nil, nil
	}
	return chartutil.ReadValues([]byte(config.Raw))
}

func convertTime(t *timestamp.Timestamp) (time.Time, error) {
	if t == nil {
		return time.Time{}, nil
	}
	converted, err := ptypes.Timestamp(t)
	if err != nil {
		return time.Time{Time: stdtime.Time{}}, err
	}
	return time.Time{Time: converted}, nil
}

// converted is one line of the convert command's output: either field, never both.
type converted struct {
	JSON  string `json:"json,omitempty"`
	Error string `json:"error,omitempty"`
}

// convertPayload converts the text a Helm 2 record holds under the key "release".
func convertPayload(payload string) converted {
	old, err := decodeHelm2(strings.TrimSpace(payload))
	if err != nil {
		return converted{Error: "not a Helm 2 release: " + err.Error()}
	}
	new, err := convert(old)
	if err != nil {
		return converted{Error: err.Error()}
	}
	text, err := json.Marshal(new)
	if err != nil {
		return converted{Error: err.Error()}
	}
	return converted{JSON: string(text)}
}
