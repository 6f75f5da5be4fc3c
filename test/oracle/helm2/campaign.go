package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/golang/protobuf/ptypes/timestamp"
	"k8s.io/helm/pkg/proto/hapi/release"
)

// campaign renders any charts and writes three revisions of each, in differing states, as Tiller
// ConfigMaps: a file a chart in outDir, and all payloads one a line in outDir/payloads.txt. A chart
// that Helm 2 can't load or render is named on stderr and left out.
func campaign(outDir string, dirs []string, log io.Writer) error {
	if err := os.MkdirAll(outDir, 0o755); err != nil {
		return err
	}
	payloads, err := os.Create(filepath.Join(outDir, "payloads.txt"))
	if err != nil {
		return err
	}
	defer payloads.Close()
	lines := bufio.NewWriter(payloads)
	names := map[string]int{}
	failed := 0
	for i, dir := range dirs {
		name := uniqueName(filepath.Base(dir), names)
		objects, err := revisions(dir, name, i)
		if err != nil {
			failed++
			fmt.Fprintf(log, "left out %s: %v\n", filepath.Base(dir), err)
			continue
		}
		var all []object
		for _, o := range objects {
			all = append(all, o.object)
			fmt.Fprintln(lines, o.payload)
		}
		text, err := manifests(all)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(outDir, name+".yaml"), text, 0o644); err != nil {
			return err
		}
	}
	fmt.Fprintf(log, "%d charts rendered, %d left out\n", len(dirs)-failed, failed)
	return lines.Flush()
}

func uniqueName(base string, seen map[string]int) string {
	name := strings.ToLower(strings.ReplaceAll(base, "_", "-"))
	if seen[name]++; seen[name] > 1 {
		name = fmt.Sprintf("%s-%d", name, seen[name])
	}
	return name
}

type stored struct {
	object  object
	payload string
}

// revisions deploys a chart three times; i varies what happened to it.
func revisions(dir, name string, i int) ([]stored, error) {
	states := []release.Status_Code{release.Status_DEPLOYED, release.Status_FAILED,
		release.Status_PENDING_UPGRADE, release.Status_DELETED, release.Status_PENDING_ROLLBACK,
		release.Status_DELETING, release.Status_UNKNOWN, release.Status_PENDING_INSTALL}
	values := []string{"", "{}", "# none\n", "replicaCount: 3\nimage:\n  tag: \"1.2\"\n",
		"nameOverride: überlang\nlimits: {cpu: 1.50, memory: 1e3, on: yes}\n",
		"a: &x {b: 0777}\nc: {<<: *x, d: 1_000}\ne: ~\n"}
	start := int64(1500000000 + i*86400)
	var out []stored
	for revision := int32(1); revision <= 3; revision++ {
		// a fresh copy each time: rendering changes the chart
		c, err := loadChart(dir)
		if err != nil {
			return nil, err
		}
		at := &timestamp.Timestamp{Seconds: start + int64(revision)*3600}
		at.Nanos = []int32{0, 123456789, 120000000, 999999999}[(i+int(revision))%4]
		rel, err := deploy(c, order{name: name, namespace: "apps", revision: revision,
			values: values[(i+int(revision))%len(values)], time: at})
		if err != nil {
			return nil, err
		}
		rel.Info.FirstDeployed = &timestamp.Timestamp{Seconds: start}
		rel.Info.Status.Code = release.Status_SUPERSEDED
		if revision == 3 {
			rel.Info.Status.Code = states[i%len(states)]
			if rel.Info.Status.Code == release.Status_DELETED {
				rel.Info.Deleted = &timestamp.Timestamp{Seconds: at.Seconds + 60, Nanos: 5}
			}
		}
		runTests(rel, i+int(revision))
		cm, err := storeConfigMap(rel)
		if err != nil {
			return nil, err
		}
		out = append(out, stored{cm, cm.Data["release"]})
	}
	return out, nil
}

// runTests gives hooks results, as `helm test` stores them, and last runs.
func runTests(rel *release.Release, i int) {
	at := rel.Info.LastDeployed
	suite := &release.TestSuite{StartedAt: at,
		CompletedAt: &timestamp.Timestamp{Seconds: at.Seconds + 9, Nanos: 1000}}
	for n, hook := range rel.Hooks {
		if n%2 == 0 {
			hook.LastRun = at
		}
		suite.Results = append(suite.Results, &release.TestRun{
			Name: hook.Name, Status: release.TestRun_Status((i + n) % 4), Info: "exit code 1",
			StartedAt: at, CompletedAt: suite.CompletedAt,
		})
	}
	if len(suite.Results) > 0 && i%3 > 0 {
		rel.Info.Status.LastTestSuiteRun = suite
	}
}
