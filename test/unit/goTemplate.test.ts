import { describe, expect, it } from 'vitest';
import { parseGoTemplate } from '../../src/output/templates/goTemplate.ts';
import type { JsonObject } from '../../src/release.ts';

const root: JsonObject = {
  Release: {
    Name: 'billing',
    Version: 3,
    Config: { b: 1, a: [1, 'x'], on: true, none: null },
    Hooks: [{ Name: 'first' }, { Name: 'second' }],
    Empty: [],
  },
};
const rendered = (template: string) => parseGoTemplate(template)(root);

// What Go's text/template prints of the same.
describe('Go templates', () => {
  it.each([
    ['{{.Release.Name}}:{{ .Release.Version }}', 'billing:3'],
    ['{{.Release.Config}}', 'map[a:[1 x] b:1 none:<nil> on:true]'],
    ['{{.Release.Nothing}}', '<no value>'],
    [
      '{{range .Release.Hooks}}{{.Name}} {{$.Release.Name}};{{end}}',
      'first billing;second billing;',
    ],
    ['{{range .Release.Empty}}x{{else}}none{{end}}', 'none'],
    ['{{if eq .Release.Version 3}}three{{else}}other{{end}}', 'three'],
    ['{{if .Release.Empty}}a{{else if .Release.Config.on}}b{{else}}c{{end}}', 'b'],
    ['{{with .Release.Config}}{{.b}}{{end}}', '1'],
    ['{{len .Release.Hooks}} {{ index .Release.Config.a 1 }}', '2 x'],
    ['{{ (index .Release.Hooks 0).Name | printf "%q" }}', '"first"'],
    ['a {{- " b " -}} c', 'a b c'],
    ['{{/* nothing */}}{{ `raw` }}{{ "\\n" }}', 'raw\n'],
    ['{{not .Release.Empty}} {{and 1 0}} {{or 0 "x"}}', 'true 0 x'],
    ['{{printf "%-4s|%3d|%v" "ab" 7 true}}', 'ab  |  7|true'],
  ])('%s', (template, text) => {
    expect(rendered(template)).toBe(text);
  });

  it.each([
    ...['{{.Release', '{{if .a}}', '{{end}}', '{{else}}', '{{nope .a}}', '{{}}', '{{.a | }}'],
    ...['{{(.a}}', '{{range .a}}{{else}}', '{{.a .b}}x{{"'],
  ])('refuses %s', (template) => {
    expect(() => rendered(template)).toThrow(/is no template: \S/);
  });
});
