/** No text of a record, in whatever field and from whatever command, is one that a terminal acts on. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandTable } from '../../src/commands/table.ts';
import { terminalText } from '../../src/output/terminal/text.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import type { Hook } from '../../src/release.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { type CaptureOptions, runCli } from './cli-io.ts';
import { sketchChart, sketchRecord } from './cli-records.ts';

/** Escapes, OSC 8 and its end, C1's CSI and OSC, marks of direction, ends of lines, tags, a bell. */
const evil =
  '\u001b[7mx\u001b]8;;http://e/\u001b\\y\u0007\u009b2Jz\u009d0;t\u009c\u202e\u2066\u061c\u2028\u2029\u0085\u{e0061}\b\r#';
const acted = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
/** With what our own colours are made of taken away, and the lines and tabs that are kept. */
const ours = /\u001b\[(?!7m)[0-9;]+m|[\n\t]/g;

const labels = { [`l${evil}`]: evil };

function records(name: string): readonly ReleaseRecord[] {
  const { metadata } = sketchChart(`c${evil}`, null);
  const object = {
    ...{ apiVersion: `v1${evil}`, kind: `Kind${evil}` },
    metadata: { name: `n${evil}`, namespace: `ns${evil}`, labels, annotations: labels },
    data: labels,
  };
  const manifest = (text: string) =>
    `---\n# Source: c/templates/${text}\n${JSON.stringify({ ...object, text })}\n---\n# ${text}\nraw: "${evil}"\n`;
  const hook = (event: string, text: string): Hook => ({
    ...{ name: `h${text}`, kind: `Job${text}`, path: `c/templates/${text}` },
    ...{ manifest: manifest(text), events: [event, `e${text}`], weight: 1, deletePolicies: [text] },
    lastRun: { startedAt: '2026-01-01T00:00:00Z', completedAt: '', phase: `P${text}` },
  });
  const dependency = {
    ...{ name: `d${evil}`, version: evil, repository: evil, condition: evil, tags: [evil] },
    ...{ enabled: true, importValues: [evil], alias: evil },
  };
  const of = (helm: 2 | 3 | 4, revision: number, text: string) => {
    const record = sketchRecord({
      ...{ helm, name, revision, status: revision === 2 ? `st${evil}` : 'superseded' },
      ...{ notes: `notes ${text}\n\tkept\r\n`, description: `why ${text}` },
      ...(helm === 2 ? {} : { config: { [`k${evil}`]: text, list: [evil] } }),
      ...(helm === 2 ? {} : { values: { [`v${evil}`]: text } }),
      manifest: manifest(text),
      hooks: helm === 2 ? [] : [hook('test', text), hook('pre-install', text)],
      chart: {
        metadata: metadata && {
          ...metadata,
          ...{ version: `1${evil}`, appVersion: evil, description: evil, icon: evil, home: evil },
          ...{ annotations: labels, keywords: [evil], sources: [evil], type: evil },
          ...(helm === 2 ? {} : { dependencies: [dependency] }),
        },
        files: [{ name: `f${evil}`, data: Buffer.from(text) }],
        templates: [{ name: `t${evil}`, data: Buffer.from(`{{ include "${evil}" . }}`) }],
      },
    });
    return { ...record, labels: { ...record.labels, ...labels } };
  };
  return [
    ...[3, 4].flatMap((helm) => [of(helm as 3 | 4, helm - 2, `one ${evil}`)]),
    of(2, 1, evil),
  ];
}

let dir: string;
/** Nothing is written twice to one place. */
let scene = '';
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'terminal-'));
  const storage = await openDirectory(join(dir, 'dump'), { create: true });
  for (const name of ['billing', `b${evil}`])
    for (const record of records(name)) await storage.create(record);
});
afterAll(() => rmSync(dir, { recursive: true }));

const outputs = ['table', 'wide', 'json', 'yaml', 'name', 'jsonpath={}', 'custom-columns=A:{}'];
const documents = ['table', 'json', 'yaml', 'jsonpath={}'];
const o = (line: string[], forms: readonly string[]) => forms.map((form) => [...line, '-o', form]);
const helms = ['2', '3', '4'].map((helm) => ['--helm', helm]);
const names = ['billing', `b${evil}`];
const plans = ['table', 'json', 'yaml'];
const store = () => `dir:${dir}/dump`;
const compat = [[], ['--compat', 'helm3'], ['--compat', 'helm4']];

