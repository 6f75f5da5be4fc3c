package main

import (
	"fmt"

	"k8s.io/helm/pkg/proto/hapi/release"
)

// demoRelease is one story: a release and what happened to it.
type demoRelease struct {
	name, chart, namespace string
	// file is the list that holds it; empty: a file of its own for each revision.
	file   string
	secret bool
	steps  []step
}

type step struct {
	revision int32
	when     string
	version  string
	status   release.Status_Code
	values   string
	// description is Tiller's usual one where empty.
	description string
	change      func(*release.Release)
	damaged     bool
}

const (
	superseded = release.Status_SUPERSEDED
	deployed   = release.Status_DEPLOYED
	failed     = release.Status_FAILED
)

// tested adds the result of `helm test` for each of the release's test hooks, in order.
func tested(results ...release.TestRun_Status) func(*release.Release) {
	return func(r *release.Release) {
		start := r.Info.LastDeployed.Seconds + 40
		suite := &release.TestSuite{StartedAt: at(start, 250000000), CompletedAt: at(start+6, 731000000)}
		for _, hook := range r.Hooks {
			isTest := hook.Events[0] == release.Hook_RELEASE_TEST_SUCCESS || hook.Events[0] == release.Hook_RELEASE_TEST_FAILURE
			if !isTest || len(suite.Results) == len(results) {
				continue
			}
			suite.Results = append(suite.Results, &release.TestRun{
				Name: hook.Name, Status: results[len(suite.Results)],
				StartedAt: at(start+1, 0), CompletedAt: at(start+5, 500000000),
			})
		}
		r.Info.Status.LastTestSuiteRun = suite
	}
}

// ran marks the release's hooks of one event as run.
func ran(event release.Hook_Event) func(*release.Release) {
	return func(r *release.Release) {
		for _, hook := range r.Hooks {
			if hook.Events[0] == event {
				hook.LastRun = at(r.Info.LastDeployed.Seconds+3, 118000000)
			}
		}
	}
}

func both(changes ...func(*release.Release)) func(*release.Release) {
	return func(r *release.Release) {
		for _, change := range changes {
			change(r)
		}
	}
}

func billingValues(replicas int, tag, more string) string {
	return fmt.Sprintf("replicas: %d\nimage:\n  tag: %q\ndatabase:\n  host: db-1.pay.example.org\n%s", replicas, tag, more)
}

const reminders = "reminders:\n  enabled: true\n  afterDays: [10, 20]\n"

var migrated = ran(release.Hook_PRE_UPGRADE)

