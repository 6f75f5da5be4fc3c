/** The screen of `tree`: objects below their kinds, kinds below their namespaces. */
import { printable } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { ReleaseTree, TreeObject } from '../objects/tree.ts';
import { type Paint, type Palette, palette } from './terminal/colour.ts';
import { type IO, tableWidth } from './terminal/io.ts';
import { table } from './terminal/table.ts';
import { age } from './terminal/units.ts';

interface Line {
  readonly text: string;
  /** Absent for a branch. */
  readonly leaf?: TreeObject;
  readonly heading?: true;
}

export function printTree(tree: ReleaseTree, io: IO): void {
  const colours = palette(io.colour);
  const { objects, hooks, tests } = tree;
  const lines = [
    ...part('objects', objects),
    ...(hooks.length > 0 ? part('hooks', hooks) : []),
    ...(tests.length > 0 ? part('tests', tests) : []),
  ];
  io.stdout.write(
    table<Line>(
      [
        {
          header: 'OBJECT',
          cell: ({ text }) => text,
          paint: ({ heading }) => (heading ? colours.strong : colours.plain),
        },
        { header: 'LIVE', cell: ({ leaf }) => leaf?.live ?? '', paint: liveInk(colours) },
        {
          header: 'READY',
          cell: ({ leaf }) => printable(leaf?.ready ?? '', 40),
          folded: ({ leaf }) => (leaf?.ready ? `ready ${printable(leaf.ready, 40)}` : ''),
          paint: readyInk(colours),
        },
        {
          header: 'OWNED',
          cell: ({ leaf }) => (leaf ? ownerText(leaf) : ''),
          paint: ownerInk(colours),
        },
        {
          header: 'AGE',
          cell: ({ leaf }) => (leaf ? ageText(leaf) : ''),
          paint: () => colours.quiet,
        },
        { header: 'NOTE', wraps: 16, cell: ({ leaf }) => (leaf ? noteText(leaf) : '') },
      ],
      lines,
      { width: tableWidth(io.stdout) },
    ),
  );
}

/** A heading, and below it namespaces, kinds and names. */
function part(title: string, all: readonly TreeObject[]): Line[] {
  const heading: Line = { text: `${title}: ${all.length}`, heading: true };
  const byNamespace = grouped(all, ({ namespace }) =>
    namespace === undefined ? 'no namespace' : `namespace ${namespace}`,
  );
  const branches = byNamespace.map(([namespace, inside]) => {
    const kinds = grouped(inside, ({ object }) => object.kind).map(([kind, objects]) => ({
      text: kind,
      below: objects
        .map((leaf) => ({ text: leaf.object.name, leaf, below: [] }))
        .sort((a, b) => order(a.text, b.text)),
    }));
    return { text: namespace, below: kinds };
  });
  return [heading, ...drawn(branches, '')];
}

interface Branch {
  readonly text: string;
  readonly leaf?: TreeObject;
  readonly below: readonly Branch[];
}

function drawn(branches: readonly Branch[], indent: string): Line[] {
  return branches.flatMap(({ text, leaf, below }, at) => {
    const last = at === branches.length - 1;
    const line: Line = {
      text: `${indent}${last ? '└─ ' : '├─ '}${printable(text, 260)}`,
      ...(leaf ? { leaf } : {}),
    };
    return [line, ...drawn(below, `${indent}${last ? '   ' : '│  '}`)];
  });
}

function grouped(
  all: readonly TreeObject[],
  keyOf: (one: TreeObject) => string,
): [string, TreeObject[]][] {
  const groups = new Map<string, TreeObject[]>();
  for (const one of all) {
    const key = keyOf(one);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups].sort(([a], [b]) => order(a, b));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function liveInk(colours: Palette): (line: Line) => Paint {
  return ({ leaf }) => {
    if (leaf?.live === 'live') return colours.good;
    // Hooks are often deleted once they ran.
    if (leaf?.events && leaf.live === 'missing') return colours.quiet;
    if (leaf?.live === 'missing' || leaf?.live === 'unserved') return colours.bad;
    return colours.waiting;
  };
}

/** `2/3` is on its way, and so is a claim that is not bound. */
function readyInk(colours: Palette): (line: Line) => Paint {
  return ({ leaf }) => {
    const [is, of] = leaf?.ready?.split('/') ?? [];
    return is === of || is === 'Bound' ? colours.plain : colours.waiting;
  };
}

function ownerInk(colours: Palette): (line: Line) => Paint {
  return ({ leaf }) => {
    if (typeof leaf?.owner === 'object') return colours.bad;
    return leaf?.owner === 'none' ? colours.waiting : colours.plain;
  };
}

function ownerText({ owner }: TreeObject): string {
  if (owner === undefined) return '-';
  if (owner === 'this release') return 'yes';
  if (owner === 'none') return 'no';
  return printable(`by ${owner.name} (${owner.namespace})`, 120);
}

function ageText({ created }: TreeObject): string {
  return created === undefined ? '-' : age(created);
}

function noteText({ note, events }: TreeObject): string {
  return [...(events ? [printable(events.join(', '), 120)] : []), ...(note ? [note] : [])].join(
    '; ',
  );
}

/** For `-o json` and `-o yaml`. */
export function treeData({ objects, hooks, tests, unreadable }: ReleaseTree): JsonObject {
  return {
    objects: objects.map(objectData),
    hooks: hooks.map(objectData),
    tests: tests.map(objectData),
    ...(unreadable.length > 0 && {
      unreadable: unreadable.map(({ hook, document, unreadable }) => ({
        ...(hook === undefined ? {} : { hook }),
        ...{ document, unreadable },
      })),
    }),
  };
}

/** Every object, hooks and tests last. @param more members that each row has beside its own */
export function treeRows(
  { objects, hooks, tests }: ReleaseTree,
  more: JsonObject = {},
): JsonObject[] {
  return [...objects, ...hooks, ...tests].map((one) => ({ ...objectData(one), ...more }));
}

/** `deployment.apps/web`: what kubectl's -o name prints, and what it takes. */
export function objectNames({ objects, hooks, tests }: ReleaseTree): string {
  return [...objects, ...hooks, ...tests]
    .map(({ object: { apiVersion, kind, name } }) => {
      const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
      return `${printable(`${kind.toLowerCase()}${group}/${name}`, 500)}\n`;
    })
    .join('');
}

function objectData(one: TreeObject): JsonObject {
  const { object, namespace, live, owner, created, ready, note, events } = one;
  const { apiVersion, kind, name } = object;
  return {
    ...{ apiVersion, kind },
    ...(namespace === undefined ? {} : { namespace }),
    ...{ name, live },
    ...(owner === undefined
      ? {}
      : {
          owned: owner === 'this release',
          owner: typeof owner === 'object' ? { ...owner } : owner,
        }),
    ...(created === undefined ? {} : { created }),
    ...(ready === undefined ? {} : { ready }),
    ...(events ? { events: [...events] } : {}),
    ...(note === undefined ? {} : { note }),
  };
}
