/**
 * Which changes have a scope, where they look, and what is refused where nobody said which: `stores/scope.ts` says
 * what that makes of a command line.
 */
import { isReleasesError, printable, ReleasesError } from '../../errors.ts';
import { type ReadSource, readSources } from '../../inspect/sources.ts';
import { countOf } from '../../output/plans/plan.ts';
import type { IO } from '../../output/terminal/io.ts';
import { namesOf, type RecordMeta } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import { addressTypes } from '../../storage/address.ts';
import type { Storage } from '../../storage/storage.ts';
import type { StorageArgs } from '../line/options.ts';
import { addressOf } from '../stores/connections.ts';
import type { Looking, Scope } from '../stores/scope.ts';
import { isHelm2, wantedOwner } from '../stores/stores.ts';
import { labelled, type SelectionArgs } from './selection.ts';

const scoped = ['relocate', 'copy', 'backup', 'prune'] as const;
/** Those that say with --from where they look; the others with --storage. */
const moves: ReadonlySet<string> = new Set(['relocate', 'copy']);
export type Scoped = (typeof scoped)[number];

/** Of Helm 2 alone, and of a file, everything is meant: migrate2to3, cleanup and restore have no scope but -n. */
export function isScoped(command: string): command is Scoped {
  return scoped.some((one) => one === command);
}

export interface PlaceArgs extends StorageArgs {
  readonly from?: string | undefined;
  readonly storage?: readonly string[] | undefined;
  readonly helm?: string | undefined;
}

/** @throws ReleasesError USAGE for what is no address */
export async function lookingOf(command: Scoped, args: PlaceArgs): Promise<Looking> {
  const isMove = moves.has(command);
  const given = isMove ? [args.from ?? []].flat() : (args.storage ?? []);
  return {
    addresses: await Promise.all(given.map(addressOf)),
    helm2: isMove ? isHelm2(args) : wantedOwner(args) === 'tiller',
  };
}

/**
 * `--all` once was all of all namespaces. Until 1.0, nobody's nightly backup shrinks in silence.
 * @param sources what is read of the context's own namespace: all that a look at the others takes
 * @param flag the one that says where to look, for helm, which keeps -n to itself: `--from`
 * @throws ReleasesError USAGE where other namespaces have releases, or can't be looked at
 */
export async function checkScopeSaid(
  { namespace: own, unsaid }: Scope,
  sources: readonly ReadSource[],
  args: Pick<SelectionArgs, 'selector'>,
  flag: string,
  { env }: Pick<IO, 'env'>,
): Promise<void> {
  if (own === undefined || !unsaid) return;
  // Tiller keeps those of every namespace in its own.
  const stores = sources.flatMap(({ storage, selection: { owner, namespace } }) =>
    owner !== 'tiller' && namespace === own ? storage : [],
  );
  const name = printable(own, 63);
  const labels = labelled(args);
  const others = await othersOf(own, stores, (record) => labels([record]));
  if (others !== 'unseen' && others.releases === 0) return;
  const more =
    others === 'unseen'
      ? "whether other namespaces have releases can't be seen: there is no permission to list them"
      : `-A takes ${countOf(others.releases, 'release')} more, of ${namespacesText(others.namespaces)}`;
  const isPlugin = env.HELM_PLUGIN_NAME !== undefined;
  const type = addressTypes[stores[0]?.kinds[0] ?? 'Secret'];
  const one = isPlugin ? `${flag} ${type}:${shellQuote(own)}` : `-n ${shellQuote(own)}`;
  throw new ReleasesError('USAGE', `which namespaces: ${name} alone, or all of them?`, {
    why: [
      isPlugin
        ? `helm called this with the context's own namespace, ${name}`
        : `neither -n nor -A was given, and ${name} is the context's own namespace`,
      more,
    ],
    hints: [`${one}  takes the releases of this namespace`, '-A  takes those of all namespaces'],
  });
}

/** More names than this make no line that anybody reads. */
const mostNamed = 5;

function namespacesText(names: ReadonlySet<string>): string {
  const sorted = [...names].sort().map((name) => printable(name, 63));
  const more = sorted.length - mostNamed;
  const shown = sorted.slice(0, mostNamed).join(', ');
  const are = sorted.length === 1 ? 'namespace' : 'namespaces';
  return `${are} ${shown}${more > 0 ? ` and ${more} more` : ''}`;
}

interface Others {
  readonly releases: number;
  readonly namespaces: ReadonlySet<string>;
}

async function othersOf(
  own: string,
  stores: readonly Storage[],
  isMeant: (record: RecordMeta) => boolean,
): Promise<Others | 'unseen'> {
  const releases = new Set<string>();
  const namespaces = new Set<string>();
  try {
    const sources = stores.map((storage) => ({ storage, selection: {}, optional: false }));
    await readSources(sources, async ({ storage }) => {
      for await (const page of storage.listMeta({ owner: 'helm' }))
        for (const record of page) {
          if (record.namespace === own || !isMeant(record)) continue;
          namespaces.add(record.namespace);
          for (const name of namesOf(record))
            releases.add(JSON.stringify([record.namespace, name]));
        }
    });
  } catch (error) {
    if (isReleasesError(error, 'FORBIDDEN')) return 'unseen';
    throw error;
  }
  return { releases: releases.size, namespaces };
}
