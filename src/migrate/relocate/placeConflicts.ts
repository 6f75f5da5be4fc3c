/** Where a release's records come to lie, and who or what is in their way there: pure. */
import { deployedRevision, type Standing, standingByLabel } from '../../deployed.ts';
import { printable } from '../../errors.ts';
import { ownerOf, refId } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import type { MeetingWords } from '../conflicts/collisions.ts';
import { othersThere } from '../conflicts/nameInTarget.ts';
import { revisionRange } from '../helm2to3/checks.ts';
import type { Finding, ReleasePlan, Step } from '../plan.ts';
import type { Copy, MovingRelease } from './survey.ts';
import { type Continued, type RelocationTarget, sourceId } from './target.ts';

/** The flags by which one of two releases is chosen. */
export interface ApartWords {
  /** The one that takes a store's address, where there is one. */
  readonly address?: '--from' | '--storage';
  /** Whether `--kind` chooses among records of one folder or file. */
  readonly kind: boolean;
  /** What else helps. */
  readonly otherwise: string;
}

export const relocatesApart: ApartWords = {
  ...{ address: '--from', kind: true },
  otherwise: 'leave the storage namespace to each release',
};

/** What two releases are told whose records would be one release's. */
export function becomeOne(words: ApartWords): MeetingWords {
  return {
    message: 'its records would meet there with those of',
    fix: (release, met) => {
      const flag = flagFor(release, met, words);
      return flag ? `${flag} takes this one alone; or ${words.otherwise}` : words.otherwise;
    },
  };
}

function flagFor(
  release: ReleasePlan,
  met: readonly ReleasePlan[],
  { address, kind }: ApartWords,
): string | undefined {
  const [own] = release.sources;
  const others = met.flatMap(({ sources: [first] }) => first ?? []);
  if (!own || others.length < met.length) return undefined;
  if (release.namespace && met.every(({ namespace }) => namespace !== release.namespace))
    return `-n ${shellQuote(release.namespace)}`;
  const byKind = /^(secret|configmap|sql)(:|$)/.test(release.from);
  const type = own.kind.toLowerCase();
  const sameKind = others.some((other) => other.kind === own.kind);
  if (kind && !byKind && met.every(({ from }) => from === release.from))
    return sameKind ? undefined : `--kind ${type}`;
  if (!address) return undefined;
  if (!byKind) return `${address} ${printable(release.from)}`;
  return `${address} ${sameKind ? `${type}:${printable(own.namespace, 63)}` : type}`;
}

/** Where its records come to lie, and the release as a whole; what stays where it is meets nobody. */
export function placesOf(release: MovingRelease, target: RelocationTarget): Set<string> {
  const places = new Set<string>();
  for (const { source, record, as } of release.copies) {
    if (target.inPlace.has(sourceId(release.from, source))) continue;
    const { kind, namespace } = record;
    places.add(refId(record));
    if (release.unattributed) continue;
    places.add(JSON.stringify([release.owner, kind, namespace, as]));
  }
  return places;
}

/** Namespaces that can't take records. */
export function placeFindings(
  moving: readonly Copy[],
  target: RelocationTarget,
  { clusterFlags = '' }: { readonly clusterFlags?: string },
): Finding[] {
  const namespaces = new Set(moving.map(({ record }) => record.namespace));
  return [...namespaces].flatMap((namespace): Finding[] => {
    const why = target.closedNamespaces.get(namespace);
    if (why === undefined) return [];
    const name = printable(namespace, 63);
    return [
      {
        severity: 'refusal',
        message: `namespace ${name} ${why}`,
        ...(why === 'does not exist' && {
          fix: `kubectl create namespace ${shellQuote(namespace)}${clusterFlags}`,
        }),
      },
    ];
  });
}

/** Helm looks for records in the namespace that it is called with: it lists, but `-n` must say where. */
export function apartFinding(
  { namespace, owner }: MovingRelease,
  moving: readonly Copy[],
  target: RelocationTarget,
): Finding[] {
  const isHelms = owner === 'helm' && /^(secret|configmap|sql)(:|$)/.test(target.address);
  const ownOf = ({ rename }: Copy) => rename?.namespace || namespace;
  const first = moving.find((copy) => copy.record.namespace !== ownOf(copy));
  if (!isHelms || !first || first.source.namespace !== namespace) return [];
  const [now, before] = [first.record.namespace, ownOf(first) ?? ''];
  const message = `helm finds it with -n ${printable(now, 63)} from now on, and no more with -n ${printable(before, 63)}`;
  return [{ severity: 'change', message }];
}

/**
 * Where a record lies in another namespace than its content says. Helm finds it, and looks for its objects,
 * where it lies: see `objectNamespace.ts`. A store that keeps records beside their releases moves it.
 */
export function contentNamespace(
  { namespace, owner }: Pick<MovingRelease, 'namespace' | 'owner'>,
  moving: readonly Copy[],
): Finding[] {
  const isApart = ({ source, rename }: Copy) =>
    !rename && source.namespace !== '' && source.namespace !== namespace;
  const first = owner === 'helm' && namespace ? moving.find(isApart) : undefined;
  if (!first || !namespace) return [];
  const [lies, says, there] = [first.source.namespace, namespace, first.record.namespace].map(
    (one) => printable(one, 63),
  );
  const revisions = moving.filter(isApart).map(({ revision }) => revision);
  const message = `its record lies in namespace ${lies}, and its content says ${says}`;
  const looks = `helm looks for it, and for objects that name no namespace, in ${lies}`;
  return there === lies
    ? [{ severity: 'note', message: `${message}: ${looks}`, revisions }]
    : [
        {
          severity: 'change',
          message: `${message}: ${looks}, and from now on in ${there}`,
          revisions,
        },
      ];
}

