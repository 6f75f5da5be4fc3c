package main

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/golang/protobuf/proto"
	v1 "k8s.io/api/core/v1"
	"k8s.io/helm/pkg/proto/hapi/chart"
	"k8s.io/helm/pkg/proto/hapi/release"
)

// Checklist 10 and 14: text that Go's JSON escapes, and manifests that break under Helm 3.
func manifestCases(c *collector) {
	c.tiny("manifest-escapes", func(r *release.Release) {
		var b strings.Builder
		for i := rune(0); i < 0x100; i++ {
			b.WriteRune(i)
		}
		b.WriteString("\u2027\u2028\u2029\u202a\ufeff\ufffd\uffff🎉\U0010ffff</script>\\u003c")
		r.Manifest = b.String()
	})
	c.tiny("manifest-empty", func(r *release.Release) { r.Manifest, r.Info.Description = "", "" })
	c.tiny("manifest-crlf", func(r *release.Release) { r.Manifest = strings.ReplaceAll(r.Manifest, "\n", "\r\n") })
	c.store(c.deploy("web", order{name: "web-full", namespace: "web", values: "replicas: 3\ngreeting: \"<Salü> & \\\"hoi\\\"\"\n"}))
	c.store(c.deploy("store", order{name: "store-heritage", namespace: "data"}))
	c.store(c.deploy("cms", order{name: "cms-crd", namespace: "web"}))
}

// Checklist 11: names that Helm 2 took. API servers refuse some of them; SQL and old clusters don't.
func names(c *collector) {
	for _, name := range []string{"with.dots", "Upper-Case", "under_score", "a", strings.Repeat("n", 53), strings.Repeat("n", 54), "9lives", "v1.v2", "ends.v3"} {
		c.tiny(name, func(*release.Release) {})
	}
	for i, namespace := range []string{"", "Upper", strings.Repeat("n", 64), "a/b"} {
		c.tiny(fmt.Sprintf("namespace-%d", i), func(r *release.Release) { r.Namespace = namespace })
	}
}

// Checklist 1 and 12: several revisions of one release.
func revisionsOfOne(c *collector) {
	history := func(name string, from int32, codes ...release.Status_Code) {
		for i, code := range codes {
			if code < 0 {
				continue // a gap
			}
			revision := from + int32(i)
			rel := c.deploy("web", order{
				name: name, namespace: "web", revision: revision, time: at(epoch+int64(revision)*60, 0),
				values: fmt.Sprintf("replicas: %d\n", revision),
			})
			if c.err != nil {
				return
			}
			rel.Info.FirstDeployed = at(epoch, 0)
			rel.Info.Status.Code = code
			c.store(rel)
		}
	}
	const gap = release.Status_Code(-1)
	history("plain", 1, release.Status_SUPERSEDED, release.Status_SUPERSEDED, release.Status_DEPLOYED)
	history("gaps", 4, release.Status_SUPERSEDED, gap, release.Status_FAILED, gap, gap, release.Status_DEPLOYED)
	history("several-deployed", 1, release.Status_DEPLOYED, release.Status_DEPLOYED, release.Status_FAILED, release.Status_DEPLOYED)
	history("pending-newest", 1, release.Status_SUPERSEDED, release.Status_DEPLOYED, release.Status_PENDING_UPGRADE)
	history("pending-install", 1, release.Status_PENDING_INSTALL)
	history("pending-rollback", 2, release.Status_DEPLOYED, release.Status_PENDING_ROLLBACK)
	history("deleted", 1, release.Status_SUPERSEDED, release.Status_DELETED)
	history("deleting", 1, release.Status_DELETING)
	history("failed-newest", 1, release.Status_DEPLOYED, release.Status_FAILED)
	for i, version := range []int32{0, -1, 2147483647, 1000000} {
		c.tiny(fmt.Sprintf("version-%d", i), func(r *release.Release) { r.Version = version })
	}
}

// Releases that Tiller kept as Secrets.
func secrets(c *collector) {
	for revision := int32(1); revision <= 3; revision++ {
		rel := c.deploy("web", order{name: "in-secrets", namespace: "web", revision: revision, time: at(epoch+int64(revision), 0)})
		if c.err != nil {
			return
		}
		if revision < 3 {
			rel.Info.Status.Code = release.Status_SUPERSEDED
		}
		c.storeSecret(rel)
	}
}

