package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"

	"github.com/golang/protobuf/jsonpb"
	"github.com/golang/protobuf/proto"
	"k8s.io/helm/pkg/proto/hapi/release"
)

// decoded is one line of the decode command's output. Files are apart, as [name, bytes]: in JSON an
// Any needs a registered type, and a chart's file has none.
type decoded struct {
	Release json.RawMessage `json:"release,omitempty"`
	Files   [][2]string     `json:"files,omitempty"`
	Error   string          `json:"error,omitempty"`
}

// decodeLines prints what Helm 2's types read in each line of base64, gzipped or not.
func decodeLines(in io.Reader, out io.Writer) error {
	reader := bufio.NewReaderSize(in, 1<<20)
	encoder := json.NewEncoder(out)
	for {
		line, err := reader.ReadString('\n')
		if line != "" {
			d, err := decodeLine(strings.TrimSpace(line))
			if err != nil {
				d = decoded{Error: err.Error()}
			}
			if err := encoder.Encode(d); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func decodeLine(text string) (decoded, error) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return decoded{}, err
	}
	if bytes.HasPrefix(raw, []byte{0x1f, 0x8b, 0x08}) {
		reader, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			return decoded{}, err
		}
		if raw, err = io.ReadAll(reader); err != nil {
			return decoded{}, err
		}
	}
	var rel release.Release
	if err := proto.Unmarshal(raw, &rel); err != nil {
		return decoded{}, err
	}
	var d decoded
	if rel.Chart != nil {
		for _, f := range rel.Chart.Files {
			d.Files = append(d.Files, [2]string{f.TypeUrl, base64.StdEncoding.EncodeToString(f.Value)})
		}
		rel.Chart.Files = nil
		rel.Chart.Dependencies = nil
	}
	text, err = (&jsonpb.Marshaler{OrigName: true}).MarshalToString(&rel)
	d.Release = json.RawMessage(text)
	return d, err
}
