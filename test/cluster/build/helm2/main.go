// Command helm2 does nothing: its module holds what Helm 2's own programs, Tiller and its client, are built of.
package main

func main() {}