var demoReleases = []demoRelease{
	{name: "billing", chart: "billing", namespace: "pay", file: "configmaps.yaml", steps: []step{
		{1, "2018-09-03T08:12:44.190331207Z", "2.0.0", superseded, billingValues(1, "6.0", ""), "", nil, false},
		{2, "2018-09-17T14:02:10.55180312Z", "2.0.0", superseded, billingValues(2, "6.0", ""), "", migrated, false},
		{3, "2018-11-05T09:41:27.003917Z", "2.1.0", superseded, billingValues(2, "6.1", "currency: CHF\n"), "", migrated, false},
		{4, "2019-01-15T10:20:00.912448021Z", "2.1.0", superseded, billingValues(3, "6.2", "currency: CHF\n"), "", migrated, false},
		{5, "2019-02-11T16:55:31.7Z", "2.2.0", superseded, billingValues(3, "6.4", "currency: CHF\nreminders:\n  enabled: false\n"), "", migrated, false},
		{6, "2019-04-02T07:30:12.448190733Z", "3.0.0", superseded, billingValues(3, "7.0", "currency: CHF\n"+reminders), "", both(migrated, tested(release.TestRun_SUCCESS)), false},
		{7, "2019-06-18T13:09:58.020411839Z", "3.0.0", failed, billingValues(6, "7.1-rc1", "currency: CHF\n"+reminders), "Upgrade \"billing\" failed: pre-upgrade hooks failed: job failed: BackoffLimitExceeded", migrated, false},
		{8, "2019-06-18T13:14:03.330017Z", "3.0.0", superseded, billingValues(3, "7.0", "currency: CHF\n"+reminders), "Rollback to 6", nil, false},
		{9, "2019-08-26T08:00:41.1155Z", "3.0.1", superseded, billingValues(3, "7.1", "currency: CHF\n"+reminders), "", migrated, false},
		{10, "2019-10-07T11:46:22.6Z", "3.1.0", superseded, billingValues(4, "7.1", "currency: EUR\n"+reminders), "", migrated, false},
		{11, "2019-12-02T15:31:09.871204Z", "3.1.0", superseded, billingValues(2, "7.2", "currency: EUR\n"+reminders), "", both(migrated, tested(release.TestRun_FAILURE)), false},
		{12, "2020-02-20T18:04:11.204118339Z", "3.1.0", deployed, billingValues(4, "7.2", "currency: EUR\nflags:\n  newCheckout: on\n"+reminders), "", both(migrated, tested(release.TestRun_SUCCESS)), false},
	}},
	{name: "cms", chart: "cms", namespace: "web", file: "web.json", steps: []step{
		{1, "2018-05-22T12:00:07.5Z", "0.6.0", superseded, "site:\n  title: Werkstatt\n", "", nil, false},
		{2, "2018-07-10T06:18:33.040013Z", "0.6.2", superseded, "site:\n  title: Werkstatt & Café\n", "", nil, false},
		{3, "2018-12-19T17:22:50.339Z", "0.7.0", superseded, "site:\n  title: Werkstatt & Café\n  locales: {it: Benvenuti}\n", "", nil, false},
		{4, "2019-03-07T09:09:09.009009009Z", "0.7.0", failed, "replicas: 2\nsite:\n  title: Werkstatt & Café\n", "Upgrade \"cms\" failed: Deployment.apps \"cms\" is invalid: spec.template.spec.containers[0].image: Required value", nil, false},
		{5, "2019-03-07T09:15:40.771230118Z", "0.7.0", superseded, "replicas: 2\nimage:\n  tag: \"2019.1\"\nsite:\n  title: Werkstatt & Café\n", "", nil, false},
		{6, "2020-01-28T10:10:10.1Z", "0.8.0", deployed, "replicas: 2\nimage:\n  tag: \"2019.4\"\nsite:\n  title: Werkstatt & Café\n  locales: {it: Benvenuti, rm: Bainvegni}\n", "", tested(release.TestRun_SUCCESS, release.TestRun_SUCCESS), false},
	}},
	{name: "legacy", chart: "store", namespace: "pay", file: "configmaps.yaml", steps: []step{
		{2, "2017-11-08T08:45:00.120000000Z", "0.3.0", superseded, "replicas: 1\n", "", nil, false},
		{3, "2018-02-14T19:20:21.22Z", "0.4.0", superseded, "replicas: 1\ndisk: 20Gi\n", "", nil, false},
		{7, "2018-10-31T23:59:59.999999999Z", "0.4.1", superseded, "replicas: 1\ndisk: 20Gi\n", "", nil, false},
		{9, "2019-05-02T09:11:40.000000001Z", "0.4.2", deployed, "replicas: 2\ndisk: 20Gi\n", "", nil, false},
	}},
	{name: "metrics", chart: "metrics", namespace: "monitoring", file: "secrets.yaml", secret: true, steps: []step{
		{1, "2019-02-01T07:07:07.7Z", "1.2.0", superseded, "retention: 7d\nbasicAuth:\n  password: fake-password-1\n", "", nil, false},
		{2, "2019-05-20T15:00:59.000318Z", "1.3.0", superseded, "retention: 30d\nbasicAuth:\n  password: fake-password-2\n", "", nil, false},
		{3, "2019-11-11T11:11:11.11Z", "1.4.0", deployed, "replicas: 2\nretention: 30d\nbasicAuth:\n  password: fake-password-2\n", "", nil, false},
	}},
	{name: "old-cms", chart: "cms", namespace: "web", steps: []step{
		{6, "2018-03-12T10:00:00.5Z", "0.5.1", superseded, "site:\n  title: Werkstatt\n", "", nil, false},
		{7, "2018-04-30T16:40:02.25Z", "0.5.2", deployed, "site:\n  title: Werkstatt (alt)\n", "", nil, true},
	}},
	{name: "queue", chart: "queue", namespace: "jobs", file: "configmaps.yaml", steps: []step{
		{1, "2019-07-01T09:30:00Z", "0.1.0", superseded, "workers: 2\n", "", nil, false},
		{2, "2019-09-12T12:12:12.012Z", "0.1.3", superseded, "workers: 8\n", "", nil, false},
		{3, "2019-09-30T08:00:30.5Z", "0.2.0", deployed, "workers: 8\nimage:\n  tag: \"3.8\"\n", "", nil, false},
		{4, "2020-01-06T13:37:00.000001Z", "0.2.0", failed, "workers: 64\nimage:\n  tag: \"3.9\"\n", "Upgrade \"queue\" failed: timed out waiting for the condition", nil, false},
	}},
	{name: "reports", chart: "queue", namespace: "jobs", file: "web.json", steps: []step{
		{1, "2018-08-08T08:08:08.08Z", "0.1.0", superseded, "workers: 1\n", "", nil, false},
		{2, "2018-08-09T09:09:09.09Z", "0.1.0", superseded, "workers: 2\n", "", nil, false},
		{3, "2019-01-31T18:00:00.000000018Z", "0.1.0", release.Status_DELETED, "workers: 2\n", "Deletion complete", func(r *release.Release) {
			r.Info.Deleted = at(r.Info.LastDeployed.Seconds+86400, 417000000)
		}, false},
	}},
	{name: "search", chart: "search", namespace: "web", steps: []step{
		{1, "2019-03-19T10:02:33.118Z", "0.8.0", superseded, "index:\n  shards: 1\n", "", nil, false},
		{2, "2019-04-24T14:20:05.7701Z", "0.9.0", superseded, "index:\n  shards: 3\n", "", nil, false},
		{3, "2019-07-15T06:50:12.340119Z", "0.9.1", superseded, "heap: 1g\nindex:\n  shards: 3\n  languages: [de, en, fr]\n", "", ran(release.Hook_POST_UPGRADE), false},
		{4, "2019-09-02T17:17:17.17Z", "0.9.4", superseded, "heap: 1g\nindex:\n  shards: 3\n  languages: [de, en, fr, it]\n", "", ran(release.Hook_POST_UPGRADE), false},
		{5, "2019-12-18T08:25:00.003Z", "1.0.0", deployed, "heap: 2g\nreplicas: 2\nindex:\n  shards: 3\n  languages: [de, en, fr, it]\n", "", ran(release.Hook_POST_UPGRADE), false},
		{6, "2020-02-27T22:41:58.65Z", "1.0.0", release.Status_PENDING_UPGRADE, "heap: 4g\nreplicas: 3\nindex:\n  shards: 5\n  languages: [de, en, fr, it]\n", "Preparing upgrade", nil, false},
	}},
	{name: "shop", chart: "shop", namespace: "shop", file: "configmaps.yaml", steps: []step{
		{1, "2018-10-01T05:00:00.05Z", "4.0.0", superseded, "host: shop.example.org\n", "", nil, false},
		{2, "2018-11-23T06:00:00.06Z", "4.0.0", superseded, "replicas: 12\nhost: shop.example.org\nredis:\n  maxMemory: 2gb\n", "", nil, false},
		{3, "2018-11-27T07:00:00.07Z", "4.0.0", superseded, "replicas: 4\nhost: shop.example.org\nredis:\n  maxMemory: 512mb\n", "", nil, false},
		{4, "2019-04-12T08:00:00.08Z", "4.2.0", superseded, "replicas: 4\nhost: shop.example.org\nredis:\n  maxMemory: 512mb\nmailer:\n  perMinute: 600\n", "", nil, false},
		{5, "2019-09-09T09:00:00.09Z", "5.0.0", deployed, "replicas: 4\nhost: www.shop.example.org\nredis:\n  maxMemory: 512mb\nmailer:\n  perMinute: 600\n", "", nil, false},
		{6, "2019-11-28T10:00:00.1Z", "5.0.0", superseded, "replicas: 12\nhost: www.shop.example.org\nredis:\n  maxMemory: 4gb\nmailer:\n  perMinute: 600\n", "", nil, false},
		{7, "2020-01-10T11:00:00.11Z", "5.0.0", deployed, "replicas: 4\nhost: www.shop.example.org\nredis:\n  maxMemory: 512mb\nmailer:\n  enabled: false\n", "", nil, false},
	}},
}
