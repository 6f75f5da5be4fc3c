/**
 * Canaries: texts that nobody could write by chance, put wherever a release may hold a secret. A hit
 * is one of them in what a program printed, plain or in base64.
 */
import { randomBytes } from 'node:crypto';
import { encodePayload } from '../../src/codecs/index.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import type { Chart, Release } from '../../src/release.ts';
import { helm2Record } from '../faults/scenario.ts';

export interface Canaries {
  /** A new text, safe in YAML, JSON, URLs and base64. */
  plant(where: string): string;
  /** Counts another text as a canary: a piece of a payload. */
  watch(where: string, text: string): void;
  /** Where the texts that occur in this one were put. */
  hits(text: string): string[];
}

export function makeCanaries(): Canaries {
  const needles = new Map<string, string>();
  const watch = (where: string, text: string) => {
    for (const needle of [text, ...base64Forms(text)]) needles.set(needle, where);
  };
  return {
    watch,
    plant(where) {
      const text = `canary${randomBytes(12).toString('hex')}`;
      watch(where, text);
      return text;
    },
    hits: (text) => [
      ...new Set([...needles].flatMap(([needle, where]) => (text.includes(needle) ? where : []))),
    ],
  };
}

/** What base64 makes of a text, wherever in a longer one it stands: without the digits it shares. */
function base64Forms(text: string): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.from(`${'x'.repeat(before)}${text}`).toString('base64');
    return encoded.replace(/=+$/, '').slice(before === 0 ? 0 : 4, -4);
  });
}

/** A Helm 2 release with a canary in everything that may hold content. */
export function loadedRelease(
  { plant }: Canaries,
  at: { readonly name: string; readonly namespace: string; readonly revision: number },
): Release {
  const bytes = (where: string) => Buffer.from(`text: ${plant(where)}\n`);
  const manifest = [
    object('Secret', 'v1', `${at.name}-secret`, [
      `stringData: {plain: ${plant('stringData')}}`,
      `data: {hidden: ${Buffer.from(plant('data')).toString('base64')}}`,
    ]),
    object('Deployment', 'extensions/v1beta1', at.name, [
      `spec: {selector: {matchLabels: {heritage: Tiller}}, env: ${plant('env')}}`,
    ]),
    object('CustomThing', 'example.org/v1', at.name, [`spec: {token: ${plant('custom')}}`]),
    `kind: Broken\nvalue: "${plant('broken manifest')}\n`,
    `${plant('manifest that is a text')}\n`,
    `? {${plant('manifest key')}: x}\n: y\n`,
  ].join('---\n');
  return {
    helm: 2,
    ...at,
    info: {
      firstDeployed: '2019-05-06T07:08:09Z',
      lastDeployed: `2019-05-06T07:09:${10 + at.revision}Z`,
      description: 'Upgrade complete',
      status: 'superseded',
      notes: `The password is ${plant('notes')}`,
      resourcesText: `==> v1/Secret\n${plant('resources')}\n`,
      lastTestSuite: {
        results: [{ name: 'lost-test', status: 'FAILURE', info: plant('test result') }],
      },
    },
    chart: loadedChart(plant, bytes),
    config: {
      yaml: `password: ${plant('values')}\nlist: [{token: ${plant('list')}}]\n`,
      parsed: { old: plant('parsed values') },
    },
    manifest,
    hooks: [
      {
        name: `${at.name}-hook`,
        kind: 'Job',
        path: 'web/templates/hook.yaml',
        manifest: object('Job', 'batch/v1', `${at.name}-hook`, [`spec: ${plant('hook')}`]),
        events: ['crd-install', 'test-failure', 'pre-upgrade'],
        weight: 1,
        deletePolicies: [],
        deleteTimeout: 7n,
      },
    ],
  };
}

function loadedChart(plant: Canaries['plant'], bytes: (where: string) => Uint8Array): Chart {
  const metadata = {
    ...{ name: 'web', version: '1.2.3', appVersion: '4.5', apiVersion: '', icon: '', type: '' },
    ...{ description: plant('chart description'), home: `https://u:${plant('home')}@example.org` },
    ...{ sources: [plant('source')], keywords: [plant('keyword')], condition: '', tags: '' },
    ...{ annotations: { note: plant('chart annotation') }, deprecated: false, kubeVersion: '' },
    ...{ maintainers: [], dependencies: [], engine: plant('engine') },
  };
  const repository = `https://me:${plant('repository')}@charts.example.org`;
  const requirements = `dependencies:\n- {name: db, version: 1.0.0, repository: "${repository}"}\n`;
  return {
    metadata,
    lock: null,
    templates: [{ name: 'templates/a.yaml', data: bytes('template') }],
    values: { yaml: `db: {password: ${plant('chart values')}}\n` },
    schema: null,
    files: [
      { name: 'files/key.pem', data: bytes('file') },
      { name: 'requirements.yaml', data: Buffer.from(requirements) },
      { name: 'requirements.lock', data: Buffer.from(`dependencies: "${plant('lock')}`) },
    ],
    dependencies: [
      {
        metadata: { ...metadata, name: 'db' },
        ...{ lock: null, templates: [{ name: 'a', data: bytes('subchart') }], schema: null },
        values: { yaml: `password: ${plant('subchart values')}\n` },
        files: null,
      },
    ],
  };
}

