package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	v3release "helm.sh/helm/v3/pkg/release"
	v4release "helm.sh/helm/v4/pkg/release/v1"
)

// rawCases are records that a driver reads though none of today writes them, and damaged ones.
func rawCases(c *collector, secretType string) {
	plain := `{"name":"NAME","info":{"first_deployed":"2020-01-01T00:00:00Z","last_deployed":"2020-01-01T00:00:00Z","deleted":"","status":"deployed"},` +
		`"chart":{"metadata":{"name":"tiny","version":"0.1.0"},"lock":null,"templates":null,"values":null,"schema":null,"files":null},"version":1,"namespace":"apps"}`
	for _, one := range []struct{ name, text string }{
		{"unknown-fields", strings.Replace(plain, `"version":1,`, `"version":1,"extra":{"b":[1,{"a":null}],"a":1.50},`, 1)},
		{"unknown-in-info", strings.Replace(plain, `"deleted":"",`, `"deleted":"","cause":"because",`, 1)},
		{"unknown-in-chart", strings.Replace(plain, `"lock":null,`, `"lock":null,"signed":true,`, 1)},
		{"other-order", `{"version":1,"namespace":"apps","name":"NAME","info":{"status":"deployed","deleted":"","last_deployed":"2020-01-01T00:00:00Z","first_deployed":""},"chart":{"metadata":{"version":"0.1.0","name":"tiny"}}}`},
		{"spaces", strings.ReplaceAll(plain, ",", " ,\n ")},
		{"not-escaped", strings.Replace(plain, `"version":1,`, `"version":1,"manifest":"<a> & \u00fc ü \ud83c\udf89",`, 1)},
		{"big-numbers", strings.Replace(plain, `"version":1,`, `"version":1,"config":{"a":9007199254740993,"b":1.0,"c":1e2,"d":-0},`, 1)},
	} {
		text := strings.Replace(one.text, "NAME", one.name, 1)
		payload, err := pack(text)
		c.add("messages", record{object: raw(one.name, secretType, payload), json: text, rewritten: rewrite3(text, c)}, err)
	}
	text := strings.Replace(plain, "NAME", "not-compressed", 1)
	c.add("envelopes", record{object: raw("not-compressed", secretType, base64.StdEncoding.EncodeToString([]byte(text))), json: text}, nil)
	for _, one := range []struct {
		name   string
		text   string
		change func([]byte) []byte
	}{
		{"bad-checksum", plain, func(b []byte) []byte { b[len(b)-8] ^= 1; return b }},
		{"bad-length", plain, func(b []byte) []byte { b[len(b)-4] ^= 1; return b }},
		{"half", plain, func(b []byte) []byte { return b[:len(b)/2] }},
		{"empty-payload", plain, func([]byte) []byte { return nil }},
		{"not-json", "name: NAME\n", func(b []byte) []byte { return b }},
		{"list", "[]", func(b []byte) []byte { return b }},
		{"cut-short", plain[:200], func(b []byte) []byte { return b }},
		{"date-for-a-time", strings.Replace(plain, "2020-01-01T00:00:00Z", "2020-01-01", 1), func(b []byte) []byte { return b }},
		{"word-for-a-time", strings.Replace(plain, `"deleted":""`, `"deleted":"never"`, 1), func(b []byte) []byte { return b }},
		{"hook-without-a-time", strings.Replace(plain, `"version":1,`, `"version":1,"hooks":[{"name":"h","last_run":{"started_at":"soon","completed_at":"","phase":""}}],`, 1), func(b []byte) []byte { return b }},
		{"lock-without-a-time", strings.Replace(plain, `"lock":null,`, `"lock":{"generated":"","digest":"","dependencies":null},`, 1), func(b []byte) []byte { return b }},
	} {
		payload, err := pack(strings.Replace(one.text, "NAME", one.name, 1))
		if err == nil {
			var bytes []byte
			bytes, err = base64.StdEncoding.DecodeString(payload)
			payload = base64.StdEncoding.EncodeToString(one.change(bytes))
		}
		r := record{object: raw(one.name, secretType, payload)}
		r.broken = whyBroken(payload)
		if r.broken == "" {
			err = errors.New(one.name + " can be read")
		}
		c.add("envelopes", r, err)
	}
}

// rewrite3 is the text Helm 3 would store for a release it read.
func rewrite3(text string, c *collector) string {
	var rel v3release.Release
	return rewrite(text, &rel, c)
}

// rewrite4 is rewrite3 for Helm 4.
func rewrite4(text string, c *collector) string {
	var rel v4release.Release
	return rewrite(text, &rel, c)
}

func rewrite(text string, into interface{}, c *collector) string {
	if c.err != nil {
		return ""
	}
	if c.err = json.Unmarshal([]byte(text), into); c.err != nil {
		return ""
	}
	var again []byte
	again, c.err = json.Marshal(into)
	return string(again)
}

// whyBroken is the error that Helm 3's decoding of a payload ends with.
func whyBroken(payload string) string {
	text, err := unpack(payload)
	if err != nil {
		return err.Error()
	}
	var rel v3release.Release
	if err := json.Unmarshal(text, &rel); err != nil {
		return err.Error()
	}
	return ""
}
