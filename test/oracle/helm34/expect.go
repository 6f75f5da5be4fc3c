package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"

	v1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// expectation is what a record must read as, or become: exactly this JSON text, or an error. The
// error is in Go's or this program's words; only that there is one is to be expected of others.
// Rewritten is there where the Helm of the record, once it has read that text, stores another one.
type expectation struct {
	Key       string `json:"key"`
	JSON      string `json:"json,omitempty"`
	Rewritten string `json:"rewritten,omitempty"`
	Error     string `json:"error,omitempty"`
}

// writeExpected writes expected.json: for every file of a folder, its records in order.
func writeExpected(dir string, files map[string][]expectation) error {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(files); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "expected.json"), out.Bytes(), 0o644)
}

func expectations(records []record) []expectation {
	var all []expectation
	for _, r := range records {
		e := expectation{Key: r.object.GetName(), JSON: r.json, Error: r.broken}
		if r.rewritten != r.json {
			e.Rewritten = r.rewritten
		}
		all = append(all, e)
	}
	return all
}

// expectHelm2 converts every Helm 2 record of a folder.
func expectHelm2(dir string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return err
	}
	files := map[string][]expectation{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, document := range bytes.Split(text, []byte("\n---\n")) {
			key, payload, err := readManifest(document)
			if err != nil {
				return err
			}
			name := filepath.Base(path)
			c := convertPayload(payload)
			files[name] = append(files[name], expectation{Key: key, JSON: c.JSON, Error: c.Error})
		}
	}
	return writeExpected(dir, files)
}

// readManifest gives the name and the payload of a ConfigMap or a Secret.
func readManifest(document []byte) (key, payload string, err error) {
	var cm v1.ConfigMap
	if err := yaml.Unmarshal(document, &cm); err != nil {
		return "", "", err
	}
	if cm.Kind == configMapKind {
		return cm.Name, cm.Data["release"], nil
	}
	var secret v1.Secret
	if err := yaml.Unmarshal(document, &secret); err != nil {
		return "", "", err
	}
	return secret.Name, string(secret.Data["release"]), nil
}
