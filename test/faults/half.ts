/** A release that a real helm made, with two live objects, and everything that a way back has to bring back. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecord } from '../../src/codecs/index.ts';
import { isBad } from '../../src/record.ts';
import { cluster, helm, recordsIn, type World } from '../e2e/relocateWorld.ts';

export interface Bench {
  readonly folder: string;
  readonly chart: string;
  world(which: World['helm']): Promise<World>;
  done(): void;
}

export function makeBench(): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'half-way-'));
  const chart = join(folder, 'chart');
  mkdirSync(join(chart, 'templates'), { recursive: true });
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: conf\nversion: 1.0.0\n');
  const object = (name: string) =>
    [
      ...['---', 'apiVersion: v1', 'kind: ConfigMap', 'metadata:'],
      `  name: {{ .Release.Name }}-${name}`,
      'data: {greeting: {{ .Values.greeting | quote }}}',
    ].join('\n');
  writeFileSync(join(chart, 'values.yaml'), 'greeting: hello\n');
  writeFileSync(join(chart, 'templates', 'a.yaml'), `${object('one')}\n${object('two')}\n`);
  return {
    ...{ folder, chart },
    async world(which) {
      return { helm: which, namespace: await cluster.namespace('half'), sqlUrl: '' };
    },
    done: () => rmSync(folder, { recursive: true }),
  };
}

/** Two revisions. */
export async function install(at: World, { chart }: Bench, name: string): Promise<void> {
  await helm(at, 'secret', 'install', name, chart);
  await helm(at, 'secret', 'upgrade', name, chart, '--set', 'greeting=two');
}

interface Found {
  readonly metadata: {
    readonly name: string;
    readonly labels?: object;
    readonly annotations?: object;
  };
}

/** Records by store and key with what they say, and live objects with their marks. */
export async function state(at: World): Promise<{ records: object; objects: object }> {
  const records: { [place: string]: object } = {};
  for (const driver of ['secret', 'configmap'] as const)
    for (const [key, record] of await recordsIn(driver, at)) {
      const opened = openRecord(record);
      if (isBad(opened)) throw new Error(opened.unreadable);
      const { modifiedAt: _, ...labels } = record.labels as { [name: string]: string };
      records[`${driver}/${key}`] = { release: opened.release, labels };
    }
  const objects: { [name: string]: object } = {};
  const path = `/api/v1/namespaces/${at.namespace}/configmaps`;
  const { items } = (await cluster.must('GET', path)) as { items: Found[] };
  for (const { metadata } of items)
    if (/-(one|two)$/.test(metadata.name))
      objects[metadata.name] = { labels: metadata.labels, annotations: metadata.annotations };
  return { records, objects };
}

/** The command lines that a run prints as its way back. */
export function undoLines(out: string): string[] {
  const [, ...lines] = out.split(/^Undo: /m);
  const text = lines.join('');
  return text.split('\n').flatMap((line) => /^ *kubectl releases (.*)$/.exec(line)?.[1] ?? []);
}
