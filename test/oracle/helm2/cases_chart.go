package main

import (
	"strings"

	"github.com/golang/protobuf/ptypes/any"
	"k8s.io/helm/pkg/proto/hapi/chart"
	"k8s.io/helm/pkg/proto/hapi/release"
)

// Checklist 7, first part: Chart.yaml.
func metadata(c *collector) {
	with := func(name string, change func(*chart.Metadata)) {
		c.tiny(name, func(r *release.Release) { change(r.Chart.Metadata) })
	}
	with("metadata-api-version-empty", func(m *chart.Metadata) { m.ApiVersion = "" })
	with("metadata-api-version-v2", func(m *chart.Metadata) { m.ApiVersion = "v2" })
	with("metadata-engine", func(m *chart.Metadata) { m.Engine = "gotpl"; m.TillerVersion = ">=2.10.0" })
	with("metadata-everything", func(m *chart.Metadata) {
		*m = chart.Metadata{
			Name: "tiny", Home: "https://example.org", Sources: []string{"https://git.example.org/a", ""},
			Version: "0.1.0+build.7", Description: "größer & <kleiner>\u2028", Keywords: []string{"a", "a"},
			Maintainers: []*chart.Maintainer{{Name: "Ada", Email: "ada@example.org", Url: "https://ada.example.org"}, {}},
			Engine:      "gotpl", Icon: "data:image/png;base64,AAAA", ApiVersion: "v1", Condition: "tiny.enabled",
			Tags: "front,back", AppVersion: "1.0", Deprecated: true, TillerVersion: "~2",
			Annotations: map[string]string{"example.org/team": "<one>"}, KubeVersion: ">=1.10.0-0",
		}
	})
	with("metadata-empty", func(m *chart.Metadata) { *m = chart.Metadata{} })
	with("metadata-not-printable", func(m *chart.Metadata) { m.Description = "a\tb\x00c\u200bd\r\n" })
	c.tiny("metadata-absent", func(r *release.Release) { r.Chart.Metadata = nil })
	c.tiny("metadata-absent-with-requirements", func(r *release.Release) {
		r.Chart.Metadata = nil
		addFile(r, "requirements.yaml", "dependencies: [{name: a, version: 1.0.0, repository: r}]\n")
		addFile(r, "requirements.lock", "dependencies: []\ndigest: d\ngenerated: 2019-01-01T00:00:00Z\n")
	})
	// two keys of a map: the driver would write them in random order
	c.raw("metadata-annotations", c.message("metadata-annotations", func(r *release.Release) {
		r.Chart.Metadata.Annotations = map[string]string{"b": "2", "a": "1", "ä": "3", "A": "0"}
	}), true)
}

func addFile(r *release.Release, name, text string) {
	r.Chart.Files = append(r.Chart.Files, &any.Any{TypeUrl: name, Value: []byte(text)})
}

const goodLock = "dependencies:\n- name: a\n  repository: https://charts.example.org\n  version: 1.2.3\n" +
	"digest: sha256:00\ngenerated: 2018-05-01T10:00:00Z\n"

