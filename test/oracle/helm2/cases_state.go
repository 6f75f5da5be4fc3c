package main

import (
	"strings"

	"k8s.io/helm/pkg/proto/hapi/release"
)

// Checklist 1: the status, where Helm 3 has other words for two of them.
func statuses(c *collector) {
	for code := release.Status_UNKNOWN; code <= release.Status_PENDING_ROLLBACK; code++ {
		name := "status-" + strings.ToLower(strings.ReplaceAll(code.String(), "_", "-"))
		c.tiny(name, func(r *release.Release) {
			r.Info.Status.Code = code
			if code == release.Status_DELETED {
				r.Info.Deleted = at(epoch+3600, 1)
				r.Info.Description = "Deletion complete"
			}
		})
	}
	c.tiny("status-out-of-range", func(r *release.Release) { r.Info.Status.Code = 42 })
	c.tiny("status-resources", func(r *release.Release) {
		r.Info.Status.Resources = "==> v1/ConfigMap\nNAME  DATA\ntiny  1\n"
	})
	c.tiny("status-notes", func(r *release.Release) { r.Info.Status.Notes = "Grüße\n\t<b>\u2028</b> & 🎉\r\n" })
}

// Checklist 2 and 3: hook events, delete policies, and what has no counterpart.
func hookCases(c *collector) {
	hook := func() *release.Hook {
		return &release.Hook{
			Name: "hook", Kind: "ConfigMap", Path: "tiny/templates/hook.yaml",
			Manifest: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hook\n  annotations:\n    helm.sh/hook: x\n",
		}
	}
	with := func(name string, change func(*release.Hook)) {
		c.tiny(name, func(r *release.Release) {
			h := hook()
			change(h)
			r.Hooks = []*release.Hook{h}
		})
	}
	for event := release.Hook_UNKNOWN; event <= release.Hook_CRD_INSTALL; event++ {
		name := "hook-" + strings.ToLower(strings.ReplaceAll(event.String(), "_", "-"))
		with(name, func(h *release.Hook) { h.Events = []release.Hook_Event{event} })
	}
	with("hook-event-out-of-range", func(h *release.Hook) { h.Events = []release.Hook_Event{77} })
	with("hook-without-events", func(*release.Hook) {})
	for policy := release.Hook_SUCCEEDED; policy <= release.Hook_BEFORE_HOOK_CREATION; policy++ {
		name := "hook-policy-" + strings.ToLower(strings.ReplaceAll(policy.String(), "_", "-"))
		with(name, func(h *release.Hook) {
			h.Events = []release.Hook_Event{release.Hook_PRE_INSTALL}
			h.DeletePolicies = []release.Hook_DeletePolicy{policy}
		})
	}
	with("hook-policy-out-of-range", func(h *release.Hook) {
		h.DeletePolicies = []release.Hook_DeletePolicy{-1}
	})
	with("hook-everything", func(h *release.Hook) {
		h.Events = []release.Hook_Event{release.Hook_POST_UPGRADE, release.Hook_PRE_INSTALL, release.Hook_POST_UPGRADE}
		h.DeletePolicies = []release.Hook_DeletePolicy{2, 0, 1, 0}
		h.Weight = -2147483648
		h.DeleteTimeout = 300
		h.LastRun = at(epoch+5, 6)
	})
	c.tiny("hooks-in-order", func(r *release.Release) {
		for _, weight := range []int32{5, -5, 0, 2147483647} {
			h := hook()
			h.Weight = weight
			h.Events = []release.Hook_Event{release.Hook_PRE_UPGRADE}
			r.Hooks = append(r.Hooks, h)
		}
	})
	c.tiny("hook-empty", func(r *release.Release) { r.Hooks = []*release.Hook{{}} })
}

