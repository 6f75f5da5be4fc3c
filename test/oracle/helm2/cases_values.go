package main

import (
	"fmt"
	"strings"

	"k8s.io/helm/pkg/proto/hapi/chart"
	"k8s.io/helm/pkg/proto/hapi/release"
)

// Checklist 6: values as text, read by Go's YAML. test/fixtures/yaml has hundreds more; here are
// those that show where the text comes from and what is kept of it.
var valueTexts = []struct{ name, text string }{
	{"empty-text", ""},
	{"empty-map", "{}"},
	{"only-comments", "# replicas: 3\n\n# nothing\n"},
	{"null", "null\n"},
	{"booleans", "a: y\nb: N\nc: yes\nd: No\ne: on\nf: OFF\ng: oN\nh: nUll\ni: TRUE\nj: ~\n"},
	{"octals", "a: 0777\nb: 0o17\nc: 08\nd: 0x1F\ne: 0b101\nf: +7\ng: -012\n"},
	{"sexagesimals", "a: 22:22\nb: 1:30:00\nc: 190:20:30.15\n"},
	{"underscores", "a: 1_000\nb: 1_0.5_0\nc: _1\n"},
	{"floats", "a: 1.50\nb: 1e21\nc: 1e-7\nd: .5\ne: 5.\nf: -0.0\ng: 123456789012345678\nh: 1e400\n"},
	{"big-integers", "a: 9007199254740993\nb: 18446744073709551615\nc: 18446744073709551616\nd: -9223372036854775808\n"},
	{"infinity", "a: .inf\n"},
	{"not-a-number", "a: .NaN\n"},
	{"dates", "a: 2001-12-14\nb: 2001-12-14t21:59:43.10-05:00\nc: 2001-12-14 21:59:43\n"},
	{"merges", "base: &b {x: 1, y: 2}\none: {<<: *b, y: 3}\nmany: {<<: [*b, {z: 4, x: 9}], w: 5}\n"},
	{"anchors", "a: &a [1, &b two]\nc: *a\nd: *b\n"},
	{"equal-keys", "a: 1\nb: 2\na: 3\n"},
	{"odd-keys", "1: a\n1.5: b\nyes: c\n0777: d\n-0: e\n2001-01-01: f\n\"\": g\n? h\n: i\n"},
	{"null-key", "~: a\n"},
	{"list-key", "? [a]\n: b\n"},
	{"multi-line", "a: |\n  one\n\n   two\nb: >-\n  three\n  four\n\n  five\nc: |+\n  six\n\nd: \"se\\\n  ven\\tx\\u00e9\\x41\"\ne: 'it''s'\n"},
	{"html", "a: <b> & </b>\nb: \"\\u2028\\u2029\\u007f\\u0085\"\nc: '\"\\/'\n"},
	{"not-ascii", "größe: ü\nключ: значение\n日本: 語\nemoji: 🎉\n"},
	{"two-documents", "a: 1\n---\nb: 2\n"},
	{"document-end", "a: 1\n...\n---\nb: 2\n"},
	{"crlf", "a: 1\r\nb:\r\n  - c\r\n"},
	{"byte-order-mark", "\ufeffa: 1\n"},
	{"tab", "a:\n\tb: 1\n"},
	{"list", "- a\n- b\n"},
	{"string", "just words\n"},
	{"tags", "a: !!str 1\nb: !!int \"2\"\nc: !!float 3\nd: !!binary aGk=\ne: !own f\n"},
	{"set", "a: !!set {b, c}\nd: !!omap [e: 1]\n"},
	{"empty-values", "a:\nb: ''\nc: []\nd: {}\ne: [~, '']\n"},
	{"sorted-keys", "b: 1\na: 2\nB: 3\nA: 4\na10: 5\na9: 6\nä: 7\n_: 8\n"},
	{"flow", "{a: [1, {b: c}, d: e], 'f':g, \"h\":1, i: , j}\n"},
	{"percent", "a: %x\n"},
	{"at-sign", "a: @x\n"},
	{"directive", "%YAML 1.1\n---\na: 1\n"},
	{"templates", "a: '{{ .Values.b }}'\nb: \"{{\"\n"},
	{"unclosed", "a: [1, 2\n"},
	{"unknown-anchor", "a: *b\n"},
}

func values(c *collector) {
	for _, v := range valueTexts {
		c.tiny("config-"+v.name, func(r *release.Release) { r.Config.Raw = v.text })
	}
	deep := strings.Repeat("{a: ", 60) + "1" + strings.Repeat("}", 60)
	c.tiny("config-deep", func(r *release.Release) { r.Config.Raw = deep })
	c.tiny("config-absent", func(r *release.Release) { r.Config = nil })
	c.tiny("chart-values-absent", func(r *release.Release) { r.Chart.Values = nil })
	c.tiny("chart-values-empty", func(r *release.Release) { r.Chart.Values = &chart.Config{} })
	c.tiny("chart-values-null", func(r *release.Release) { r.Chart.Values = &chart.Config{Raw: "null"} })
	c.tiny("chart-values-unreadable", func(r *release.Release) { r.Chart.Values.Raw = "a: [" })
	c.tiny("both-absent", func(r *release.Release) { r.Config, r.Chart.Values = nil, nil })
	c.tiny("config-many-keys", func(r *release.Release) {
		r.Config.Raw = ""
		for i := 0; i < 40; i++ {
			r.Config.Raw += fmt.Sprintf("key%d: {n: %d, s: \"%d\"}\n", i*7%40, i, i)
		}
	})
	// What Helm 2's `--set` used to leave there; the text alone counts.
	c.tiny("config-parsed-values", func(r *release.Release) {
		r.Config.Values = map[string]*chart.Value{"replicas": {Value: "9"}}
	})
}