var requirementTexts = []struct{ name, text string }{
	{"plain", "dependencies:\n- name: a\n  version: 1.2.3\n  repository: https://charts.example.org\n"},
	{"everything", "dependencies:\n- name: a\n  version: ~1.2\n  repository: \"@stable\"\n  condition: a.enabled,global.a\n" +
		"  tags: [x, y]\n  enabled: true\n  import-values: [data, {child: c.d, parent: .}]\n  alias: b\n"},
	{"numbers-for-words", "dependencies:\n- {name: 1, version: 2, repository: 3.0}\n- {name: true, version: 1.10, repository: 0x10, alias: 1e3}\n" +
		"- {name: 010, version: 1e21, repository: 12345678901234567890, condition: off, tags: [1, yes, 2.50]}\n"},
	{"import-values", "dependencies:\n- name: a\n  version: 1.0.0\n  repository: r\n  import-values: [1, 1.5, true, ~, [x], {1: {yes: on}}]\n"},
	{"null-entries", "dependencies: [~, {name: a}, ~]\n"},
	{"null-fields", "dependencies: [{name: ~, version: ~, repository: ~, tags: ~, import-values: ~, enabled: ~}]\n"},
	{"no-entries", "dependencies: []\n"},
	{"null", "dependencies:\n"},
	{"empty", ""},
	{"comments", "# none yet\n"},
	{"unknown-fields", "dependencies:\n- {name: a, version: 1.0.0, repository: r, note: {x: 1}}\nextra: [1]\n"},
	{"name-of-chart", "name: other\nversion: 9.9.9\nkeywords: [x]\ndependencies: [{name: a, version: 1.0.0, repository: r}]\n"},
	{"key-in-capitals", "Dependencies:\n- {Name: a, VERSION: 1.0.0, repoSitory: r, Import-Values: [x]}\n"},
	{"duplicate-keys", "dependencies: [{name: a}]\ndependencies: [{name: b, name: c}]\n"},
	{"two-documents", "dependencies: [{name: a}]\n---\ndependencies: [{name: b}]\n"},
	{"merges", "x: &x {repository: r, version: 1.0.0}\ndependencies: [{<<: *x, name: a}]\n"},
	{"html", "dependencies: [{name: \"<a&b>\", version: '>=1.0 <2', repository: \"\\u2028\"}]\n"},
	{"unclosed", "dependencies: [\n"},
	{"tab", "dependencies:\n\t- name: a\n"},
	{"list-for-word", "dependencies: [{name: [a]}]\n"},
	{"word-for-list", "dependencies: none\n"},
	{"word-for-tags", "dependencies: [{name: a, tags: x}]\n"},
	{"word-for-bool", "dependencies: [{name: a, enabled: maybe}]\n"},
	{"number-for-bool", "dependencies: [{name: a, enabled: 1}]\n"},
	{"list-at-top", "- name: a\n"},
	{"infinity", "dependencies: [{name: a, version: .inf}]\n"},
	{"infinity-in-import", "dependencies: [{name: a, import-values: [.inf]}]\n"},
	{"latin-1", "dependencies: [{name: \xe4}]\n"},
}

var lockTexts = []struct{ name, text string }{
	{"plain", goodLock},
	{"offset", "dependencies: []\ndigest: sha256:aa\ngenerated: 2019-03-04T05:06:07.089012345+05:30\n"},
	{"offset-zero", "dependencies: []\ndigest: sha256:aa\ngenerated: 2019-03-04T05:06:07.100000000+00:00\n"},
	{"offset-negative", "generated: \"2019-03-04T05:06:07-08:00\"\n"},
	{"ten-digits", "generated: 2019-03-04T05:06:07.0123456789Z\n"},
	{"date-only", "digest: x\ngenerated: 2019-03-04\n"},
	{"space-in-time", "generated: 2019-03-04 05:06:07Z\n"},
	{"small-letters", "generated: 2019-03-04t05:06:07z\n"},
	{"no-such-day", "generated: 2019-02-29T00:00:00Z\n"},
	{"leap-second", "generated: 2016-12-31T23:59:60Z\n"},
	{"comma-in-time", "generated: \"2019-03-04T05:06:07,5Z\"\n"},
	{"one-digit-hour", "generated: 2019-03-04T5:06:07Z\n"},
	{"far-offset", "generated: 2019-03-04T05:06:07+24:00\n"},
	{"year-1", "generated: 0001-01-01T00:00:00Z\n"},
	{"number-for-time", "generated: 1551676000\n"},
	{"null-time", "generated: ~\ndigest: ~\ndependencies: ~\n"},
	{"number-for-digest", "digest: 12\n"},
	{"empty", ""},
	{"empty-map", "{}\n"},
	{"null", "null\n"},
	{"unclosed", "dependencies: {\n"},
	{"word", "locked\n"},
}

