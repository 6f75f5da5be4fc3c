// Command etcd is the stock etcd server, built from its published module for
// the same reason as the API server beside it.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	etcdmain.Main(os.Args)
}
