/**
 * Every helm beside this program as that helm, on releases that another helm wrote of charts with nulls, hooks,
 * subcharts, CRDs, notes and nothing at all: a helm reads what newer and older ones left.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { helms as shapes } from '../../src/helms.ts';
import { type HelmWord, helmWords } from '../cluster/clients.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { spokenProgram } from './kubectl-program.ts';
import { charts, givenValues, oddText, writeCharts } from './parityCharts.ts';

const cluster = useCluster();
const kubeconfig = cluster.adminKubeconfig;
const { helms, run } = useClients();
const ours = spokenProgram(run, kubeconfig);

let folder = '';
let namespace = '';
const nameOf = (word: HelmWord, chart: string) => `${chart}-${word.replace('.', '-')}`;

beforeAll(async () => {
  folder = writeCharts(mkdtempSync(join(tmpdir(), 'parity-charts-')));
  writeFileSync(join(folder, 'given.json'), JSON.stringify(givenValues));
  namespace = await cluster.namespace('charts');
  // One after the other: two helms that install one CRD at once is a race of theirs.
  for (const word of helmWords) for (const chart of Object.keys(charts)) await write(word, chart);
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function write(word: HelmWord, chart: string): Promise<void> {
  const [name, path] = [nameOf(word, chart), join(folder, chart)];
  const call = async (wanted: 0 | 1, ...args: string[]) => {
    const ran = await run(helms[word], [...args, '-n', namespace], { kubeconfig });
    expect([word, args, ran.code], ran.stderr).toEqual([word, args, wanted]);
  };
  const given = ['nulls', 'subs'].includes(chart) ? ['-f', join(folder, 'given.json')] : [];
  await call(0, 'install', name, path, ...given);
  if (chart === 'nulls')
    await call(0, 'upgrade', name, path, '--reuse-values', '--set', 'b.d=null,a=7');
  if (chart === 'hooks') {
    await call(0, 'test', name);
    await call(1, 'upgrade', name, path, '--set', 'fail=true');
    await call(0, 'rollback', name, '1');
    await call(0, 'upgrade', name, path, '--set', 'x=y', '--description', 'more\nlines ✓ <x>');
  }
  if (chart === 'texts') {
    await call(
      0,
      'upgrade',
      name,
      path,
      '--set-string',
      `notes=${oddText}`,
      '--description',
      oddText,
    );
    await call(0, 'upgrade', name, path, '--set-string', 'notes=\u007f,x=\u009f');
  }
  if (chart === 'bare') {
    await call(0, 'upgrade', name, path);
    await call(0, 'rollback', name);
    await call(0, 'uninstall', name, '--keep-history');
  }
}

const templates = [
  '{{.Release.Labels}}',
  '{{range .Release.Hooks}}{{.OutputLogPolicies}}{{.LastRun.Phase}}{{end}}',
  ...['{{.Release.Info.RollbackRevision}}', '{{.Release.Info.Resources}}', '{{.Release.Config}}'],
  ...['{{.Release.Chart.Values}}', '{{.Release.ApplyMethod}}', '{{.Release.Info.Deleted}}'],
];

/** What is asked of a release; some six thousand lines with all releases and helms. */
function questions(name: string): string[][] {
  const revisions = [[], ['--revision', '1']];
  return [
    ...['table', 'json', 'yaml'].flatMap((output) => [
      ...[[], ['--max', '2'], ['--show-rollback-revision']].map((more) => [
        ...['history', name, ...more, '-o', output],
      ]),
      ...[...revisions, ['--show-desc'], ['--show-resources']].map((more) => [
        ...['status', name, ...more, '-o', output],
      ]),
      ...revisions.map((more) => ['get', 'metadata', name, ...more, '-o', output]),
      ...[[], ['-a'], ['-a', '--revision', '1']].map((more) => [
        ...['get', 'values', name, ...more, '-o', output],
      ]),
    ]),
    ...['manifest', 'hooks', 'notes', 'all'].flatMap((what) =>
      [...revisions, ['--revision', '99']].map((more) => ['get', what, name, ...more]),
    ),
    ...templates.flatMap((template) =>
      revisions.map((more) => ['get', 'all', name, ...more, '--template', template]),
    ),
  ];
}

