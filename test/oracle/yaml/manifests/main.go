// Reads manifests as kubectl and Helm do. Standard input holds one JSON object a line, {"doc": base64};
// for each a line is printed: {"documents": [{"json": text}, {"error": text}, …]}, one entry for every
// document that apimachinery's YAMLOrJSONDecoder cuts, in cli-runtime's way (resource.StreamVisitor): into a
// RawExtension, with buffers of 4096 bytes. A client stops at the first error; here the decoder is asked
// on, until it stands still. A manifest comes out of a record, so that bytes that aren't UTF-8 are U+FFFD by then.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
)

type document struct {
	JSON  string `json:"json,omitempty"`
	Error string `json:"error,omitempty"`
}

type result struct {
	Documents []document `json:"documents"`
}

func read(text []byte) result {
	r := result{Documents: []document{}}
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	stands := 0
	for {
		value, err := next(decoder)
		if err == io.EOF {
			return r
		}
		if err != nil {
			// The JSON decoder repeats its error for ever.
			if last := len(r.Documents) - 1; last >= 0 && r.Documents[last].Error == err.Error() {
				stands++
			}
			if stands > 20 || err.Error() == "decoding failed as both JSON and YAML" {
				return trimmed(r)
			}
			r.Documents = append(r.Documents, document{Error: err.Error()})
			continue
		}
		stands = 0
		r.Documents = append(r.Documents, document{JSON: value})
	}
}

// trimmed leaves one of the errors at the end that are all the same.
func trimmed(r result) result {
	last := len(r.Documents) - 1
	for last > 0 && r.Documents[last].Error == r.Documents[last-1].Error {
		last--
	}
	r.Documents = r.Documents[:last+1]
	return r
}

func next(decoder *yaml.YAMLOrJSONDecoder) (text string, err error) {
	// Some documents make the YAML library itself fail; the client would have stopped there.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	ext := runtime.RawExtension{}
	if err := decoder.Decode(&ext); err != nil {
		return "", err
	}
	raw := bytes.TrimSpace(ext.Raw)
	if len(raw) == 0 {
		return "null", nil
	}
	numbers := json.NewDecoder(bytes.NewReader(raw))
	numbers.UseNumber()
	var value any
	if err := numbers.Decode(&value); err != nil {
		return "", err
	}
	value, err = normal(value)
	if err != nil {
		return "", err
	}
	out, err := json.Marshal(value)
	return string(out), err
}

// normal gives each number one spelling: whole ones of 64 bits in full, all others as float64, as
// Kubernetes' own JSON reader has them (but for those between 2^63 and 2^64, which keep their digits here).
func normal(value any) (any, error) {
	var err error
	switch v := value.(type) {
	case map[string]any:
		for key, item := range v {
			if v[key], err = normal(item); err != nil {
				return nil, err
			}
		}
	case []any:
		for i, item := range v {
			if v[i], err = normal(item); err != nil {
				return nil, err
			}
		}
	case json.Number:
		if whole, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return whole, nil
		}
		if whole, err := strconv.ParseUint(string(v), 10, 64); err == nil {
			return whole, nil
		}
		return v.Float64()
	}
	return value, nil
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	lines := json.NewDecoder(in)
	encoder := json.NewEncoder(out)
	for lines.More() {
		var line struct{ Doc []byte }
		if err := lines.Decode(&line); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if err := encoder.Encode(read(stored(line.Doc))); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// stored is what is left of the bytes in a record: text.
func stored(doc []byte) []byte {
	return []byte(string([]rune(string(doc))))
}
