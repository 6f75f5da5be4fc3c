/**
 * The combinations of a record's parts, and what is right for each: said once more, in other words than
 * `src/attribution.ts` has, from how Helm's drivers look for records. docs/whose-record.md prints it.
 */
import { encodePayload } from '../../src/codecs/index.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import type { HelmVersion } from '../../src/release.ts';
import { sketchRecord, sketchRelease } from './cli-records.ts';

export interface Parts {
  readonly key: 'alpha' | 'beta' | 'odd';
  readonly name: 'alpha' | 'beta' | '-';
  readonly version: '2' | '7' | '-';
  /** `both`: the other Helm's beside its own. */
  readonly owner: 'own' | 'both' | '-' | 'other';
  readonly type: 'own' | 'Opaque';
  /** `alpha 6`: another revision than the key's. `other format`: what the other Helm writes. */
  readonly content: 'alpha 2' | 'beta 2' | 'alpha 6' | 'unreadable' | 'other format';
}

const usual = { version: '2', owner: 'own', type: 'own' } as const;
const keys = ['alpha', 'beta', 'odd'] as const;
const names = ['alpha', 'beta', '-'] as const;
const contents = ['alpha 2', 'beta 2', 'alpha 6', 'unreadable', 'other format'] as const;

function product(): Parts[] {
  const rows: Parts[] = keys.flatMap((key) =>
    names.flatMap((name) => contents.map((content) => ({ ...usual, key, name, content }))),
  );
  for (const version of ['2', '7', '-'] as const)
    for (const owner of ['own', 'both', '-', 'other'] as const)
      for (const type of ['own', 'Opaque'] as const)
        if (version !== '2' || owner !== 'own' || type !== 'own')
          rows.push({ key: 'alpha', name: 'alpha', version, owner, type, content: 'alpha 2' });
  for (const owner of ['both', '-', 'other'] as const)
    rows.push({ ...usual, key: 'beta', name: 'alpha', owner, content: 'alpha 2' });
  return rows;
}

/** 71 rows, each once for every Helm. */
export const table: readonly Parts[] = product();

export function titleOf({ key, name, version, owner, type, content }: Parts): string {
  return `key ${key}, name ${name}, version ${version}, owner ${owner}, type ${type}, content ${content}`;
}

/** What is right, whichever Helm wrote it. */
export interface Right {
  readonly readable: boolean;
  /** Every release that it names. */
  readonly names: readonly string[];
  /** Whether it may be renamed, converted or deleted. */
  readonly whole: boolean;
}

export function rightOf({ key, name, owner, content }: Parts): Right {
  const readable = content !== 'unreadable' && content !== 'other format';
  const told = readable ? content.slice(0, -2) : undefined;
  const named = [name, key].filter((one) => one === 'alpha' || one === 'beta');
  const all = [...new Set([...named, ...(told ? [told] : [])])].sort();
  // A key that no Helm gives says no revision either.
  const sameRevision = key === 'odd' || content !== 'alpha 6';
  return {
    readable,
    names: all,
    whole: all.length === 1 && key !== 'odd' && owner !== 'other' && sameRevision,
  };
}

/** What alpha, beta and the odd key are called, where several rows are in one store. */
export function called(name: string, mark: string): string {
  return mark === '' ? name : `${name}-${mark}`;
}

/** The record that a row describes, in a store that has `alpha` and `beta`, a revision of each. */
export function recordFor(parts: Parts, helm: HelmVersion, mark = ''): ReleaseRecord {
  const old = helm === 2;
  const kind = old ? 'ConfigMap' : 'Secret';
  const whole = sketchRecord({ helm, name: called('alpha', mark), revision: 2 });
  const [name = '', revision] = parts.content.split(' ');
  const told = { name: called(name, mark), revision: Number(revision) };
  const payloads = {
    'alpha 2': () => encodePayload(old ? 'helm2' : 'helm3', sketchRelease({ helm, ...told })),
    'beta 2': () => encodePayload(old ? 'helm2' : 'helm3', sketchRelease({ helm, ...told })),
    'alpha 6': () => encodePayload(old ? 'helm2' : 'helm3', sketchRelease({ helm, ...told })),
    unreadable: () => Buffer.from(`helm-test ${mark}`).toString('base64'),
    'other format': () =>
      encodePayload(
        old ? 'helm3' : 'helm2',
        sketchRelease({ helm: old ? 3 : 2, name: called('alpha', mark), revision: 2 }),
      ),
  };
  const [owner, others, nameLabel, version, status] = old
    ? (['OWNER', 'owner', 'NAME', 'VERSION', 'STATUS'] as const)
    : (['owner', 'OWNER', 'name', 'version', 'status'] as const);
  const own = old ? 'TILLER' : 'helm';
  const prefix = old ? '' : 'sh.helm.release.v1.';
  return {
    ...whole,
    kind,
    key: parts.key === 'odd' ? called('odd', mark) : `${prefix}${called(parts.key, mark)}.v2`,
    labels: {
      [status]: old ? 'DEPLOYED' : 'deployed',
      ...(parts.owner === 'own' || parts.owner === 'both' ? { [owner]: own } : {}),
      ...(parts.owner === 'other' ? { [owner]: 'someone' } : {}),
      ...(parts.owner === 'both' ? { [others]: old ? 'helm' : 'TILLER' } : {}),
      ...(parts.name === '-' ? {} : { [nameLabel]: called(parts.name, mark) }),
      ...(parts.version === '-' ? {} : { [version]: parts.version }),
    },
    ...(old ? {} : { type: parts.type === 'own' ? 'helm.sh/release.v1' : 'Opaque' }),
    payload: payloads[parts.content](),
  };
}

/** The sound ones beside it. */
export function neighbours(helm: HelmVersion, mark = ''): ReleaseRecord[] {
  return ['alpha', 'beta'].map((name) =>
    sketchRecord({ helm, name: called(name, mark), revision: 1 }),
  );
}

/** The table of docs/whose-record.md. */
export function tableText(): string {
  const lines = table.map((parts) => {
    const { key, name, version, owner, type, content } = parts;
    const { names: all, whole, readable } = rightOf(parts);
    const of = all.length > 0 ? all.join(', ') : 'none';
    const shown = readable ? content : 'unreadable';
    const cells = [key, name, version, owner, type, content, of, shown, whole ? 'goes' : 'refused'];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| key | name label | version label | owner label | type | content | it is of | shown as | rename, convert, delete |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
    '',
  ].join('\n');
}