// Checklist 7, second part: what Helm 3's loader takes from two of the chart's files.
func requirements(c *collector) {
	for _, t := range requirementTexts {
		c.tiny("requirements-"+t.name, func(r *release.Release) { addFile(r, "requirements.yaml", t.text) })
	}
	for _, t := range lockTexts {
		c.tiny("lock-"+t.name, func(r *release.Release) { addFile(r, "requirements.lock", t.text) })
	}
	c.tiny("requirements-elsewhere", func(r *release.Release) {
		addFile(r, "docs/requirements.yaml", requirementTexts[0].text)
		addFile(r, "Requirements.yaml", requirementTexts[0].text)
		addFile(r, "Chart.lock", goodLock)
	})
	c.tiny("requirements-twice", func(r *release.Release) {
		addFile(r, "requirements.yaml", "dependencies: [{name: a, alias: x}, {name: b}]\n")
		addFile(r, "requirements.yaml", "dependencies: [{name: c}]\n")
	})
	c.tiny("requirements-then-broken", func(r *release.Release) {
		addFile(r, "requirements.yaml", requirementTexts[0].text)
		addFile(r, "requirements.yaml", "dependencies: [")
		addFile(r, "requirements.lock", goodLock)
		addFile(r, "requirements.lock", "dependencies: [")
	})
}

// Checklist 8: subcharts are not part of a Helm 3 record, whatever state they are in.
func subcharts(c *collector) {
	c.store(c.deploy("platform", order{name: "platform", namespace: "web"}))
	c.store(c.deploy("platform", order{
		name: "platform", namespace: "web", revision: 2,
		values: "cache: {size: 128}\nmail: {enabled: false}\nglobal: {domain: shop.example.org}\n",
	}))
	sub := func(name, values string) {
		c.tiny(name, func(r *release.Release) {
			inner := &chart.Chart{Metadata: &chart.Metadata{Name: "inner"}, Values: &chart.Config{Raw: values}}
			middle := &chart.Chart{Metadata: &chart.Metadata{Name: "middle"}, Dependencies: []*chart.Chart{inner}}
			r.Chart.Dependencies = []*chart.Chart{middle, {}}
		})
	}
	sub("subchart-nested", "a: 1\n")
	sub("subchart-unreadable", "a: [\n")
}

// Checklist 9: bytes, and the difference between none, absent and empty.
func files(c *collector) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	c.tiny("files-binary", func(r *release.Release) {
		r.Chart.Files = []*any.Any{{TypeUrl: "all.bin", Value: all}, {TypeUrl: "latin-1.txt", Value: []byte("gr\xfc\xdfe")}}
	})
	c.tiny("files-lengths", func(r *release.Release) {
		for n := 1; n <= 4; n++ {
			r.Chart.Files = append(r.Chart.Files, &any.Any{TypeUrl: "f", Value: all[:n]})
		}
	})
	c.tiny("files-without-data", func(r *release.Release) {
		r.Chart.Files = []*any.Any{{TypeUrl: "empty"}, {Value: []byte("no name")}, {}}
	})
	c.tiny("files-odd-names", func(r *release.Release) {
		for _, name := range []string{"größe.txt", "a b/../c", "<&>.html", "C:\\x", "/etc/passwd", "line\nbreak"} {
			r.Chart.Files = append(r.Chart.Files, &any.Any{TypeUrl: name, Value: []byte(name)})
		}
	})
	c.tiny("templates-absent", func(r *release.Release) { r.Chart.Templates = nil })
	c.tiny("templates-without-data", func(r *release.Release) {
		r.Chart.Templates = []*chart.Template{{Name: "templates/a"}, {Data: []byte("x")}, {}}
	})
	c.tiny("templates-odd-bytes", func(r *release.Release) {
		r.Chart.Templates = []*chart.Template{{Name: "templates/a", Data: []byte("a\r\n\x00\xff{{ \"ü\" }}\n")}}
	})
	// 300 kB that deflate makes small: JSON doubles what protobuf keeps as it is
	c.tiny("files-long", func(r *release.Release) {
		addFile(r, "long.txt", strings.Repeat("The same line again.\n", 1500))
	})
}
