package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	v3release "helm.sh/helm/v3/pkg/release"
)

// reading is a record's text as somebody may have written it, and what Helm 3 stores after it has read
// it; Error is Go's where it can't.
type reading struct {
	Text      string `json:"text"`
	Rewritten string `json:"rewritten,omitempty"`
	Error     string `json:"error,omitempty"`
}

// generateReadings writes test/fixtures/json/read.json below root.
func generateReadings(root string) error {
	var all []reading
	for _, text := range readingTexts() {
		one := reading{Text: text}
		var rel v3release.Release
		if err := json.Unmarshal([]byte(text), &rel); err != nil {
			one.Error = err.Error()
		} else if again, err := json.Marshal(&rel); err != nil {
			return err
		} else {
			one.Rewritten = string(again)
		}
		all = append(all, one)
	}
	folder := filepath.Join(root, "test", "fixtures", "json")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	out, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "read.json"), append(out, '\n'), 0o644)
}

// readingTexts are members of a release, each with what else a release needs around it.
func readingTexts() []string {
	members := []string{
		// names in another case, and names that come twice
		`"Version":2`, `"VERSION":2,"version":3`, `"version":3,"Version":2`, `"version":2,"version":null`,
		`"ver\u0073ion":2`, `"config":{"a":{"x":1},"b":1},"Config":{"a":{"y":2},"c":3}`,
		`"config":{"a":1},"config":null`, `"config":{"a":1},"CONFIG":{}`, `"config":{"b":1,"B":2,"b":3}`,
		`"Info":{"Status":"failed","NOTES":"n"}`, `"info":{"status":"failed","notes":"n"},"INFO":{"status":"deployed"}`,
		`"info":{"status":"failed"},"info":null`, `"info":{"status":"failed","status":null,"deleted":null}`,
		`"hoo` + "\u212a" + `s":[{"name":"kelvin"}]`, `"last` + "\u017f" + `":1`,
		`"hooks":[{"name":"a","events":["test","crd-install"],"weight":5},{"name":"b"}],"Hooks":[{"events":["post-install"]}]`,
		`"hooks":[{"name":"a","La` + "\u017f" + `t_run":{"phase":"Failed"}}]`,
		`"hooks":[{"name":"a","last_run":{"phase":"Failed"},"last_run":null}]`,
		`"hooks":[{"name":"a"}],"hooks":null`, `"hooks":[{"name":"a"}],"hooks":[]`,
		`"chart":{"metadata":{"NAME":"a","ApiVersion":"v1","APPVERSION":"2","annotations":{"x":"1"},"Annotations":{"y":"2","x":null}}}`,
		`"chart":{"metadata":{"name":"a"},"Values":{"a":1},"values":{"b":2}},"Chart":{"schema":"e30="}`,
		`"chart":{"templates":[{"Name":"a","DATA":"eA=="}],"files":[{"name":"b","data":"eA=="}],"FILES":[{"name":"c"},{"data":null}]}`,
		`"chart":{"metadata":{"dependencies":[{"name":"a","Import-Values":[1.0,{"a":1e2}]}]}}`,
		`"name":"other"`, `"Name":"other"`, `"NAME":null`, `"naem":1`, `"__proto__":{"a":1}`, `"config":{"__proto__":{"a":1}}`,
		// base64
		`"chart":{"files":[{"name":"a","data":"aGVs\nbG8="}]}`, `"chart":{"files":[{"name":"a","data":"aGVs\r\nbG8=\n"}]}`,
		`"chart":{"files":[{"name":"a","data":"aGVsbG8\n="}]}`, `"chart":{"files":[{"name":"a","data":"\n"}]}`,
		`"chart":{"files":[{"name":"a","data":"aGVs bG8="}]}`, `"chart":{"files":[{"name":"a","data":"aGVsbG8"}]}`,
		`"chart":{"files":[{"name":"a","data":"aGVsbG9="}]}`, `"chart":{"files":[{"name":"a","data":"aGVs_G8="}]}`,
		`"chart":{"files":[{"name":"a","data":[104,105,0,255]}]}`, `"chart":{"files":[{"name":"a","data":[256]}]}`,
		`"chart":{"files":[{"name":"a","data":[1.0]}]}`, `"chart":{"files":[{"name":"a","data":[-1]}]}`,
		`"chart":{"files":[{"name":"a","data":"aGk=","data":null}]}`, `"chart":{"schema":"e30\n="}`,
		// numbers for Go's ints
		`"version":1.0`, `"version":1e0`, `"version":1.5`, `"version":-0`, `"version":-1`, `"version":"1"`, `"version":true`,
		`"version":9223372036854775808`, `"hooks":[{"weight":1.0}]`, `"hooks":[{"weight":-5}]`, `"hooks":[{"weight":1E2}]`,
		// numbers of values
		`"config":{"a":1.0,"b":-0,"c":1e3,"d":1E3,"e":1e+3,"f":0.10,"g":-0.0,"h":0e5}`,
		`"config":{"a":1234567890123456790,"b":9007199254740993,"c":-9223372036854775808,"d":18446744073709551616}`,
		`"config":{"a":123456789012345678901234567890,"b":1e21,"c":1e20,"d":0.000001,"e":0.0000001,"f":1e-7}`,
		`"config":{"a":0.1,"b":0.30000000000000004,"c":0.3000000000000000444,"d":5e-324,"e":1e-400,"f":1.7976931348623157e308}`,
		`"config":{"a":1e400}`, `"config":{"a":[{"b":-1e400}]}`, `"chart":{"values":{"a":1e309}}`, `"extra":1e400`, `"extra":{"a":[1.50,1e400]}`,
		`"config":{"a":1e400},"config":{"a":1}`, `"config":{"a":01}`, `"config":{"a":1.}`, `"config":{"a":.5}`, `"config":{"a":+1}`,
		`"config":{"a":-}`, `"config":{"a":1e}`, `"config":{"a":NaN}`, `"config":{"a":0x10}`, `"config":{"a":1_000}`,
		`"chart":{"values":{"big":1234567890123456790}}`,
		// empty and null
		`"config":{}`, `"config":null`, `"config":[]`, `"config":"x"`, `"hooks":{}`, `"info":[]`, `"chart":null`,
		`"chart":{"metadata":{"annotations":{"a":null}}}`, `"chart":{"metadata":{"annotations":{"a":1}}}`,
		`"chart":{"metadata":{"sources":[null,"a"]}}`, `"hooks":[null]`, `"chart":{"files":[null]}`,
		`"config":{"a":"\ud800","b":"\u0000","c":"\u2028<>&"}`,
	}
	head := `{"name":"odd","info":{"first_deployed":"2020-01-01T00:00:00Z","last_deployed":"","deleted":"","status":"deployed"},"namespace":"apps"`
	var texts []string
	for _, member := range members {
		texts = append(texts, head+","+member+"}")
	}
	return append(texts, strings.ToUpper(`{"name":"odd","version":1}`), head+"}", head+",}", head, head+"} x", "{}", "null", `"x"`, "1", "")
}