// Checklist 16 and what a protobuf message may hold that Helm 2 itself doesn't write.
func messages(c *collector) {
	same := func(*release.Release) {}
	part := func(r *release.Release) []byte {
		raw, err := proto.Marshal(r)
		if err != nil && c.err == nil {
			c.err = err
		}
		return raw
	}
	c.raw("no-info", c.message("no-info", func(r *release.Release) { r.Info = nil }), true)
	c.raw("no-status", c.message("no-status", func(r *release.Release) { r.Info.Status = nil }), true)
	c.raw("no-chart", c.message("no-chart", func(r *release.Release) { r.Chart = nil }), true)
	c.raw("empty-chart", c.message("empty-chart", func(r *release.Release) { r.Chart = &chart.Chart{} }), true)
	c.raw("empty-message", nil, true)
	c.raw("unknown-varint", append(c.message("unknown-varint", same), 0x78, 0x01), true)
	c.raw("unknown-text", append(c.message("unknown-text", same), 0xfa, 0x01, 0x02, 'h', 'i'), true)
	c.raw("unknown-group", append(c.message("unknown-group", same), 0x7b, 0x08, 0x01, 0x7c), true)
	c.raw("unknown-fixed", append(c.message("unknown-fixed", same), 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7d, 1, 2, 3, 4), true)
	// info { field 15: 1 }: unknown, and inside a known message
	c.raw("unknown-in-info", append(c.message("unknown-in-info", same), 0x12, 0x02, 0x78, 0x01), true)
	c.raw("wrong-wire-type", append(c.message("wrong-wire-type", same), 0x08, 0x01), true)
	c.raw("name-twice", append(c.message("first", same), part(&release.Release{Name: "name-twice"})...), true)
	c.raw("info-merged", append(c.message("info-merged", same), part(&release.Release{
		Info: &release.Info{Description: "merged", Status: &release.Status{Notes: "merged\n"}},
	})...), true)
	hook := &release.Hook{Name: "h", Events: []release.Hook_Event{1, 2}}
	c.raw("events-packed", append(c.message("events-packed", same), part(&release.Release{Hooks: []*release.Hook{hook}})...), true)
	// a hook whose two events are written one by one: { name: "h", events: 1, events: 2 }
	c.raw("events-not-packed", append(c.message("events-not-packed", same), 0x32, 7, 0x0a, 1, 'h', 0x28, 1, 0x28, 2), true)
	c.raw("events-both-ways", append(c.message("events-both-ways", same), 0x32, 9, 0x0a, 1, 'h', 0x28, 3, 0x2a, 2, 1, 2), true)
	c.raw("long-varint", append(c.message("long-varint", same), 0x38, 0x81, 0x80, 0x80, 0x80, 0x00), true)
	c.raw("version-wider-than-32-bits", append(c.message("version-wider-than-32-bits", same), 0x38, 0x81, 0x80, 0x80, 0x80, 0x10), true)
	c.raw("varint-too-long", append(c.message("varint-too-long", same), 0x38, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01), true)
	c.raw("not-utf-8", append(c.message("not-utf-8", same), 0x42, 2, 0xc3, 0x28), true)
	c.raw("lone-surrogate", append(c.message("lone-surrogate", same), 0x42, 3, 0xed, 0xa0, 0x80), true)
	c.raw("field-zero", append(c.message("field-zero", same), 0x02, 0x00), true)
	c.raw("length-past-end", append(c.message("length-past-end", same), 0x0a, 0x7f, 'x'), true)
	if whole := c.message("cut-short", same); c.err == nil {
		c.raw("cut-short", whole[:len(whole)-5], true)
	}
	c.raw("json-instead", []byte(`{"name":"json-instead","version":1}`), true)
}

// The base64 and gzip around a message: old Tillers didn't compress, and damage must be seen.
func envelopes(c *collector) {
	same := func(*release.Release) {}
	c.raw("not-compressed", c.message("not-compressed", same), false)
	damage := func(name string, change func([]byte) []byte) {
		cm := c.raw(name, c.message(name, same), true)
		if c.err == nil {
			edit(cm, change, c)
		}
	}
	damage("bad-checksum", func(b []byte) []byte { b[len(b)-8] ^= 1; return b })
	damage("bad-length", func(b []byte) []byte { b[len(b)-4] ^= 1; return b })
	damage("bad-body", func(b []byte) []byte { b[len(b)/2] ^= 0x10; return b })
	damage("half", func(b []byte) []byte { return b[:len(b)/2] })
	damage("only-header", func(b []byte) []byte { return b[:10] })
	damage("trailing-bytes", func(b []byte) []byte { return append(b, 0, 0, 0) })
	damage("two-members", func(b []byte) []byte { return append(append([]byte{}, b...), b...) })
	damage("empty-payload", func([]byte) []byte { return nil })
	text := func(name string, change func(string) string) {
		cm := c.raw(name, c.message(name, same), true)
		if c.err == nil {
			cm.Data["release"] = change(cm.Data["release"])
		}
	}
	text("not-base64", func(s string) string { return s[:20] + "*" + s[20:] })
	text("base64-without-padding", func(s string) string { return strings.TrimRight(s[:len(s)-1], "=") })
	text("base64-with-line-breaks", func(s string) string { return s[:76] + "\n" + s[76:] })
	cm := c.raw("no-release-key", nil, true)
	cm.Data = map[string]string{"other": "x"}
}

func edit(cm *v1.ConfigMap, change func([]byte) []byte, c *collector) {
	raw, err := base64.StdEncoding.DecodeString(cm.Data["release"])
	if err != nil {
		c.err = err
		return
	}
	cm.Data["release"] = base64.StdEncoding.EncodeToString(change(raw))
}
