package main

import (
	"encoding/json"
	"math"
	"strings"
	stdtime "time"

	v3chart "helm.sh/helm/v3/pkg/chart"
	v3release "helm.sh/helm/v3/pkg/release"
	v3time "helm.sh/helm/v3/pkg/time"
	v4status "helm.sh/helm/v4/pkg/release/common"
	v4release "helm.sh/helm/v4/pkg/release/v1"
)

// helm3Cases are records as Helm 3 leaves them.
func helm3Cases(c *collector) {
	for revision, change := range []func(*v3release.Release){
		func(r *v3release.Release) { r.Info.Status = v3release.StatusSuperseded },
		func(r *v3release.Release) {
			r.Info.Status = v3release.StatusFailed
			r.Info.Description = "Upgrade \"modern\" failed: timed out waiting for the condition"
		},
		func(r *v3release.Release) {
			r.Info.Status, r.Info.Description = v3release.StatusSuperseded, "Rollback to 1"
		},
		func(r *v3release.Release) {
			run := v3release.HookExecution{
				StartedAt:   v3time.Time{Time: moment(4)},
				CompletedAt: v3time.Time{Time: moment(5)}, Phase: v3release.HookPhaseSucceeded,
			}
			r.Hooks[0].LastRun = run
			run.Phase, run.CompletedAt = v3release.HookPhaseRunning, v3time.Time{}
			r.Hooks[1].LastRun = run
		},
	} {
		values := map[string]interface{}{"replicas": float64(revision), "greeting": "<Salü> & \u2028"}
		rel, err := deploy3(c.charts, "modern", "modern", revision+1, values)
		if err != nil {
			c.err = err
			return
		}
		rel.Labels = map[string]string{"team": "web", "example.org/cost-centre": "4711"}
		change(rel)
		r, err := store3(secretKind, rel)
		r.rewritten = rewrite3(r.json, c)
		c.add("modern", r, err)
	}
	for _, one := range smallCases {
		rel := small3(one.name)
		one.change(rel)
		r, err := store3(secretKind, rel)
		r.rewritten = rewrite3(r.json, c)
		c.add(one.file, r, err)
	}
	for revision := 1; revision <= 2; revision++ {
		rel := small3("in-configmaps")
		rel.Version = revision
		r, err := store3(configMapKind, rel)
		c.add("configmaps", r, err)
	}
	rawCases(c, "helm.sh/release.v1")
}

// helm4Cases are records as Helm 4 leaves them: the same, with fields of its own, other times where
// there are none, and the chart files' times.
func helm4Cases(c *collector) {
	for revision, change := range []func(*v4release.Release){
		func(r *v4release.Release) { r.Info.Status = v4status.StatusSuperseded },
		func(r *v4release.Release) {
			r.Info.Status, r.ApplyMethod = v4status.StatusFailed, string(v4release.ApplyMethodClientSideApply)
		},
		func(r *v4release.Release) {
			r.Info.Description, r.Info.RollbackRevision = "Rollback to 1", 1
			r.Hooks[0].LastRun = v4release.HookExecution{
				StartedAt: moment(3), CompletedAt: moment(4), Phase: v4release.HookPhaseSucceeded,
			}
		},
	} {
		values := map[string]interface{}{"replicas": float64(revision), "greeting": "<Salü> & \u2028"}
		rel, err := deploy4(c.charts, "modern", "modern", revision+1, values)
		if err != nil {
			c.err = err
			return
		}
		rel.Labels = map[string]string{"team": "web"}
		change(rel)
		r, err := store4(secretKind, rel)
		c.add("modern", r, err)
	}
	for _, one := range smallCases {
		old := small3(one.name)
		one.change(old)
		rel, err := toHelm4(old)
		if err != nil {
			c.err = err
			return
		}
		r, err := store4(secretKind, rel)
		r.rewritten = rewrite4(r.json, c)
		c.add(one.file, r, err)
	}
	for revision, method := range []string{"", "csa", "ssa"} {
		rel, err := toHelm4(small3("in-configmaps"))
		if err != nil {
			c.err = err
			return
		}
		rel.Version, rel.ApplyMethod = revision+1, method
		r, err := store4(configMapKind, rel)
		c.add("configmaps", r, err)
	}
	text, err := pack(`{"name":"future","version":1}`)
	future := raw("future", "helm.sh/release.v2", text)
	future.Name = "sh.helm.release.v2.future.v1"
	c.add("future", record{object: future, broken: "a record of a later Helm"}, err)
}

