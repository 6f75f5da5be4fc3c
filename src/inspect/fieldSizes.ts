/** What takes the room in a record: its fields, and the files that hardly compress. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { goJson } from '../go/json/write.ts';
import type { Chart, File, Release, Values } from '../release.ts';

export const sizedFields = [
  ...([
    'templates',
    'files',
    'values',
    'config',
    'manifest',
    'hooks',
    'subcharts',
    'rest',
  ] as const),
];
export type SizedField = (typeof sizedFields)[number];

export interface FieldSize {
  readonly field: SizedField;
  /** Bytes of what it holds. */
  readonly raw: number;
  /** Its share of the record's bytes, as far as one gzip stream can be shared out. */
  readonly packed: number;
}

export interface StubbornFile {
  /** As the record has it: hostile until `printable`. */
  readonly name: string;
  readonly raw: number;
  readonly packed: number;
}

export interface Anatomy {
  /** The largest first; none that is empty. */
  readonly fields: readonly FieldSize[];
  /** The largest first: files that gzip makes hardly smaller. */
  readonly stubborn: readonly StubbornFile[];
}

const pack = promisify<Uint8Array, Buffer>(gzip);
/** Smaller files are nobody's worry. */
const worthNaming = 8 * 1024;
/** Of its bytes, what a file still takes packed to be called stubborn. */
const hardly = 0.6;
/** Base64 around the gzip: four characters for three bytes. */
const base64 = 4 / 3;

/** @param bytes what the whole record takes */
export async function anatomy(release: Release, bytes: number): Promise<Anatomy> {
  const parts = partsOf(release).filter(({ raw }) => raw > 0);
  const packed = await Promise.all(parts.map(async ({ text }) => (await pack(text)).length));
  const sum = packed.reduce((total, one) => total + one, 0);
  const fields = parts.map(({ field, raw }, at) => ({
    ...{ field, raw },
    packed: Math.round(((packed[at] ?? 0) / sum) * bytes),
  }));
  return {
    fields: fields.sort((a, b) => b.packed - a.packed),
    stubborn: await stubbornFiles(release),
  };
}

interface Part {
  readonly field: SizedField;
  readonly raw: number;
  /** As it stands in the record before gzip. */
  readonly text: Uint8Array;
}

function partsOf(release: Release): Part[] {
  const { chart, config, manifest, hooks, info } = release;
  const part = (field: SizedField, raw: string): Part => {
    const text = Buffer.from(raw);
    return { field, raw: text.length, text };
  };
  const files = (field: SizedField, list: readonly File[]): Part => {
    const all = Buffer.concat(list.flatMap(({ data }) => (data ? [data] : [])));
    // Helm 3's JSON holds files in base64, which gzip packs worse than what they are.
    const text = release.helm === 2 ? all : Buffer.from(all.toString('base64'));
    return { field, raw: all.length, text };
  };
  const others = [...(chart?.files ?? [])];
  if (chart?.schema) others.push({ name: 'values.schema.json', data: chart.schema });
  return [
    files('templates', chart?.templates ?? []),
    files('files', others),
    part('values', textOf(chart?.values)),
    part('config', textOf(config)),
    part('manifest', manifest),
    part('hooks', hooks.map((hook) => hook.manifest).join('')),
    files('subcharts', subchartFiles(chart)),
    part('rest', `${JSON.stringify(chart?.metadata ?? {})}${info?.notes ?? ''}`),
  ];
}

function textOf(values: Values | null | undefined): string {
  if (!values) return '';
  return 'yaml' in values ? values.yaml : goJson(values.json);
}

/** Helm 2's records hold subcharts. */
function subchartFiles(chart: Chart | undefined): File[] {
  return (chart?.dependencies ?? []).flatMap((one) => [
    ...(one.templates ?? []),
    ...(one.files ?? []),
    { name: 'values.yaml', data: Buffer.from(textOf(one.values)) },
    ...subchartFiles(one),
  ]);
}

async function stubbornFiles({ chart }: Release): Promise<StubbornFile[]> {
  const files = [...(chart?.templates ?? []), ...(chart?.files ?? []), ...subchartFiles(chart)];
  const large = files.flatMap(({ name, data }) =>
    data && data.length >= worthNaming ? [{ name, data }] : [],
  );
  const sized = await Promise.all(
    large.map(async ({ name, data }) => {
      const packed = Math.round((await pack(data)).length * base64);
      return { name, raw: data.length, packed };
    }),
  );
  return sized
    .filter(({ raw, packed }) => packed >= raw * hardly)
    .sort((a, b) => b.packed - a.packed);
}
