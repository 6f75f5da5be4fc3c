/** Charts whose releases helms of different versions print each in their own way, and what is given to them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const hooked = (name: string, hook: string, more = '') =>
  [
    ...['apiVersion: v1', 'kind: ConfigMap', 'metadata:', `  name: "{{ .Release.Name }}-${name}"`],
    ...['  annotations:', `    helm.sh/hook: ${hook}`, more, 'data: {a: b}', ''],
  ]
    .filter((line, i, all) => line !== '' || i === all.length - 1)
    .join('\n');

const seen = `apiVersion: v1
kind: ConfigMap
metadata:
  name: "{{ .Release.Name }}-{{ .Chart.Name }}"
data:
  values: {{ .Values | toJson | quote }}
`;

const workload = (kind: string) => `---
apiVersion: apps/v1
kind: ${kind}
metadata: {name: "{{ .Release.Name }}"}
spec:
  ${kind === 'StatefulSet' ? 'serviceName: web' : 'minReadySeconds: 1'}
  selector: {matchLabels: {app: "{{ .Release.Name }}"}}
  template:
    metadata: {labels: {app: "{{ .Release.Name }}"}}
    spec: {containers: [{name: web, image: example.com/web}]}
`;

/** Files by path, by the chart's name. */
export const charts: {
  readonly [name: string]: { readonly [path: string]: string };
} = {
  nulls: {
    'Chart.yaml': 'apiVersion: v2\nname: nulls\nversion: 1.0.0\n',
    'values.yaml': [
      ...['a: null', 'e: {}', 'only: {none: null}', 'user: null', 'z: ~', 'q: "null"'],
      'b: {c: null, d: 1, e: {f: null, g: {h: null}}, l: [null, {x: null}]}',
      't: {k: null, m: 1}\n',
    ].join('\n'),
    'templates/seen.yaml': seen,
    'templates/NOTES.txt': '\n\n  Hello {{ .Release.Name }}  \n\n\ttab\n\n',
  },
  hooks: {
    'Chart.yaml': [
      ...['apiVersion: v2', 'name: hooks', 'version: 0.0.1-alpha.1+build.5', 'appVersion: 2026.1'],
      ...[
        'deprecated: true',
        'type: application',
        'kubeVersion: ">=1.20.0-0"',
        'home: https://x.y',
      ],
      ...['maintainers: [{name: Ada, email: a@example.com}]', 'keywords: [a, b]'],
      'annotations: {b: "2", a: "1,x=y"}\n',
    ].join('\n'),
    'templates/pre.yaml': hooked(
      'pre',
      'pre-install,pre-upgrade',
      [
        '    helm.sh/hook-weight: "-5"',
        '    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded',
        '    helm.sh/hook-output-log-policy: hook-succeeded,hook-failed',
      ].join('\n'),
    ),
    'templates/post.yaml': `# A comment.\n${hooked('post', 'post-install, post-rollback ,post-delete')}`,
    'templates/test.yaml': `${hooked('t', 'test', '    helm.sh/hook-delete-policy: before-hook-creation')}---\n${hooked('t2', 'test-success')}`,
    'templates/more.yaml': `apiVersion: v1
kind: Service
metadata: {name: "{{ .Release.Name }}"}
spec: {ports: [{port: 80}], selector: {a: b}}
{{ if .Values.fail }}---
apiVersion: v1
kind: ConfigMap
metadata: {name: Bad_Name}
{{ end }}`,
  },
  subs: {
    'Chart.yaml': `apiVersion: v2
name: subs
version: 3.2.1
appVersion: v9
dependencies:
- {name: kid, version: 0.1.0, repository: "", alias: one, condition: "one.enabled,other", tags: [t1], import-values: [data, {child: a.b, parent: c}]}
- {name: kid, version: ">=0.1.0", repository: "file://../kid", alias: two}
`,
    'values.yaml': [
      'global: {g: 1, h: null, deep: {x: null, y: 2}}',
      ...['one: {enabled: true, over: null, list: [1]}', 'two: {over: {deep: null}, nope: null}'],
      ...['own: true', 'big: 12345678901234567890', 'float: 1.0', 'hex: 0x10\n'],
    ].join('\n'),
    'charts/kid/Chart.yaml': 'apiVersion: v2\nname: kid\nversion: 0.1.0\n',
    'charts/kid/values.yaml':
      'over: {deep: 1, er: null}\nenabled: false\nexports: {data: {imported: 1, nul: null}}\na: {b: {c: 1}}\n',
    'charts/kid/templates/seen.yaml': seen,
    'templates/seen.yaml': seen,
    'templates/NOTES.txt': 'Umlaut ü 日本 <b>&amp;</b> {{ .Values.own }}\r\nline',
    'crds/things.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  group: example.com
  names: {kind: Thing, plural: things, singular: thing, listKind: ThingList}
  scope: Namespaced
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
`,
  },
  bare: {
    'Chart.yaml': 'apiVersion: v1\nname: bare\nversion: 1.0.0\n',
    'templates/_helpers.tpl': '{{ define "x" }}{{ end }}',
  },
  texts: {
    'Chart.yaml': 'apiVersion: v2\nname: texts\nversion: 1.0.0\n',
    'values.yaml': 'notes: ""\n',
    'templates/NOTES.txt': '  {{ .Values.notes }}  \n\n',
  },
  work: {
    'Chart.yaml': 'apiVersion: v2\nname: work\nversion: 1.0.0\n',
    'templates/all.yaml': ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet']
      .map(workload)
      .join(''),
  },
};

export const givenValues = {
  ...{ a: null, user: { x: null }, t: null, more: { n: null }, list: [null, 1], own: null },
  ...{
    b: { c: null, d: null, new: null, e: { f: 1, g: null } },
    global: { g: null, deep: { x: 1 } },
  },
  one: { over: { deep: null, er: null, q: null } },
};

/** What YAML, JSON and tables each have their own way with: for notes, and for descriptions. */
export const oddText =
  'next\u0085line \u2028 \u200d\ta\tb \u001b[1mbold\u001b[0m 👩\u200d👩\u200d👧 ♥\ufe0f 🫠 <&>';

/** @returns the folder, which holds each chart by its name */
export function writeCharts(folder: string): string {
  for (const [name, files] of Object.entries(charts))
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name, path)), { recursive: true });
      writeFileSync(join(folder, name, path), text);
    }
  return folder;
}
