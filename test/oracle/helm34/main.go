// Oracle on Helm 3's and Helm 4's own libraries: see ../README.md.
//
//	helm34 convert                stdin: one Helm 2 payload a line; stdout: {"json"} or {"error"} a line
//	helm34 generate CHARTS ROOT   Helm 3 and Helm 4 fixtures, what ROOT's Helm 2 fixtures convert to, and what Helm 3 reads of odd texts
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "convert":
		return convertLines(os.Stdin, os.Stdout)
	case len(args) == 3 && args[0] == "generate":
		return generate(args[1], args[2])
	}
	return fmt.Errorf("usage: helm34 convert | generate CHARTS ROOT")
}

// convertLines reads line by line without a limit on their length: a payload may be of 1 MiB.
func convertLines(in io.Reader, out io.Writer) error {
	reader := bufio.NewReaderSize(in, 1<<20)
	writer := bufio.NewWriter(out)
	encoder := json.NewEncoder(writer)
	for {
		line, err := reader.ReadString('\n')
		if line != "" {
			if err := encoder.Encode(convertPayload(line)); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return writer.Flush()
		}
		if err != nil {
			return err
		}
	}
}