/** Where a record stays that lies apart from its release, and that gets another namespace: where it lies. */
export function staysApart(
  { namespace, owner }: Pick<MovingRelease, 'namespace' | 'owner'>,
  moving: readonly Copy[],
): Finding[] {
  if (owner !== 'helm' || !namespace) return [];
  const apart = moving.flatMap(({ source, record, rename, revision }) => {
    const stays = record.namespace === source.namespace;
    if (!rename || rename.namespace === namespace || !stays) return [];
    const isBeside = [namespace, rename.namespace].includes(source.namespace);
    return isBeside ? [] : { revision, lies: source.namespace, next: rename.namespace };
  });
  const [first] = apart;
  if (!first) return [];
  const [lies, next] = [printable(first.lies, 63), printable(first.next, 63)];
  return [
    {
      severity: 'change',
      message: `its record lies apart from it, and stays in namespace ${lies}: helm finds it there alone`,
      fix: `--to-storage-namespace ${next} puts it beside its release`,
      revisions: apart.map(({ revision }) => revision),
    },
  ];
}

/** Who has the name there, and what helps. */
interface Met {
  readonly message: string;
  readonly fix: string;
}

/** Another release under the name that this one would have there, or a copy of this one, perhaps. */
export function strangers(
  moving: readonly Copy[],
  continued: Continued | undefined,
  target: RelocationTarget,
): Met | undefined {
  const others = othersThere(moving, target.present).map(({ revision }) => revision);
  if (others.length === 0) return undefined;
  const range = revisionRange(Math.min(...others), Math.max(...others));
  const isSame = ({ record }: Copy) =>
    ['equal', 'moved on', 'outdated'].includes(target.taken.get(refId(record))?.found.is ?? '');
  if (continued !== 'perhaps' && moving.some(isSame))
    return {
      message: `it has gone on there with ${range}, which stays above what is put back`,
      fix: 'without --overwrite, what is there stays as it is',
    };
  if (continued !== 'perhaps')
    return {
      message: `another release has this name there, with ${range}`,
      fix: '--to-name NAME',
    };
  return {
    message: `it is there with ${range}, and may have gone on there by itself`,
    fix: 'put its older revisions back into the source first (restore); or --to-name NAME',
  };
}

/**
 * A copy that was upgraded on its own, while its source was, too: beyond the newest revision that both have,
 * each has others. They would become one history that never was.
 */
export function divergence(
  { copies, lost }: Pick<MovingRelease, 'copies' | 'lost'>,
  created: readonly Step[],
  target: RelocationTarget,
): Met | undefined {
  const common = Math.max(
    ...copies.map(({ record, revision }) => (target.taken.has(refId(record)) ? revision : 0)),
  );
  const goingOn = created.filter(({ revision }) => revision > common);
  const own = new Set(lost.map(refId));
  const theirs = othersThere(copies, target.present).filter(
    ({ record, revision }) => revision > common && !own.has(refId(record)),
  );
  if (common === 0 || goingOn.length === 0 || theirs.length === 0) return undefined;
  const range = (steps: readonly { readonly revision: number }[]) =>
    revisionRange(
      Math.min(...steps.map(({ revision }) => revision)),
      Math.max(...steps.map(({ revision }) => revision)),
    );
  return {
    message: `after revision ${common} it went on there by itself, with ${range(theirs)}, and here with ${range(goingOn)}`,
    fix: '--to-name NAME',
  };
}

/** What a plan says of a release whose earlier revisions have moved there before it. */
export function goesOn(moving: readonly Copy[], target: RelocationTarget): Finding[] {
  const revisions = othersThere(moving, target.present).map(({ revision }) => revision);
  const range = revisionRange(Math.min(...revisions), Math.max(...revisions));
  return [{ severity: 'change', message: `goes on from ${range}, which moved there before` }];
}

/** Helm goes on from one of those that are deployed, and no upgrade ever touches the other. */
export function deployedBeside(
  created: readonly Step[],
  moving: readonly Copy[],
  target: RelocationTarget,
): Finding[] {
  const isNew = ({ revision }: Copy) => created.some((step) => step.revision === revision);
  const ours = moving.filter(isNew).map(({ standing }) => standing);
  const theirs = othersThere(moving, target.present).map(({ record, revision }) =>
    standingByLabel(ownerOf(record), record, revision),
  );
  const own = (standing: Standing) => standing;
  const [one, other] = [deployedRevision(ours, own), deployedRevision(theirs, own)];
  const goesOnFrom = deployedRevision([...ours, ...theirs], own)?.revision;
  if (one === undefined || other === undefined) return [];
  const message = `revision ${one.revision} is deployed, and revision ${other.revision} stays deployed there: helm goes on from ${goesOnFrom}`;
  return [{ severity: 'change', message }];
}