// Checklist 4: results of `helm test`, matched to hooks by name.
func testResults(c *collector) {
	with := func(name string, hooks []string, runs ...*release.TestRun) {
		c.tiny(name, func(r *release.Release) {
			for _, h := range hooks {
				r.Hooks = append(r.Hooks, &release.Hook{
					Name: h, Kind: "Pod", Path: "tiny/templates/tests/" + h + ".yaml",
					Manifest: "kind: Pod\n", Events: []release.Hook_Event{release.Hook_RELEASE_TEST_SUCCESS},
				})
			}
			r.Info.Status.LastTestSuiteRun = &release.TestSuite{
				StartedAt: at(epoch, 1), CompletedAt: at(epoch+9, 2), Results: runs,
			}
		})
	}
	for status := release.TestRun_UNKNOWN; status <= release.TestRun_RUNNING; status++ {
		with("test-"+strings.ToLower(status.String()), []string{"probe"}, &release.TestRun{
			Name: "probe", Status: status, Info: "exit code 0",
			StartedAt: at(epoch+1, 100000000), CompletedAt: at(epoch+2, 0),
		})
	}
	with("test-out-of-range", []string{"probe"}, &release.TestRun{Name: "probe", Status: 9})
	with("test-bad-time", []string{"probe"}, &release.TestRun{Name: "probe", StartedAt: at(0, -1)})
	with("test-without-times", []string{"probe"}, &release.TestRun{Name: "probe", Status: release.TestRun_SUCCESS})
	with("test-without-hook", []string{"probe"}, &release.TestRun{Name: "other", Status: release.TestRun_FAILURE})
	with("test-twice", []string{"probe"},
		&release.TestRun{Name: "probe", Status: release.TestRun_FAILURE, StartedAt: at(epoch+1, 0)},
		&release.TestRun{Name: "probe", Status: release.TestRun_SUCCESS, StartedAt: at(epoch+2, 0)})
	with("test-two-hooks-of-one-name", []string{"probe", "probe", "slow"},
		&release.TestRun{Name: "probe", Status: release.TestRun_SUCCESS, StartedAt: at(epoch+1, 0)},
		&release.TestRun{Name: "slow", Status: release.TestRun_RUNNING, StartedAt: at(epoch+2, 0)})
	with("test-no-results", []string{"probe"})

	rel := c.deploy("web", order{name: "tested-web", namespace: "web"})
	for i, status := range []release.TestRun_Status{release.TestRun_SUCCESS, release.TestRun_FAILURE} {
		if rel.Info == nil {
			return
		}
		if i == 0 {
			rel.Info.Status.LastTestSuiteRun = &release.TestSuite{StartedAt: at(epoch+60, 0), CompletedAt: at(epoch+63, 5)}
		}
		suite := rel.Info.Status.LastTestSuiteRun
		suite.Results = append(suite.Results, &release.TestRun{
			Name: []string{"tested-web-answers", "tested-web-refuses"}[i], Status: status,
			StartedAt: at(epoch+60, 0), CompletedAt: at(epoch+62, 999999999),
		})
	}
	c.store(rel)
}

// Checklist 5: nanoseconds, and times that Go's zero time or RFC 3339 put at the edge.
func times(c *collector) {
	for _, t := range []struct {
		name    string
		seconds int64
		nanos   int32
	}{
		{"epoch", 0, 0},
		{"one-nanosecond", epoch, 1},
		{"last-nanosecond", epoch, 999999999},
		{"trailing-zeros", epoch, 120000000},
		{"microseconds", epoch, 1000},
		{"before-1970", -1, 500000000},
		{"year-1", -62135596800, 0},
		{"year-1-and-a-nanosecond", -62135596800, 1},
		{"before-year-1", -62135596801, 0},
		{"leap-day", 951782400, 0},
		{"year-9999", 253402300799, 999999999},
		{"year-10000", 253402300800, 0},
		{"negative-nanos", epoch, -1},
		{"too-many-nanos", epoch, 1000000000},
	} {
		c.tiny("time-"+t.name, func(r *release.Release) { r.Info.LastDeployed = at(t.seconds, t.nanos) })
	}
	c.tiny("times-absent", func(r *release.Release) { r.Info.FirstDeployed, r.Info.LastDeployed = nil, nil })
	c.tiny("times-empty", func(r *release.Release) {
		r.Info.FirstDeployed, r.Info.LastDeployed, r.Info.Deleted = at(0, 0), at(0, 7), at(0, 0)
	})
	c.tiny("time-first-deployed-bad", func(r *release.Release) { r.Info.FirstDeployed = at(0, -5) })
	c.tiny("time-deleted-bad", func(r *release.Release) { r.Info.Deleted = at(-62135596801, 0) })
}
