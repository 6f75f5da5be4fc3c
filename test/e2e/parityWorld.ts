/**
 * What the real helms leave behind: the releases that the parity tests read. Everything is written by
 * helm itself, with charts of ConfigMaps and a Deployment, because no controller runs.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Run, RunResult } from '../cluster/clients.ts';
import { writeChart } from './kubectl-chart.ts';

/** Texts that YAML writers treat each in another way, and values that merging changes. */
const values = {
  greeting: 'yes',
  replicas: null,
  list: [1, null, '0777', 2.5, [], {}, ['nested', ['deep']]],
  table: { dropped: null, more: { a: '22:22', b: [], c: {} }, '1': 'one', on: 'off' },
  odd: ['~', '', ' ', 'null', '0x1F', '1e3', '.5', '2001-01-01', '- a', 'a: b', 'a #b', '#', '*a'],
  long: `${'many words '.repeat(30)}end`,
  longQuoted: `"${'many words, '.repeat(30)}`,
  lines: 'first\n  second\n\nthird\n\n',
  indented: ' first\nsecond',
  tabs: 'a\tb',
  unicode: 'naïve 日本 😀 \u00a0',
  escape: '\u001b[31mred',
  html: '<&>',
  number: 123456789012345,
  float: -0.5,
  exponent: 1e30,
  key10: 'ten',
  key9: 'nine',
  'a long key that needs a question mark ': { in: 'it' },
  [`k${'ey'.repeat(80)}`]: 1,
};

/** Stored with all their digits, and rounded by helm whenever it reads them. */
const integers = [
  'ids.big=1234567890123456790',
  'ids.odd=9007199254740993',
  'ids.low=-9223372036854775808',
  'ids.top=9223372036854775807',
].join(',');

const extra: { readonly [path: string]: string } = {
  'Chart.yaml': `apiVersion: v2
name: greeting
version: 1.2.3
appVersion: "7.2"
annotations:
  example.com/team: people
  example.com/area: words
dependencies:
- name: sub
  version: 0.1.0
  repository: "file://charts/sub"
  alias: under
  tags: [front, back]
  condition: under.enabled
`,
  'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 0.1.0\n',
  'charts/sub/values.yaml': 'inner: true\n',
  'templates/web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: "{{ .Release.Name }}-web"
spec:
  replicas: {{ .Values.count | default 1 }}
  selector:
    matchLabels: { app: "{{ .Release.Name }}" }
  template:
    metadata:
      labels: { app: "{{ .Release.Name }}" }
    spec:
      containers:
      - name: web
        image: example.com/web
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: "{{ .Release.Name }}-more-of-it"
data:
  a: b
`,
  'templates/broken.yaml': `{{- if .Values.broken }}
apiVersion: v1
kind: ConfigMap
metadata:
  name: "Not A Name"
data:
  n: many lines of a message
{{- end }}
`,
};

export interface World {
  readonly namespace: string;
  readonly chart: string;
}

/**
 * Releases of one helm in one namespace; every second holds at most one of them, so that dates differ.
 * @param only those that end in one of these; absent: all
 */
export async function helmWrites(
  helm: string,
  run: Run,
  kubeconfig: string,
  { namespace, chart }: World,
  prefix: string,
  only?: readonly string[],
): Promise<void> {
  const file = join(chart, '..', `${prefix}-values.json`);
  writeFileSync(file, JSON.stringify(values));
  const call = async (...args: string[]): Promise<RunResult> => {
    if (only && !only.includes(args[1]?.slice(prefix.length + 1) ?? ''))
      return { code: 1, stdout: '', stderr: '' };
    const result = await run(helm, [...args, '-n', namespace], { kubeconfig });
    await nextSecond();
    return result;
  };
  const ok = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await call(...args);
    if (code !== 0 && stderr !== '') throw new Error(`helm ${args.join(' ')}: ${stderr}`);
  };
  const name = (suffix: string) => `${prefix}-${suffix}`;
  await ok('install', name('plain'), chart);
  const given = ['-f', file, '--set', integers];
  await ok('install', name('values'), chart, ...given, '--description', 'A first "install" <&>');
  await ok('upgrade', name('values'), chart, '-f', file, '--set', 'count=2');
  // It fails on the server, with a message of its own.
  const failed = await call('upgrade', name('values'), chart, '--set', 'broken=true');
  if (failed.code === 0) throw new Error('the upgrade should have failed');
  await ok('install', name('rolled'), chart);
  await ok('upgrade', name('rolled'), chart, '--set', 'greeting=hi');
  await ok('rollback', name('rolled'), '1');
  await ok('install', name('gone'), chart);
  await ok('uninstall', name('gone'), '--keep-history');
  await call('install', name('never'), chart, '--set', 'broken=true');
  await call('test', name('plain'));
}

/** Until another second has begun. */
const nextSecond = () => sleep(1020 - (Date.now() % 1000));

/** The labels that Helm takes since 3.13. */
export async function helmLabels(
  helm: string,
  run: Run,
  kubeconfig: string,
  { namespace, chart }: World,
  name: string,
): Promise<boolean> {
  const args = ['install', name, chart, '-n', namespace, '--labels', 'team=pay,tier=front'];
  const { code, stderr } = await run(helm, args, { kubeconfig });
  if (code !== 0 && !/unknown flag/.test(stderr)) throw new Error(stderr);
  return code === 0;
}

export function writeParityChart(folder: string): string {
  writeChart(folder);
  for (const [path, text] of Object.entries(extra)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}
