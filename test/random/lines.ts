/** Command lines that people type, as data: what each asks for is the invariants' to say. */
import fc from 'fast-check';
import { names, simplest } from './world.ts';

export type Verb =
  | 'copy'
  | 'relocate'
  | 'migrate2to3'
  | 'cleanup'
  | 'unlock'
  | 'prune'
  | 'backup'
  | 'restore'
  | 'undo';

export interface LineSketch {
  readonly verb: Verb;
  /** A to B, or B to A. */
  readonly back: boolean;
  /** Indices of names; empty: `--all`. */
  readonly named: readonly number[];
  readonly deletes: boolean;
  /** `--to-name`, in the place that the release is in or in the other one. */
  readonly rename: boolean;
  readonly inPlace: boolean;
  readonly toNamespace: false | 'money' | 'bank';
  readonly revisions: 'all' | 'deployed' | 1 | 2;
  readonly overwrite: boolean;
  readonly table: boolean;
  readonly zip: boolean;
  readonly concurrency: 1 | 3;
}

export const line: fc.Arbitrary<LineSketch> = fc.record({
  verb: fc.oneof(
    simplest,
    { weight: 6, arbitrary: fc.constant('relocate' as const) },
    { weight: 2, arbitrary: fc.constant('migrate2to3' as const) },
    { weight: 3, arbitrary: fc.constantFrom('copy', 'cleanup', 'backup', 'restore', 'undo') },
  ),
  back: sometimes(3),
  named: fc.oneof(
    simplest,
    fc.constant<number[]>([]),
    fc.uniqueArray(fc.nat({ max: names.length - 1 }), { minLength: 1, maxLength: 2 }),
  ),
  deletes: fc.boolean(),
  rename: sometimes(5),
  inPlace: fc.boolean(),
  toNamespace: fc.oneof(
    simplest,
    { weight: 6, arbitrary: fc.constant(false as const) },
    fc.constantFrom('money' as const, 'bank' as const),
  ),
  revisions: fc.oneof(
    simplest,
    { weight: 7, arbitrary: fc.constant('all' as const) },
    fc.constantFrom<'deployed' | 1 | 2>('deployed', 1, 2),
  ),
  overwrite: sometimes(2),
  table: sometimes(4),
  zip: sometimes(4),
  concurrency: fc.constantFrom(1, 3),
});

function sometimes(others: number): fc.Arbitrary<boolean> {
  return fc.oneof(simplest, { weight: others, arbitrary: fc.constant(false) }, fc.constant(true));
}

/** A command line, and what of it the invariants go by. */
export interface Line {
  readonly verb: Verb;
  readonly argv: readonly string[];
  /** Paths. */
  readonly from: string;
  readonly to: string;
  /** Empty: every release. */
  readonly names: readonly string[];
  readonly deletes: boolean;
  readonly renames: { readonly name?: string; readonly namespace?: string } | undefined;
  readonly revisions: LineSketch['revisions'];
  readonly overwrite: readonly string[];
  readonly table: boolean;
}

/** @param number of the line in its sequence: its backup's name */
export function lineOf(sketch: LineSketch, number: number): Line {
  const { verb, back, deletes, concurrency, table, overwrite, zip } = sketch;
  const named = sketch.named.flatMap((index) => names[index] ?? []);
  const [from, to] = back ? ['B', 'A'] : ['A', 'B'];
  const common = ['--yes', '--concurrency', String(concurrency), ...(table ? [] : ['-o', 'json'])];
  const backup = zip ? `bk${number}.zip` : `bk${number}`;
  const base = {
    ...{ verb, from, to, names: named, deletes, renames: undefined, revisions: sketch.revisions },
    ...{ overwrite: [], table },
  };
  switch (verb) {
    case 'copy':
    case 'relocate': {
      const one = named.length === 1 && sketch.rename;
      const namespace = named.length === 1 ? sketch.toNamespace : false;
      const target = (one || namespace) && sketch.inPlace ? from : to;
      const deleting = verb === 'relocate' && deletes;
      return {
        ...{ ...base, to: target, deletes: deleting },
        renames:
          one || namespace
            ? { ...(one && { name: 'rc' }), ...(namespace && { namespace }) }
            : undefined,
        argv: [
          ...[verb, ...(named.length > 0 ? named : ['--all'])],
          ...['--from', `dir:${from}`, '--to', `dir:${target}`],
          ...(deleting
            ? ['--delete-source', '--backup', backup]
            : verb === 'relocate'
              ? ['--keep-source']
              : []),
          ...(one ? ['--to-name', 'rc'] : []),
          ...(namespace ? ['--to-namespace', namespace] : []),
          ...(sketch.revisions === 'all' ? [] : ['--revisions', String(sketch.revisions)]),
          ...common,
        ],
      };
    }
    case 'migrate2to3': {
      const most = typeof sketch.revisions === 'number' ? sketch.revisions : undefined;
      return {
        ...{ ...base, revisions: most ?? 'all' },
        argv: [
          ...['migrate2to3', ...(named.length > 0 ? named : ['--all'])],
          ...['--from', `dir:${from}`, '--to', `dir:${to}`],
          ...(deletes ? ['--delete-v2-releases', '--backup', backup] : []),
          ...(most ? ['--release-versions-max', String(most)] : []),
          ...(overwrite ? ['--mark-superseded', '--resolve-pending', 'failed'] : []),
          ...common,
        ],
      };
    }
    case 'cleanup':
      return {
        ...base,
        deletes: true,
        argv: [
          ...['cleanup', '--release-cleanup', '--from', `dir:${from}`, '--to', `dir:${to}`],
          ...named.flatMap((name) => ['--name', name]),
          ...['--backup', backup, ...common],
        ],
      };
    case 'unlock': {
      const name = named[0] ?? names[0];
      return {
        ...{ ...base, to: from, names: [name], deletes: false },
        argv: [
          ...['unlock', name, '--storage', `dir:${from}`, '--backup', backup],
          ...['--as', deletes ? 'deployed' : 'failed', '--older-than', '0s', '--yes'],
          ...(table ? [] : ['-o', 'json']),
        ],
      };
    }
    case 'prune': {
      const name = named[0] ?? names[0];
      const keep = typeof sketch.revisions === 'number' ? sketch.revisions : 3;
      return {
        ...{ ...base, to: from, names: [name], deletes: true },
        argv: [
          ...['prune', name, '-A', '--storage', `dir:${from}`, '--backup', backup],
          ...(sketch.inPlace ? ['--failed'] : ['--keep', String(keep)]),
          ...(overwrite ? ['--unreadable'] : []),
          ...common,
        ],
      };
    }
    case 'backup':
      return {
        ...{ ...base, to: zip ? 'kept' : 'kept.zip', deletes: false },
        argv: [
          ...['backup', ...(named.length > 0 ? named : ['--all'])],
          ...['--storage', `dir:${from}`, zip ? 'dir:kept' : 'kept.zip'],
          ...(overwrite && !zip ? ['--overwrite'] : []),
          // It never asks.
          ...common.slice(1),
        ],
      };
    case 'restore':
      return {
        ...{ ...base, from: zip ? 'kept' : 'kept.zip', deletes: false },
        overwrite: overwrite ? named : [],
        argv: [
          ...['restore', zip ? 'dir:kept' : 'kept.zip', ...named, '--to', `dir:${to}`],
          ...(overwrite ? named.flatMap((name) => ['--overwrite', name]) : []),
          ...['--backup', backup, ...common],
        ],
      };
    case 'undo':
      // What the run before has printed.
      return { ...base, deletes: false, argv: [] };
  }
}
