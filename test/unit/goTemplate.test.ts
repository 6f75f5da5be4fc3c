import { describe, expect, it } from 'vitest';
import { newestHelm4 } from '../../src/helms.ts';
import { parseGoTemplate } from '../../src/output/templates/goTemplate.ts';
import { sketchRelease } from './cli-records.ts';
import { helmTemplates } from './goTemplates.ts';

const rendered = (template: string) =>
  parseGoTemplate(template)(sketchRelease({ revision: 3 }), { team: 'pay' }, newestHelm4);

// What real helms print of the same is compared in test/contract/goTemplate.test.ts.
describe('Go templates', () => {
  it.each([
    ['{{.Release.Name}}:{{ .Release.Version }}', 'billing:3'],
    ['{{range $k, $v := .Release.Labels}}{{$k}}={{$v}};{{end}}', 'team=pay;'],
    ['{{$n := .Release.Name}}{{slice $n 0 4 | printf "%-6s|"}}', 'bill  |'],
    ['{{define "x"}}<{{.}}>{{end}}{{template "x" .Release.Namespace}}', '<pay>'],
  ])('%s', (template, text) => {
    expect(rendered(template)).toBe(text);
  });

  it.each([
    ...['{{.Release', '{{if .a}}', '{{end}}', '{{else}}', '{{nope .a}}', '{{}}', '{{.a | }}x{{"'],
    ...[
      '{{(.a}}',
      '{{range .a}}{{else}}',
      '{{$x}}',
      '{{break}}',
      '{{/* x }}',
      '{{"\\z"}}',
      '{{1x}}',
    ],
  ])('refuses %s', (template) => {
    expect(() => rendered(template)).toThrow(/is no template: \S/);
  });

  it.each([
    ['{{.Release}}', /pointer \(\*v1\.Info\)/],
    ['{{.}}', /pointer/],
    ['{{.Release.Nope}}', /at <\.Release\.Nope>: can't evaluate field Nope in type \*v1\.Release/],
    ['{{printf "%p" .Release}}', /%p/],
    ['{{define "a"}}{{template "a"}}{{end}}{{template "a"}}', /calls itself without end/],
    ['{{.Release.Info.LastDeployed.GobEncode}}', /can't evaluate field GobEncode/],
    ['{{slice "ü" 0 1}}', /no UTF-8 text/],
  ])('says of %s why it can not be carried out', (template, why) => {
    expect(() => rendered(template)).toThrow(why);
  });

  it('has every template of the table once', () => {
    expect(new Set(helmTemplates.map(({ template }) => template)).size).toBe(helmTemplates.length);
  });
});
