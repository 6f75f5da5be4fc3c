// Package moniker names releases that were given no name.
package moniker

import (
	"fmt"
	"math/rand"
)

// Namer makes names.
type Namer interface {
	Name() string
	NameSep(sep string) string
}

type namer struct{}

// New makes a Namer.
func New() Namer { return namer{} }

func (n namer) Name() string { return n.NameSep(" ") }

func (namer) NameSep(sep string) string {
	return fmt.Sprintf("unnamed%s%d", sep, rand.Intn(1000000))
}
