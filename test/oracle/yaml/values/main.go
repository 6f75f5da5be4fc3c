// Reads YAML as Helm 2 does. Standard input holds one JSON object a line, {"doc": base64}; for each
// a line is printed: {"json": text} with what chartutil.ReadValues made of it, or {"error": text}.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/helm/pkg/chartutil"
)

type result struct {
	JSON  string `json:"json,omitempty"`
	Error string `json:"error,omitempty"`
}

func read(doc []byte) (r result) {
	// Some documents make the YAML library itself fail; Tiller would have stopped there.
	defer func() {
		if p := recover(); p != nil {
			r = result{Error: fmt.Sprint("panic: ", p)}
		}
	}()
	values, err := chartutil.ReadValues(doc)
	if err != nil {
		return result{Error: err.Error()}
	}
	text, err := json.Marshal(values)
	if err != nil {
		return result{Error: err.Error()}
	}
	return result{JSON: string(text)}
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
		if err := encoder.Encode(read(line.Doc)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