function object(kind: string, apiVersion: string, name: string, rest: readonly string[]): string {
  return [
    `apiVersion: ${apiVersion}`,
    `kind: ${kind}`,
    `metadata: {name: ${name}}`,
    ...rest,
    '',
  ].join('\n');
}

/** YAML that Helm 2 can't read, with a canary where it breaks. */
export const brokenYaml: readonly ((canary: string) => string)[] = [
  (canary) => `a: "${canary}\nb: [`,
  (canary) => `a: [${canary}\nb: ${canary}}`,
  (canary) => `${canary}`,
  (canary) => `a: *${canary}`,
  (canary) => `a: !<${canary} x`,
  (canary) => `a: !${canary}!b x`,
  (canary) => `%${canary} x\n---\na: 1`,
  (canary) => `? [${canary}]\n: x`,
  (canary) => `a: b: ${canary}`,
  (canary) => `a: "\\q${canary}"`,
  (canary) => `a: |${canary}\n b`,
  (canary) => `\t${canary}: a`,
  (canary) => `<<: ${canary}`,
  (canary) => `a: !!binary "${canary}!"`,
  (canary) => `a: !!int ${canary}`,
  (canary) => `a: .inf # ${canary}`,
  (canary) => `~: ${canary}`,
  (canary) => `&${canary} a: *${canary}\n- b`,
  (canary) => `a: '${canary}`,
  (canary) => `a: \u0001${canary}`,
];

/** JSON that is no release, with a canary where it breaks. */
export const brokenJson: readonly ((canary: string, name: string, revision: number) => string)[] = [
  (canary) => `{"config":{"password":"${canary}`,
  (canary) => `{"config":{"password":${canary}}}`,
  (canary) => `{"config":"${canary}"}`,
  (canary, name) => `{"name":"${name}","version":"${canary}"}`,
  (canary, name, n) => `{"name":"${name}","version":${n},"info":"${canary}"}`,
  (canary, name, n) => `{"name":"${name}","version":${n},"info":{"first_deployed":"${canary}"}}`,
  (canary, name, n) => `{"name":"${name}","version":${n},"info":{"first_deployed":["${canary}"]}}`,
  (canary, name, n) => `{"name":"${name}","version":${n},"hooks":["${canary}"]}`,
  (canary, name, n) => `{"name":"${name}","version":${n},"manifest":{"${canary}":1}}`,
  (canary, name, n) =>
    `{"name":"${name}","version":${n},"chart":{"files":[{"data":"*${canary}"}]}}`,
  (canary, name, n) => `{"name":"${name}","version":${n},"chart":{"values":["${canary}"]}}`,
  (canary) => `[{"${canary}":1}]`,
];

/** A readable record, damaged by hand in other ways. Its payload's plain text holds canaries. */
export function damaged(record: ReleaseRecord, canary: string): { [how: string]: string } {
  const bytes = Buffer.from(record.payload, 'base64');
  const flipped = Buffer.from(bytes);
  flipped[flipped.length - 6] = (flipped[flipped.length - 6] ?? 0) ^ 0xff;
  return {
    cut: bytes.subarray(0, bytes.length / 2).toString('base64'),
    flipped: flipped.toString('base64'),
    tail: Buffer.concat([bytes, Buffer.from(canary)]).toString('base64'),
    plain: `password=${canary}`,
    'plain in base64': Buffer.from(`password=${canary}`).toString('base64'),
    protobuf: Buffer.concat([Buffer.from([0x0a, 0x7f]), Buffer.from(canary)]).toString('base64'),
    'wrong field': Buffer.concat([Buffer.from([0x12, 0x1e]), Buffer.from(canary)]).toString(
      'base64',
    ),
  };
}

/** As the Tiller keeps it. */
export function loadedRecord(
  canaries: Canaries,
  tiller: string,
  at: { readonly name: string; readonly namespace: string; readonly revision: number },
  change: (release: Release) => Release = (release) => release,
): ReleaseRecord {
  const record = helm2Record(tiller, change(loadedRelease(canaries, at)));
  const annotations = { 'example.org/note': canaries.plant('annotation of a record') };
  canaries.watch(`payload of ${record.key}`, record.payload.slice(200, 240));
  return { ...record, annotations };
}

/** As Helm 3 keeps it. */
export function helm3Payload(canaries: Canaries, release: Release): string {
  const { dependencies: _, ...chart } = release.chart ?? { metadata: null };
  return encodePayload('helm3', {
    ...release,
    helm: 3,
    config: { json: { password: canaries.plant('values in Helm 3') } },
    chart: { ...(chart as Chart), values: { json: { a: canaries.plant('chart values 3') } } },
    hooks: [],
  });
}