/** Without what the clock and other writers change, and without the order of kinds, of which helm has none. */
function comparable([command]: readonly string[], text: string): string {
  if (command !== 'status') return text;
  const [head = '', ...kinds] = text
    .replace(/(resourceVersion"?: ?)"[0-9]+"/g, '$1"…"')
    .replace(/\b[0-9]+[smh]([0-9]+s)?\b/g, 'AGE')
    .replace(/ {2,}/g, ' ')
    .split('==> ');
  const parts = kinds.map((kind) => /^(.*?\n)\n(.*)$/s.exec(kind) ?? []);
  const objects = parts.map(([, lines = '']) => lines.trimEnd()).sort();
  return [head, ...objects, ...parts.map(([, , rest]) => rest)].join('\n');
}

/** Which of the questions a run asks: another part for each helm, the same ones every time. */
const everyNth = Number(process.env['PARITY_EVERY'] ?? 24);
/** Flags that Helm 4 took away are taken here, for what has no cluster beside it. */
const takenAway = (word: HelmWord, line: readonly string[]) =>
  shapes[word]?.major === 4 &&
  line.some((one) => ['-a', '--show-desc', '--show-resources'].includes(one)) &&
  ['list', 'status'].includes(line[0] ?? '');
const isAsked = (word: HelmWord, line: readonly string[]) =>
  !takenAway(word, line) &&
  createHash('sha256')
    .update(`${word} ${line.join(' ')}`)
    .digest()
    .readUInt16BE() %
    everyNth ===
    0;

describe.each(helmWords)('beside %s', (word) => {
  it.each(Object.keys(charts))('releases of %s, whoever wrote them', async (chart) => {
    const lines = helmWords
      .flatMap((writer) => questions(nameOf(writer, chart)))
      .filter((line) => isAsked(word, line));
    expect(lines.length).toBeGreaterThan(0);
    const different: unknown[] = [];
    const work = async () => {
      for (let line = lines.shift(); line; line = lines.shift()) {
        const args = [...line, '-n', namespace];
        const [theirs, own] = await Promise.all([
          run(helms[word], args, { kubeconfig }),
          ours([...args, '--compat', word]),
        ]);
        const same =
          own.code === theirs.code &&
          (own.code !== 0 || comparable(line, own.stdout) === comparable(line, theirs.stdout));
        if (!same) different.push({ line: line.join(' '), theirs, own });
      }
    };
    await Promise.all([work(), work()]);
    expect(different).toEqual([]);
  });

  it('list, by any of its flags', async () => {
    const lists = [
      ...[[], ['-d'], ['-d', '-r'], ['-q'], ['-m', '3', '--offset', '2'], ['--failed']],
      ...[['--uninstalled', '--deployed'], ['--no-headers'], ['-l', 'version=2']],
      ...[['-a'], ['-m', '0'], ['--time-format', '2006'], ['-f', 'hooks|subs']],
    ];
    for (const more of lists)
      for (const output of ['table', 'json', 'yaml']) {
        const args = ['list', ...more, '-n', namespace, '-o', output];
        if (takenAway(word, args) || (!isAsked(word, args) && output !== 'json')) continue;
        const [theirs, own] = await Promise.all([
          run(helms[word], args, { kubeconfig }),
          ours([...args, '--compat', word]),
        ]);
        // helm 3.8 sorts by whole seconds, and gives rows of one second in no order of their own.
        const rows = (text: string) =>
          more.includes('-d')
            ? text
                .replace(/^\[|\]\n$/g, '')
                .split(/\n(?=- |[a-z])|(?<=\}),/)
                .map((row) => row.trim())
                .sort()
            : text;
        expect([args, own.code, rows(own.stdout)]).toEqual([
          args,
          theirs.code,
          rows(theirs.stdout),
        ]);
      }
  });
});

it('a word of a major is its newest', () => {
  expect([shapes['helm3']?.word, shapes['helm4']?.word]).toEqual(['helm3.22', 'helm4.3']);
});
