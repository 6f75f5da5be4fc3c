package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// fixtureFiles are the files below test/fixtures/helm2, by what their records are about.
var fixtureFiles = []struct {
	name string
	fill func(*collector)
}{
	{"statuses", statuses},
	{"hooks", hookCases},
	{"tests", testResults},
	{"times", times},
	{"values", values},
	{"metadata", metadata},
	{"requirements", requirements},
	{"subcharts", subcharts},
	{"files", files},
	{"manifests", manifestCases},
	{"names", names},
	{"revisions", revisionsOfOne},
	{"secrets", secrets},
	{"messages", messages},
	{"envelopes", envelopes},
}

// generate writes the Helm 2 fixtures and the demo below root, in the places they have in the
// project. The same charts give the same bytes, always.
func generate(charts, root string) error {
	for _, file := range fixtureFiles {
		c := &collector{charts: charts}
		file.fill(c)
		if c.err != nil {
			return fmt.Errorf("%s: %w", file.name, c.err)
		}
		if err := writeFile(filepath.Join(root, "test/fixtures/helm2", file.name+".yaml"), c.objects); err != nil {
			return err
		}
	}
	return demo(charts, filepath.Join(root, "demo/tiller"))
}

func writeFile(path string, objects []object) error {
	text, err := manifests(objects)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
