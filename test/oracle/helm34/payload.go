package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"

	"github.com/golang/protobuf/proto" //nolint:staticcheck // the one that Helm 2's generated types need
	hapi "k8s.io/helm/pkg/proto/hapi/release"
)

var gzipMagic = []byte{0x1f, 0x8b, 0x08}

// unpack takes base64 and, where there is one, gzip off a record's text, as every Helm's driver does.
func unpack(text string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(raw, gzipMagic) {
		return raw, nil
	}
	reader, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}

// decodeHelm2 reads what Tiller's storage driver wrote. That driver itself needs an older client-go
// than Helm 3 and Helm 4 do, and so can't be in this module.
func decodeHelm2(text string) (*hapi.Release, error) {
	raw, err := unpack(text)
	if err != nil {
		return nil, err
	}
	var rel hapi.Release
	if err := proto.Unmarshal(raw, &rel); err != nil {
		return nil, err
	}
	return &rel, nil
}
