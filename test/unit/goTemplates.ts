/** Templates for `get all --template`, which real helms and this program carry out on `templateRelease`. */
import type { Sketch } from './cli-records.ts';

export const templateRelease: Sketch = {
  name: 'tpl',
  revision: 3,
  updated: '2026-11-05T08:04:11.1203Z',
  notes: 'Hello <b>"you"</b>\n',
  config: {
    ...{ b: 1, a: [1, 'x', null, [2, 3]], on: true, off: false, none: null, text: 'naïve 日本 😀' },
    ...{ big: 123456789, million: 1000000, small: 0.00001, third: 1 / 3, huge: 1e30, neg: -1.5 },
    ...{ deep: { er: { est: 'x' }, list: [{ n: 'one' }, { n: 'two' }] }, empty: {}, nil: [] },
    ...{ 'with-dash': 'd', quote: `<a href='x'>&"=\\\u0007\u00a0`, zero: 0, es: '', ü: 'umlaut' },
  },
  chart: {
    metadata: {
      ...{ name: 'chart', home: 'h', sources: ['s1', 's2'], version: '1.2.3', description: 'd' },
      ...{
        keywords: [],
        maintainers: [{ name: 'Ada', email: 'a@example.com', url: '' }],
        icon: '',
      },
      ...{ apiVersion: 'v2', condition: '', tags: '', appVersion: '7.2', deprecated: true },
      ...{ annotations: { x: 'y', a: 'b' }, kubeVersion: '>=1.2', type: 'application' },
      dependencies: [],
    },
    templates: [{ name: 'templates/a.yaml', data: Buffer.from('kind: {{ "A" }}\n') }],
    files: [
      { name: 'crds/one.yaml', data: Buffer.from('x: ü\n') },
      { name: 'binary', data: Buffer.from([0, 255]) },
    ],
    schema: Buffer.from('{}'),
  },
  values: { replicas: 2, from: 'chart' },
  hooks: [
    {
      ...{ name: 'first', kind: 'Job', path: 'chart/templates/h.yaml', manifest: 'kind: Job' },
      ...{ events: ['pre-install', 'test'], weight: -5, deletePolicies: ['hook-succeeded'] },
      lastRun: { startedAt: '', completedAt: '2026-11-05T10:00:00+02:00', phase: 'Succeeded' },
    },
  ],
};

export interface HelmTemplate {
  readonly template: string;
  /** helm 3.8's older Go doesn't know it, or thinks otherwise. */
  readonly newer?: true;
}

const same = (...templates: string[]): HelmTemplate[] =>
  templates.map((template) => ({ template }));
const newer = (...templates: string[]): HelmTemplate[] =>
  templates.map((template) => ({ template, newer: true }));

const C = '.Release.Config';
const I = '.Release.Info';
const H = '(index .Release.Hooks 0)';

