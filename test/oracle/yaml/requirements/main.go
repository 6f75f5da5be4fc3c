// Reads requirements.yaml and requirements.lock as Helm 3's chart loader does. Standard input holds
// one JSON object a line, {"doc": base64}; for each a line is printed with what each of the two
// readers made of it: {"requirements": {"json": text} or {"error": text}, "lock": the same}.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"helm.sh/helm/v3/pkg/chart"
	"sigs.k8s.io/yaml"
)

type result struct {
	JSON  string `json:"json,omitempty"`
	Error string `json:"error,omitempty"`
}

func guarded(read func() (any, error)) (r result) {
	defer func() {
		if p := recover(); p != nil {
			r = result{Error: fmt.Sprint("panic: ", p)}
		}
	}()
	value, err := read()
	if err != nil {
		return result{Error: err.Error()}
	}
	text, err := json.Marshal(value)
	if err != nil {
		return result{Error: err.Error()}
	}
	return result{JSON: string(text)}
}

// The loader decodes requirements.yaml into the chart's metadata and requirements.lock into a
// pointer that it has just set (pkg/chart/loader/load.go).
func requirements(doc []byte) (any, error) {
	metadata := new(chart.Metadata)
	err := yaml.Unmarshal(doc, metadata)
	return metadata.Dependencies, err
}

func lock(doc []byte) (any, error) {
	lock := new(chart.Lock)
	err := yaml.Unmarshal(doc, &lock)
	return lock, err
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	decoder := json.NewDecoder(in)
	encoder := json.NewEncoder(out)
	for decoder.More() {
		var line struct{ Doc []byte }
		if err := decoder.Decode(&line); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		both := map[string]result{
			"requirements": guarded(func() (any, error) { return requirements(line.Doc) }),
			"lock":         guarded(func() (any, error) { return lock(line.Doc) }),
		}
		if err := encoder.Encode(both); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
