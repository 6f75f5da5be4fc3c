// Oracle on kubectl's own libraries: see ../README.md.
//
//	kubectl < QUESTIONS   a table of questions as cases.mjs makes it; stdout: the same with the answers
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/util/jsonpath"
	"k8s.io/klog/v2"
	"k8s.io/kubectl/pkg/cmd/get"
)

// question is of one of three kinds: what a JSONPath prints, what custom columns print of a list's items,
// and the order of a list's items. Data names one of the table's texts.
type question struct {
	Kind     string `json:"kind"`
	Data     string `json:"data"`
	Template string `json:"template"`
	// Strict: a key that isn't there is an error (kubectl's --allow-missing-template-keys=false).
	Strict bool    `json:"strict,omitempty"`
	Output *string `json:"output,omitempty"`
	// Shuffled: the output is of a map, which Go walks in any order; its words stand in theirs.
	Shuffled bool   `json:"shuffled,omitempty"`
	Error    string `json:"error,omitempty"`
}

type table struct {
	Data      map[string]string `json:"data"`
	Questions []question        `json:"questions"`
}

func main() {
	// An unsortable field ends kubectl on the spot; here it is an answer.
	klog.OsExit = func(int) { panic("unsortable") }
	stderr := os.Stderr
	os.Stderr, _ = os.Open(os.DevNull)
	var asked table
	err := json.NewDecoder(os.Stdin).Decode(&asked)
	for i := range asked.Questions {
		one := &asked.Questions[i]
		text, known := asked.Data[one.Data]
		if !known {
			err = fmt.Errorf("no data %q", one.Data)
			break
		}
		output, wrong := answer(*one, text)
		if wrong != nil {
			one.Error = wrong.Error()
			continue
		}
		for range 64 {
			if again, _ := answer(*one, text); again != output {
				one.Shuffled = true
			}
		}
		if one.Shuffled {
			output = sorted(output)
		}
		one.Output = &output
	}
	if err == nil {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", " ")
		err = encoder.Encode(asked)
	}
	if err != nil {
		fmt.Fprintln(stderr, "error:", err)
		os.Exit(1)
	}
}

// answer never panics: where kubectl does, that is its error.
func answer(asked question, text string) (output string, err error) {
	defer func() {
		if wrong := recover(); wrong != nil {
			err = fmt.Errorf("panic: %v", wrong)
		}
	}()
	// Whole numbers become int64, as in every object that kubectl reads.
	var data any
	if err := utiljson.Unmarshal([]byte(text), &data); err != nil {
		return "", err
	}
	switch asked.Kind {
	case "jsonpath":
		path := jsonpath.New("out").AllowMissingKeys(!asked.Strict)
		if err := path.Parse(asked.Template); err != nil {
			return "", err
		}
		var out bytes.Buffer
		err := path.Execute(&out, data)
		return out.String(), err
	case "columns":
		printer, err := get.NewCustomColumnsPrinterFromSpec(asked.Template, unstructured.UnstructuredJSONScheme, true)
		if err != nil {
			return "", err
		}
		var out bytes.Buffer
		for _, object := range objects(data) {
			if err := printer.PrintObj(object, &out); err != nil {
				return "", err
			}
		}
		return out.String(), nil
	case "sort":
		list := objects(data)
		sorter, err := get.SortObjects(unstructured.UnstructuredJSONScheme, list, asked.Template)
		if err != nil {
			return "", err
		}
		for i := range list {
			output += fmt.Sprintf("%d ", sorter.OriginalPosition(i))
		}
		return output, nil
	}
	return "", fmt.Errorf("no kind %q", asked.Kind)
}

func sorted(output string) string {
	words := strings.FieldsFunc(output, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' })
	slices.Sort(words)
	return strings.Join(words, " ")
}

func objects(data any) (all []runtime.Object) {
	for _, item := range data.(map[string]any)["items"].([]any) {
		all = append(all, &unstructured.Unstructured{Object: item.(map[string]any)})
	}
	return all
}