/** By command; what reads no record is left out below, by name. */
const lines: { readonly [command: string]: () => readonly (readonly string[])[] } = {
  list: () => [
    ...compat.flatMap((more) => o(['list', '-A', ...more], outputs)),
    ['list', '-A', '-q'],
    ['list', '-A', '--helm', '2'],
  ],
  history: () =>
    names.flatMap((name) => [
      ...compat.flatMap((more) => o(['history', name, ...more], outputs)),
      ...helms.map((more) => ['history', name, ...more]),
    ]),
  status: () =>
    names.flatMap((name) => [
      ...compat.flatMap((more) => o(['status', name, '--show-desc', ...more], documents)),
      ...helms.map((more) => ['status', name, ...more]),
    ]),
  get: () =>
    ['values', 'manifest', 'hooks', 'notes', 'metadata', 'all'].flatMap((what) => [
      ...names.flatMap((name) => o(['get', what, name], documents)),
      ...compat.map((more) => ['get', what, 'billing', '--revision', '1', ...more]),
      ...helms.map((more) => ['get', what, 'billing', ...more]),
      ['get', what, 'billing', '--template', '{{.Release}}{{.Release.Info.Notes}}'],
    ]),
  diff: () => [
    ...o(['diff', 'billing', '1', '2', '--show-secrets'], ['fields', 'unified', 'json', 'yaml']),
    ['diff', 'billing', '--rollback', '1'],
    ['diff', `b${evil}`, '9'],
  ],
  chart: () => names.map((name, at) => ['chart', name, '-d', join(dir, `${scene}${at}`)]),
  du: () => [['du', '-A'], ...o(['du', 'billing'], ['json', 'yaml']), ['du', `b${evil}`]],
  doctor: () => [
    ...o(['doctor', '--deep', '--details'], ['table', 'json', 'yaml']),
    ['doctor'],
    ['doctor', `b${evil}`],
  ],
  tree: () => [
    ...o(['tree', 'billing'], ['json', 'yaml', 'name', 'jsonpath={}']),
    ['tree', `b${evil}`],
  ],
  verify: () => o(['verify', join(dir, 'dump')], ['table', 'json', 'yaml']),
  decode: () =>
    readdirSync(join(dir, 'dump'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.yaml'))
      .flatMap((name) => o(['decode', join(dir, 'dump', name)], ['yaml', 'json'])),
  backup: () => [['backup', '--all', join(dir, `${scene}.zip`)]],
  restore: () => [
    ['restore', join(dir, 'one-with-colours.zip'), '--to', `dir:${dir}/r`, '--dry-run'],
  ],
  copy: () => o(['copy', '--all', '--from', store(), '--to', `dir:${dir}/c`, '--dry-run'], plans),
  relocate: () =>
    ['--all', ...names].map((name) => [
      ...['relocate', name, '--from', store(), '--to', `dir:${dir}/c`, '--delete-source'],
      ...['--dry-run', '--check'],
    ]),
  unlock: () =>
    names.flatMap((name) => o(['unlock', name, '--older-than', '0s', '--check'], plans)),
  prune: () => names.flatMap((name) => o(['prune', name, '--older-than', '1s', '--check'], plans)),
  migrate2to3: () =>
    o(['migrate2to3', '--all', '--from', store(), '--to', `dir:${dir}/m`, '--check'], plans),
  completion: () => [
    ['completion', 'words', '--', 'status', '--storage', store(), ''],
    ['completion', 'words', '--', 'history', `b${evil}`, '--storage', store(), ''],
  ],
};

/** They print nothing of a record, or read only from a cluster. */
const others = ['version', 'options', 'rbac', 'job', 'cleanup', 'move-config', 'encode'];

it('is asked of every command', () => {
  const known = [...Object.keys(lines), ...others].sort();
  expect(commandTable.map(({ name }) => name).sort()).toEqual(known);
});

describe.each(Object.keys(lines))('%s', (command) => {
  it.each<[string, CaptureOptions]>([
    ['a terminal', { terminal: 100 }],
    ['one with colours', { terminal: 60, colour: true }],
  ])('prints nothing to %s that it acts on', async (kind, terminal) => {
    let printed = 0;
    scene = kind.replaceAll(' ', '-');
    for (const line of lines[command]?.() ?? []) {
      const from = hasStore(command) ? [] : ['--storage', store()];
      const { out, err } = await runCli([...line, ...from], terminal);
      const raw = acted.exec((out + err).replace(ours, ''));
      expect([line.join(' '), raw && JSON.stringify(raw[0])]).toEqual([line.join(' '), null]);
      expect(out + err).not.toContain('internal error');
      expect(out + err).not.toContain('\u001b[7m');
      if (out !== '') printed += 1;
    }
    expect(printed).toBeGreaterThan(0);
  });
});

function hasStore(command: string): boolean {
  return ['verify', 'decode', 'restore', 'copy', 'relocate', 'migrate2to3', 'completion'].includes(
    command,
  );
}

it.each(['values', 'manifest', 'hooks', 'notes'])('get %s is as it was in a pipe', async (what) => {
  const argv = ['get', what, 'billing', '--revision', '1', '--storage', store()];
  const { out } = await runCli(argv);
  if (what !== 'values') expect(out).toContain(evil);
  else expect(out).not.toContain('\\u202e');
});

it('keeps lines and tabs, and what JSON means', () => {
  expect(terminalText('a\r\n\tb\rc\u001b[2J\n')).toBe('a\n\tb\\u000dc\\u001b[2J\n');
  const value = { [evil]: [evil] };
  const text = JSON.stringify(value, null, 2);
  expect(JSON.parse(terminalText(text))).toEqual(value);
  expect(acted.test(terminalText(text).replaceAll('\n', ''))).toBe(false);
});
