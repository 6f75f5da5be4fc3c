package main

import (
	"path/filepath"
)

// generate writes the Helm 3 and Helm 4 fixtures below root, in the places they have in the project,
// and what the Helm 2 fixtures there must become.
func generate(charts, root string) error {
	if err := expectHelm2(filepath.Join(root, "test/fixtures/helm2")); err != nil {
		return err
	}
	for name, cases := range map[string]func(*collector){"helm3": helm3Cases, "helm4": helm4Cases} {
		dir := filepath.Join(root, "test/fixtures", name)
		c := &collector{charts: charts, files: map[string][]record{}}
		cases(c)
		if c.err != nil {
			return c.err
		}
		files := map[string][]expectation{}
		for file, records := range c.files {
			if err := writeManifests(filepath.Join(dir, file), records); err != nil {
				return err
			}
			files[file] = expectations(records)
		}
		if err := writeExpected(dir, files); err != nil {
			return err
		}
	}
	return generateReadings(root)
}

// collector gathers records by file. The first error stays and stops the rest, so that a list of
// cases reads as a list.
type collector struct {
	charts string
	files  map[string][]record
	err    error
}

func (c *collector) add(file string, r record, err error) {
	if c.err == nil {
		c.err = err
	}
	if c.err == nil {
		c.files[file+".yaml"] = append(c.files[file+".yaml"], r)
	}
}
