// Oracle on Helm 2's own libraries: see ../README.md.
//
//	helm2 generate CHARTS OUTDIR           the fixtures and the demo, from the charts beside this program
//	helm2 render OUTDIR CHARTDIR...        Tiller records of any charts, for local campaigns
//	helm2 render OUTDIR --list FILE        the same, the charts' folders one a line in a file
//	helm2 decode                           stdin: one payload a line; stdout: what Helm 2 reads in it
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
)

func main() {
	log.SetOutput(io.Discard) // Helm's libraries warn about charts there
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "generate":
		return generate(args[1], args[2])
	case len(args) == 1 && args[0] == "decode":
		return decodeLines(os.Stdin, os.Stdout)
	case len(args) == 4 && args[0] == "render" && args[2] == "--list":
		text, err := os.ReadFile(args[3])
		if err != nil {
			return err
		}
		return campaign(args[1], strings.Fields(string(text)), os.Stderr)
	case len(args) >= 3 && args[0] == "render":
		return campaign(args[1], args[2:], os.Stderr)
	}
	return errors.New("usage: helm2 generate CHARTS OUTDIR | render OUTDIR CHARTDIR... | decode")
}