// toHelm4 is what Helm 4 has in memory after it read what Helm 3 stored.
func toHelm4(old *v3release.Release) (*v4release.Release, error) {
	text, err := json.Marshal(old)
	if err != nil {
		return nil, err
	}
	var rel v4release.Release
	err = json.Unmarshal(text, &rel)
	rel.Labels = old.Labels
	return &rel, err
}

func status(s v3release.Status) func(*v3release.Release) {
	return func(r *v3release.Release) { r.Info.Status = s }
}

func lastDeployed(t stdtime.Time) func(*v3release.Release) {
	return func(r *v3release.Release) { r.Info.LastDeployed = v3time.Time{Time: t} }
}

func config(values map[string]interface{}) func(*v3release.Release) {
	return func(r *v3release.Release) { r.Config = values }
}

func hook(h v3release.Hook) func(*v3release.Release) {
	return func(r *v3release.Release) { r.Hooks = []*v3release.Hook{&h} }
}

type any3 = map[string]interface{}

var smallCases = []struct {
	file, name string
	change     func(*v3release.Release)
}{
	{"statuses", "status-unknown", status(v3release.StatusUnknown)},
	{"statuses", "status-deployed", status(v3release.StatusDeployed)},
	{"statuses", "status-superseded", status(v3release.StatusSuperseded)},
	{"statuses", "status-failed", status(v3release.StatusFailed)},
	{"statuses", "status-uninstalling", status(v3release.StatusUninstalling)},
	{"statuses", "status-pending-install", status(v3release.StatusPendingInstall)},
	{"statuses", "status-pending-upgrade", status(v3release.StatusPendingUpgrade)},
	{"statuses", "status-pending-rollback", status(v3release.StatusPendingRollback)},
	{"statuses", "status-uninstalled", func(r *v3release.Release) {
		r.Info.Status, r.Info.Description = v3release.StatusUninstalled, "Uninstallation complete"
		r.Info.Deleted = v3time.Time{Time: moment(9)}
	}},
	{"statuses", "status-invented", status("half-done")},

	{"times", "time-utc", lastDeployed(stdtime.Date(2024, 1, 2, 3, 4, 5, 0, stdtime.UTC))},
	{"times", "time-nanosecond", lastDeployed(stdtime.Date(2024, 1, 2, 3, 4, 5, 1, stdtime.UTC))},
	{"times", "time-trailing-zeros", lastDeployed(stdtime.Date(2024, 1, 2, 3, 4, 5, 120000000, summer))},
	{"times", "time-negative-offset", lastDeployed(stdtime.Date(2024, 1, 2, 3, 4, 5, 6, stdtime.FixedZone("", -(9*60+30)*60)))},
	{"times", "time-year-9999", lastDeployed(stdtime.Date(9999, 12, 31, 23, 59, 59, 999999999, stdtime.UTC))},
	{"times", "time-before-1970", lastDeployed(stdtime.Date(1969, 12, 31, 23, 59, 59, 0, stdtime.UTC))},
	{"times", "times-absent", func(r *v3release.Release) { r.Info.FirstDeployed, r.Info.LastDeployed = v3time.Time{}, v3time.Time{} }},

	{"values", "config-nil", config(nil)},
	{"values", "config-empty", config(any3{})},
	{"values", "config-nulls", config(any3{"a": nil, "b": any3{}, "c": []interface{}{}, "d": "", "e": []interface{}{nil, any3{"f": nil}}})},
	{"values", "config-floats", config(any3{"a": 1e21, "b": 1e20, "c": 1e-6, "d": 1e-7, "e": math.Copysign(0, -1), "f": 0.1,
		"g": math.MaxFloat64, "h": math.SmallestNonzeroFloat64, "i": 1.0, "j": 123456789.125, "k": 1.7976931348623157e+308})},
	// what `--set` leaves: integers, printed with all their digits
	{"values", "config-integers", config(any3{"a": int64(9007199254740993), "b": int64(math.MinInt64), "c": int64(math.MaxInt64), "d": int64(0)})},
	{"values", "config-odd-keys", config(any3{"": 1.0, "a.b": 2.0, "<k>&": 3.0, "\u2028": 4.0, "ü": 5.0, "__proto__": any3{"x": true}, "constructor": "c", "10": 1.0, "9": 2.0})},
	{"values", "config-texts", config(any3{"html": "<>&\u2028\u2029", "control": "\x00\x01\b\f\n\r\t\x1f\x7f\u0085", "quotes": `"\/'`, "astral": "🎉\U0010ffff", "not-utf-8": "a\xff\xc3(", "replaced": "\ufffd"})},
	{"values", "config-deep", config(deep(200))},
	{"values", "chart-values-nil", func(r *v3release.Release) { r.Chart.Values = nil }},
	{"values", "chart-values-empty", func(r *v3release.Release) { r.Chart.Values = any3{} }},

	{"hooks", "hook-events", hook(v3release.Hook{Name: "h", Kind: "Job", Path: "p", Manifest: "m", Weight: -7, Events: []v3release.HookEvent{
		"pre-install", "post-install", "pre-delete", "post-delete", "pre-upgrade", "post-upgrade", "pre-rollback", "post-rollback", "test"}})},
	{"hooks", "hook-policies", hook(v3release.Hook{Name: "h", DeletePolicies: []v3release.HookDeletePolicy{"hook-succeeded", "hook-failed", "before-hook-creation"},
		OutputLogPolicies: []v3release.HookOutputLogPolicy{"hook-succeeded", "hook-failed"}})},
	{"hooks", "hook-empty", hook(v3release.Hook{})},
	{"hooks", "hook-unknown-event", hook(v3release.Hook{Name: "h", Events: []v3release.HookEvent{"crd-install", "test-success"}})},
	{"hooks", "hook-failed", hook(v3release.Hook{Name: "h", LastRun: v3release.HookExecution{
		StartedAt: v3time.Time{Time: moment(1)}, CompletedAt: v3time.Time{Time: moment(2)}, Phase: v3release.HookPhaseFailed}})},

	{"charts", "chart-nil", func(r *v3release.Release) { r.Chart = nil }},
	{"charts", "chart-empty", func(r *v3release.Release) { r.Chart = &v3chart.Chart{} }},
	{"charts", "chart-files", func(r *v3release.Release) {
		r.Chart.Files = []*v3chart.File{{Name: "all.bin", Data: allBytes()}, {Name: "empty", Data: []byte{}}, {Name: "nil"}}
		r.Chart.Templates = []*v3chart.File{}
		r.Chart.Schema = []byte("{}")
	}},
	{"charts", "chart-lock", func(r *v3release.Release) {
		r.Chart.Lock = &v3chart.Lock{Generated: moment(3), Digest: "sha256:00", Dependencies: []*v3chart.Dependency{{Name: "a"}, nil}}
		r.Chart.Metadata.Dependencies = []*v3chart.Dependency{{Name: "a", Version: "1", Repository: "r", Condition: "c",
			Tags: []string{"t"}, Enabled: true, ImportValues: []interface{}{"x", any3{"child": "b", "parent": "."}, 1.5}, Alias: "z"}}
	}},
	{"charts", "chart-library", func(r *v3release.Release) { r.Chart.Metadata.Type, r.Chart.Metadata.Deprecated = "library", true }},

	{"texts", "manifest-escapes", func(r *v3release.Release) { r.Manifest = "<a>&\"\\\u2028\u2029\x7f\x00é🎉\xff\r\n" }},
	{"texts", "texts-empty", func(r *v3release.Release) { r.Manifest, r.Info.Description, r.Info.Notes = "", "", "" }},
	{"texts", "labels", func(r *v3release.Release) {
		r.Labels = map[string]string{"a": "", "b.example.org/c": "d", "NAME": "x", "owned-by": "me"}
	}},
	{"texts", "longest-name-" + strings.Repeat("x", 40), func(*v3release.Release) {}},
	{"texts", "long", func(r *v3release.Release) { r.Manifest = strings.Repeat("The same line again.\n", 2000) }},
}

func deep(levels int) any3 {
	if levels == 0 {
		return any3{"end": true}
	}
	return any3{"a": deep(levels - 1)}
}

func allBytes() []byte {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return all
}