export const helmTemplates: readonly HelmTemplate[] = [
  // Fields, and what isn't there.
  ...same(
    '{{.Release.Name}} {{.Release.Version}} {{.Release.Namespace}} {{.Release.Manifest}}',
    ...['{{.}}x', '{{.Nope}}', '{{.Nope.More}}', '{{.Release.Nope}}', '{{.Release.Name.x}}'],
    ...[`{{${C}}}`, `{{${C}.none}}`, `{{${C}.none.x}}`, `{{${C}.nope}}`, `{{${C}.nope.x.y}}`],
    ...[`{{${C}.b.x}}`, `{{${C}.a.x}}`, `{{${C}.deep}} {{${C}.empty}} {{${C}.nil}}`],
    ...[`{{${C}.with-dash}}`, `{{${C}.ü}}`, `{{index ${C} "with-dash"}}`, `{{print ${C}.nope}}`],
    `{{${C}.big}} {{${C}.million}} {{${C}.small}} {{${C}.third}} {{${C}.huge}} {{${C}.neg}} {{${C}.zero}}`,
    ...[`{{${I}.Status}} {{${I}.Notes}}{{${I}.Description}}`, `{{${I}.Status.String}}`],
    ...['{{.Release.Chart.Metadata.Name}}', '{{.Release.Chart.Metadata.Sources}}'],
    ...['{{.Release.Chart.Metadata.Annotations}}', '{{.Release.Chart.Metadata.Deprecated}}'],
    ...['{{.Release.Chart.Metadata.Annotations.nope}}', '{{.Release.Chart.Metadata.Keywords}}'],
    '{{index .Release.Chart.Metadata.Annotations "nope"}}|',
    ...['{{.Release.Chart.Lock}}', '{{.Release.Chart.Lock.Digest}}', '{{.Release.Chart.Parent}}'],
    '{{(index .Release.Chart.Metadata.Maintainers 0).Name}} {{index .Release.Chart.Metadata.Maintainers 0}}',
    ...['{{.Release.Chart.Name}} {{.Release.Chart.AppVersion}} {{.Release.Chart.ChartFullPath}}'],
    ...['{{.Release.Chart.IsRoot}} {{.Release.Chart.Root.Name}}', '{{len .Release.Chart.CRDs}}'],
    '{{range .Release.Chart.CRDObjects}}{{.Name}} {{.Filename}} {{.File.Name}}{{end}}',
    ...['{{.Release.Chart.Values}}', '{{.Release.Chart.Raw}}', '{{.Release.Chart.Dependencies}}'],
    '{{range .Release.Chart.Templates}}{{.Name}}: {{printf "%s" .Data}}{{.Data}}{{end}}',
    '{{range .Release.Chart.Files}}{{.Name}} {{len .Data}} {{index .Data 0}} {{printf "%x" .Data}}{{end}}',
    ...['{{.Release.Chart.Schema}}', '{{printf "%s" .Release.Chart.Schema}}', '{{.release}}'],
    ...[`{{${H}.Name}} {{${H}.Events}} {{${H}.Weight}} {{${H}.LastRun.Phase}}`],
    ...[`{{${H}.LastRun.StartedAt}} {{${H}.LastRun.CompletedAt}}`, `{{${H}.LastRun}}`],
    ...[`{{${H}.Nope}}`, `{{${H}.LastRun.StartedAt.IsZero}}`, `{{len ${H}.DeletePolicies}}`],
  ),
  // Times.
  ...same(
    ...[`{{${I}.LastDeployed}}`, `{{${I}.Deleted}}`, `{{${I}.LastDeployed.Format "2006-01-02"}}`],
    `{{${I}.LastDeployed.Year}} {{${I}.LastDeployed.Month}} {{${I}.LastDeployed.Day}} {{${I}.LastDeployed.Weekday}}`,
    `{{${I}.LastDeployed.Hour}} {{${I}.LastDeployed.Minute}} {{${I}.LastDeployed.Second}} {{${I}.LastDeployed.Nanosecond}}`,
    `{{${I}.LastDeployed.Unix}} {{${I}.LastDeployed.UnixNano}} {{${I}.LastDeployed.YearDay}}`,
    ...[`{{${I}.Deleted.IsZero}} {{${I}.LastDeployed.IsZero}}`, `{{${I}.LastDeployed.UTC}}`],
    ...[
      `{{printf "%d" ${I}.LastDeployed.Month}}`,
      `{{printf "%v|%s" ${I}.LastDeployed ${I}.Deleted}}`,
    ],
    ...[
      `{{${I}.LastDeployed.Format}}`,
      `{{${I}.LastDeployed.Format 1}}`,
      `{{"Jan" | ${I}.LastDeployed.Format}}`,
    ],
    ...[`{{${I}.LastDeployed.Year 1}}`, `{{(${H}.LastRun.CompletedAt).UTC.Hour}}`],
    `{{if eq ${I}.LastDeployed ${I}.FirstDeployed}}same{{end}}`,
  ),
  // Actions.
  ...same(
    '{{range .Release.Hooks}}{{.Name}} {{$.Release.Name}};{{end}}',
    ...[`{{range ${C}.a}}[{{.}}]{{end}}`, `{{range $i, $x := ${C}.a}}{{$i}}={{$x}} {{end}}`],
    ...[
      `{{range $x := ${C}.a}}{{$x}} {{end}}`,
      `{{range $k, $v := ${C}.deep.er}}{{$k}}={{$v}}{{end}}`,
    ],
    ...[`{{range ${C}.nil}}x{{else}}none{{end}}`, `{{range ${C}.none}}x{{else}}none{{end}}`],
    ...[`{{range ${C}.nope}}x{{else}}none{{end}}`, `{{range ${C}.b}}x{{end}}`],
    ...[`{{range ${C}.text}}x{{end}}`, `{{range $k, $v := ${C}}}{{$k}} {{end}}`],
    `{{range $i, $h := ${C}.deep.list}}{{if $i}}, {{end}}{{$h.n}}{{end}}`,
    ...[
      `{{if ${C}.on}}a{{else}}b{{end}}`,
      `{{if ${C}.off}}a{{else if ${C}.zero}}b{{else}}c{{end}}`,
    ],
    ...[
      `{{if ${C}.es}}a{{end}}{{if ${C}.empty}}b{{end}}{{if ${C}.nope}}c{{end}}{{if ${C}.none}}d{{end}}`,
    ],
    ...[
      `{{with ${C}.deep}}{{.er.est}}{{end}}`,
      `{{with $x := ${C}.b}}{{$x}}{{.}}{{else}}no{{end}}`,
    ],
    ...[
      `{{with ${C}.none}}x{{else}}{{.Release.Name}}{{end}}`,
      '{{if .Release.Chart.Lock}}a{{else}}b{{end}}',
    ],
    ...[`{{$x := ${C}.b}}{{$x}}{{$x = 5}}{{$x}}`, '{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}'],
    ...[
      '{{if true}}{{$y := 2}}{{end}}{{$y}}',
      '{{$x}}',
      '{{$x = 1}}',
      '{{$x := .Release}}{{$x.Name}}',
    ],
    ...[
      '{{$a, $b := 1}}',
      '{{range $a, $b, $c := .Release.Hooks}}{{end}}',
      '{{$}}x',
      '{{$.Release.Name}}',
    ],
    '{{$last := ""}}{{range .Release.Config.deep.list}}{{$last = .n}}{{end}}{{$last}}',
    ...['{{define "x"}}<{{.}}>{{end}}{{template "x" .Release.Name}}', '{{template "x"}}'],
    ...['{{define "x"}}<{{.}}>{{end}}{{template "x"}}', '{{block "b" .Release}}{{.Name}}{{end}}'],
    ...['{{define "x"}}{{$x := 1}}{{end}}{{$x}}', '{{define "x"}}a{{end}}{{define "x"}}b{{end}}'],
    ...['{{define "x"}}a{{end}}{{define "x"}} {{end}}{{template "x"}}', '{{define x}}{{end}}'],
    ...['{{if true}}{{define "x"}}a{{end}}{{end}}', '{{template .Release.Name}}', '{{define "x"}}'],
    '{{define "r"}}{{with .er}}{{template "r" .}}{{end}}{{with .est}}{{.}}{{end}}{{end}}{{template "r" .Release.Config.deep}}',
    ...[
      'a {{- " b " -}} c',
      'a \n{{- 1 -}}\n c',
      '{{- /* no */ -}} x',
      '{{/* nothing */}}x',
      '{{ /* a */ }}',
    ],
    ...[
      '{{/* a }}',
      '{{/* a */ 1}}',
      '{{-1}}',
      '{{- 1}}',
      '{{1 -}} x',
      '{{ 1\n }}',
      '{{if true\n}}x{{end}}',
    ],
    ...['{{', '{{.Release', '{{if .a}}', '{{end}}', '{{else}}', '{{}}', '{{.a | }}', '{{| .a}}'],
    ...[
      '{{(.a}}',
      '{{.a)}}',
      '{{if}}x{{end}}',
      '{{range}}{{end}}',
      '{{if true}}a{{else}}b{{else}}c{{end}}',
    ],
    ...[
      '{{nope .a}}',
      '{{.a.b c}}',
      '{{1 2}}',
      '{{"a" "b"}}',
      '{{.Release.Name 1}}',
      '{{nil}}',
      '{{true}}',
    ],
    ...[
      '{{1 | 2}}',
      '{{.Release.Name | 2}}',
      '{{1 | .Release.Name}}',
      '{{"x".y}}',
      '{{.a.}}',
      '{{..a}}',
    ],
    ...[
      `{{${C} 1}}`,
      `{{${C}.b 1}}`,
      '{{(1)}}',
      '{{("x")}}',
      '{{((.Release)).Name}}',
      '{{(.Release.Config.deep).er.est}}',
    ],
    ...[
      '{{end 1}}',
      '{{if true}}x{{end 1}}',
      '{{.Release.Name}',
      '}}',
      '{',
      '{{"}}"}}',
      '{{`{{`}}',
      '{{"a\nb"}}',
    ],
    ...[
      '{{break}}',
      '{{continue}}',
      '{{else if true}}x{{end}}',
      '{{.Release.Name,}}',
      '{{=}}',
      '{{@}}',
      '{{a-b}}',
    ],
  ),
  ...newer(
    ...[`{{range ${C}.a}}{{if .}}{{.}}{{break}}{{end}}{{end}}`, '{{range 3}}{{.}}{{end}}'],
    ...[`{{range $i, $x := ${C}.a}}{{if eq $i 1}}{{continue}}{{end}}{{$i}}{{end}}`],
    ...[`{{with ${C}.none}}a{{else with ${C}.b}}{{.}}{{end}}`, '{{range $i, $j := 3}}{{.}}{{end}}'],
    ...['{{and false (index .Release.Hooks 9)}}', '{{or 1 (index .Release.Hooks 9)}}'],
    ...[`{{eq ${C}.none nil}} {{eq ${C}.none "x"}}`, `{{ne ${C}.nope "x"}}`],
  ),
  ...newer('{{"\\ud800"}}'),
  // Literals.
  ...same(
    ...[
      '{{1}} {{-1}} {{+1}} {{1.0}} {{1.5e3}} {{1e3}} {{0x1F}} {{0b11}} {{0o17}} {{017}} {{1_000}}',
      "{{'a'}}",
    ],
    ...[
      "{{'\\n'}}",
      "{{'ab'}}",
      '{{"\\u00e9\\t\\x41\\101\\""}}',
      '{{"\\z"}}',
      '{{`a\\n`}}',
      '{{1x}}',
      '{{0x}}',
    ],
    ...[
      '{{9223372036854775807}}',
      '{{9223372036854775808}}',
      '{{.5}}',
      '{{1.}}',
      '{{1..2}}',
      '{{08}}',
      '{{1__0}}',
    ],
    ...[
      '{{printf "%v %v" 1 1.0}}',
      '{{1e400}}',
      '{{0x1p4}} {{0x.8p1}}',
      '{{0x1.8}}',
      '{{0xp1}}',

      "{{'\\''}}",
      '{{"\'"}}',
    ],
  ),
  // Functions.
  ...same(
    ...[
      `{{and 1 0}} {{or 0 "x"}} {{not ${C}.nil}} {{and}}`,
      '{{and 1 "" 2}} {{or 0 "" false}}',
      '{{not}}',
    ],
    ...['{{not 1 2}}', '{{1 | and 2}} {{0 | or ""}}', `{{not ${C}.none}}`, '{{and true}}'],
    ...[
      '{{len .Release.Hooks}} {{len .Release.Config.text}} {{len "ü"}} {{len .Release.Config}}',
      '{{len 1}}',
    ],
    ...[
      `{{len ${C}.none}}`,
      `{{len ${C}.nope}}`,
      '{{len}}',
      '{{len nil}}',
      '{{"abc" | len}}',
      '{{len .Release.Chart.Lock}}',
    ],
    ...[
      `{{index ${C}.a 1}} {{index ${C}.a 3 1}} {{index ${C} "deep" "er" "est"}}`,
      `{{index ${C}.a 9}}`,
    ],
    ...[`{{index ${C}.a -1}}`, `{{index ${C}.a 1.0}}`, `{{index ${C}.a "1"}}`, `{{index ${C} 1}}`],
    ...[
      `{{index ${C} "nope"}}`,
      `{{index ${C}.nope 1}}`,
      `{{index ${C} "none" "x"}}`,
      '{{index "abc" 1}}',
    ],
    ...[
      `{{index ${C}}}`,
      '{{index}}',
      '{{index 1 1}}',
      `{{index ${C}.a nil}}`,
      `{{index ${C} nil}}`,
    ],
    ...[`{{index ${C}.a ${C}.b}}`, '{{index .Release.Hooks 0 "Name"}}', `{{1 | index ${C}.a}}`],
    ...[
      '{{slice "abcdef" 1 3}} {{slice "abc"}} {{slice "abc" 1}}',
      '{{slice "abc" 2 1}}',
      '{{slice "abc" 9}}',
    ],
    ...[
      '{{slice "abc" 0 1 2}}',
      `{{slice ${C}.a 1}}`,
      `{{slice ${C}.a 0 1 2}}`,
      `{{slice ${C}}}`,
      '{{slice 1}}',
    ],
    ...[
      '{{slice "abc" "1"}}',
      `{{slice ${C}.nope 1}}`,
      '{{slice .Release.Name 0 1 | printf "%q"}}',
      '{{slice "abc" 0 1 2 3}}',
    ],
    ...[
      `{{html ${C}.quote}}`,
      `{{js ${C}.quote}}`,
      `{{urlquery ${C}.quote}}`,
      `{{html ${C}.nope}}`,
    ],
    ...[
      `{{js ${C}.text}} {{urlquery ${C}.text}} {{html 1 2 "a" 3}}`,
      `{{html ${C}.b}}`,
      '{{urlquery "a b!*\'()~-_./"}}',
    ],
    ...[
      `{{html ${I}.Notes | urlquery}}`,
      '{{js "\\u0001\\u2028<x>=&"}}',
      '{{html}}|{{js}}|{{urlquery}}|',
    ],
    ...[`{{html ${C}.a}}`, `{{js ${C}.deep}}`, `{{html ${I}.Status}}`],
    ...[
      '{{print 1 2 "a" "b" 3 4}}',
      '{{println 1 "a" nil}}',
      '{{print nil}}',
      '{{print}}|{{println}}|',
    ],
    ...[`{{print ${C}.none}} {{print ${C}.a}}`, `{{${C}.nope | print}}`, '{{print true 1.5 "x"}}'],
    ...[
      '{{call 1}}',
      '{{call nil}}',
      `{{call ${C}.nope}}`,
      '{{call .Release.Name}}',
      '{{html.x}}',
      '{{print.x}}',
    ],
    ...[
      `{{eq ${C}.b 1}}`,
      `{{eq ${C}.b 1.0}}`,
      '{{eq .Release.Version 3}} {{eq 1 2 3 1}}',
      '{{eq 1}}',
      '{{eq}}',
    ],
    ...[
      `{{eq ${C}.a ${C}.a}}`,
      `{{eq ${I}.Status "deployed"}}`,
      '{{eq "a" 1}}',
      '{{eq true false}}',
      '{{ne 1 2}}',
    ],
    ...[
      '{{lt 1 2}} {{le 2 2}} {{gt "b" "a"}} {{ge 1.5 2.5}}',
      '{{lt true false}}',
      '{{lt 1 1.5}}',
      '{{lt 1}}',
    ],
    ...[
      '{{lt "\uff5e" "😀"}}',
      `{{lt ${C}.none 1}}`,
      `{{gt ${C}.a 1}}`,
      `{{eq ${C} ${C}}}`,
      '{{ne 1}}',
      '{{ne 1 2 3}}',
    ],
    '{{eq .Release.Chart.Root .Release.Chart}}',
  ),
  // printf.
  ...same(
    ...[
      '{{printf "%-4s|%4s|%3d|%-3d|%03d" "ab" "ab" 7 7 7}}',
      '{{printf "%v %t" true true}}',
      '{{printf "%d" "x"}}',
    ],
    ...[
      '{{printf "%s" 1}}',
      '{{printf "%d" 1.5}}',
      '{{printf "%!"}}',
      '{{printf "%"}}',
      '{{printf "%d %d" 1}}',
      '{{printf "%d" 1 2 "x"}}',
    ],
    ...[
      '{{printf "%z" 1}}',
      '{{printf "%%|%5%"}}',
      '{{printf "%q %q" "a\\n\\"" 65}}',
      '{{printf "%+q %#q" "é" "a"}}',
    ],
    ...[
      '{{printf "%x %X %#x % x" "hi" "hi" "hi" "hi"}}',
      '{{printf "%x %X %#x %b %o %O %c %U" 255 255 255 5 8 8 65 65}}',
    ],
    ...[
      '{{printf "%e %E %f %g %.2f %8.2f|%-8.2f|%08.2f" 1.5 1.5 1.5 1.5 1.255 1.5 1.5 -1.5}}',
      '{{printf "%.0f %.0f %.1f %.1f" 0.5 2.5 0.25 0.35}}',
    ],
    ...[
      '{{printf "%g %g %g %g %g" 1e6 1e20 1e21 1e-4 1e-5}}',
      '{{printf "%v %v" 100000.0 12345678.9}}',
      '{{printf "%.3g %.3g %.10g" 1234.5 0.00012345 1e9}}',
    ],
    ...[
      '{{printf "%+d % d %+d" 1 1 -1}}',
      '{{printf "%6.2d|%-6d|%+.1e" 5 5 12345.678}}',
      '{{printf "%*d|%-*d|" 5 1 5 1}}',
      '{{printf "%.*f" 2 1.5}}',
    ],
    ...[
      '{{printf "%[2]d %[1]d" 1 2}}',
      '{{printf "%[3]d" 1}}',
      '{{printf "%[2]*[1]d" 1 5}}',
      '{{printf "%.3s|%.10s|%5.1s|" "abcdef" "abc" "日本"}}',
    ],
    ...[
      `{{printf "%v" ${C}.a}}`,
      `{{printf "%d" ${C}.a}}`,
      `{{printf "%s" ${C}.a}}`,
      `{{printf "%q" ${C}.a}}`,
      `{{printf "%v %s %d" nil nil nil}}`,
    ],
    ...[
      `{{printf "%v" ${C}}}`,
      `{{printf "%s" ${C}.deep}}`,
      `{{printf "%5v|" ${C}.b}}`,
      `{{printf "%T %T %T %T" 1 "x" ${C} ${C}.a}}`,
      `{{printf "%T" nil}}`,
    ],
    ...[
      `{{printf "%d" ${I}.LastDeployed.Year}}`,
      '{{printf 1}}',
      '{{printf}}',
      '{{printf "x"}}',
      '{{printf "%s %s" "a" | printf "%q"}}',
      '{{"a" | printf "%s-%s" "b"}}',
    ],
    ...[
      `{{printf "%5t|%-7t|" true false}}`,
      `{{printf "%s %v %q" ${C}.text ${C}.text ${C}.quote}}`,
      `{{printf "%05s|%-05d|" "ab" 3}}`,
      '{{printf "%6.3v|%10v|" 3.14159 "x"}}',
    ],
    ...[
      '{{printf "%+v" .Release.Config.deep}}',
      '{{printf "%c%c" 0x1F600 228}}',
      '{{printf "%#o %#b %#X" 8 5 255}}',
      '{{printf "%x" -255}}',
      '{{printf "%t" 1}}',
      '{{printf "%s" true}}',
    ],
  ),
];
