/**
 * What a person should know of the live objects of a release that gets another name or namespace: pure.
 * Helm finds a release's objects by what its newest manifest says and, where that names no namespace,
 * in the release's; what a newly rendered manifest lacks it deletes: pkg/action/upgrade.go and
 * pkg/kube/client.go, `Update`.
 */
import { printable } from '../../errors.ts';
import { objectTitle } from '../../objects/manifest.ts';
import type { Owner3 } from '../../objects/ownership.ts';
import type { Claim, ReleaseClaims } from '../adopt/claims.ts';
import type { Namesakes } from '../conflicts/nameInCluster.ts';
import type { Finding } from '../plan.ts';
import { grouped, listed } from '../preflight/check.ts';
import { holdsText, immutablePlaces } from '../preflight/immutable.ts';
import type { ChartWords } from './chartUsage.ts';
import type { ObjectOptions } from './objectOptions.ts';

/** A release's objects before it moves. */
export interface Moved extends ReleaseClaims {
  readonly was: Owner3;
  /** The namespace in which those live that stay behind. */
  readonly before: string;
  /** Those that live in the old namespace, where the release won't find them. */
  readonly staying: readonly Claim[];
  /** Those of them that have one of their name in the new namespace. */
  readonly twins: readonly Claim[];
  /** Those that have the new name's marks although the release was never there. */
  readonly taken: readonly Claim[];
  /** Those that live where the release finds them from now on. */
  readonly living: readonly Claim[];
  /** The release stays under its old name too, in the cluster where its objects live. */
  readonly doubled: boolean;
  readonly chart: ChartWords;
}

/** @param namesakes where other releases of the new name are, in the words of `findNamesakes` */
export function objectFindings(
  moved: Moved,
  namesakes: Namesakes | undefined,
  options: ObjectOptions,
): Finding[] {
  return [
    ...namesakeFinding(moved, namesakes, options),
    ...takenFinding(moved, options),
    ...doubledFinding(moved, options),
    ...stayingFinding(moved, options),
    ...templatedFinding(moved, options),
    ...namedFinding(moved),
    ...selectedFinding(moved),
    ...explicitFinding(moved),
  ];
}

/** Helm knows a release's objects by its name and namespace alone, whichever driver keeps its records. */
function namesakeFinding(
  { owner }: Moved,
  namesakes: Namesakes | undefined,
  { adopt }: ObjectOptions,
): Finding[] {
  if (!namesakes) return [];
  const { places, unseen } = namesakes;
  const unknown = unseen.map(
    (what): Finding => ({
      severity: 'change',
      message: `whether there is another release ${shown(owner)} isn't known: no permission to list ${what}`,
    }),
  );
  if (places.length === 0) return unknown;
  const message = `another release ${shown(owner)} is in ${listed(places)}: helm can't tell whose objects are whose`;
  const fix = '--to-name NAME; or --no-adopt moves its records alone';
  return [
    adopt === undefined
      ? { severity: 'refusal', message, fix }
      : { severity: 'loss' as const, message },
    ...unknown,
  ];
}

/**
 * A release that has the old name too, with another driver: Helm's marks say that the objects are its own as well,
 * until they say another name, and then its next upgrade is refused.
 */
export function namesakesBefore(
  { was, living }: Moved,
  namesakes: Namesakes | undefined,
  { adopt }: ObjectOptions,
): Finding[] {
  if (!namesakes) return [];
  const unknown = namesakes.unseen.map(
    (what): Finding => ({
      severity: 'note',
      message: `whether there is another release ${shown(was)} isn't known: no permission to list ${what}`,
    }),
  );
  if (namesakes.places.length === 0) return unknown;
  const message = `a release ${shown(was)} is in ${listed(namesakes.places)}, too: ${titles(living)} would be taken from it`;
  const fix =
    '--no-adopt moves its records alone; --adopt takes its objects all the same; or delete those records first, where they are a copy';
  return [
    adopt === undefined
      ? { severity: 'refusal', message, fix }
      : { severity: 'loss' as const, message },
    ...unknown,
  ];
}

/** Somebody else's, by their marks: helm uninstall of either release would delete them. */
function takenFinding({ taken, owner, release }: Moved, { adopt }: ObjectOptions): Finding[] {
  if (taken.length === 0 || release.owner === 'tiller') return [];
  const are = taken.length === 1 ? 'is' : 'are';
  const message = `${titles(taken)} ${are} marked as ${shown(owner)}'s already, which isn't this release yet: helm uninstall would delete what may be another's`;
  const fix = '--to-name NAME; or --adopt takes what is marked so as its own';
  if (adopt !== undefined) return [{ severity: 'loss', message }];
  return [{ severity: 'refusal', message, fix }];
}

/** Two releases with the same objects: the worst of all, for either uninstalls the other's. */
function doubledFinding(
  { living, was, owner, doubled }: Moved,
  { adopt }: ObjectOptions,
): Finding[] {
  if (!doubled || living.length === 0) return [];
  const releases = `${shown(was)} and ${shown(owner)}`;
  const message = `${titles(living)} would be ${releases}'s, both: helm uninstall of either deletes ${living.length === 1 ? 'it' : 'them'}`;
  if (adopt !== undefined) return [{ severity: 'loss', message }];
  const fix = 'relocate --delete-source moves the release; --no-adopt copies its records alone';
  return [{ severity: 'refusal', message, fix }];
}

function stayingFinding(
  { staying, twins, before, owner }: Moved,
  { leave }: ObjectOptions,
): Finding[] {
  const [from, to] = [name(before), name(owner.namespace)];
  const alone = staying.filter((claim) => !twins.includes(claim));
  const stays = (claims: readonly Claim[]) =>
    claims.length === 1
      ? "has its release's namespace and stays behind"
      : "have their release's namespace and stay behind";
  const copied = `the next helm upgrade would create a second copy in ${to}`;
  const taken = `${to} has ${twins.length === 1 ? 'one of its name' : 'others of their names'}, which the next helm upgrade would change instead`;
  const messages = [
    ...(alone.length > 0 ? [`${titles(alone)} ${stays(alone)} in ${from}: ${copied}`] : []),
    ...(twins.length > 0 ? [`${titles(twins)} ${stays(twins)} in ${from}: ${taken}`] : []),
  ];
  return messages.map((message) => secondCopy(message, leave));
}

function templatedFinding(moved: Moved, { leave }: ObjectOptions): Finding[] {
  const there = templated(moved);
  if (there.length === 0) return [];
  const [names, it] = there.length === 1 ? ['names', 'the old one'] : ['name', 'the old ones'];
  const { was, owner } = moved;
  const message = `${titles(there)} ${names} ${name(was.namespace)}, which the chart takes from the release: the next helm upgrade would create a second copy in ${name(owner.namespace)} and delete ${it}`;
  return [secondCopy(message, leave)];
}

function secondCopy(message: string, leave: boolean): Finding {
  if (leave) return { severity: 'loss', message };
  return { severity: 'refusal', message, fix: '--leave-objects moves the release all the same' };
}

/** They name the very namespace that the release leaves, and the chart knows that by the release. */
function templated({
  living,
  was,
  owner,
  chart,
}: Pick<Moved, 'living' | 'was' | 'owner' | 'chart'>) {
  if (was.namespace === owner.namespace || !chart.releaseNamespace) return [];
  return living.filter(({ object }) => object.namespace === was.namespace);
}

/** Under another name, a chart that makes names from it renders other objects. */
function namedFinding({ living, staying, was, owner, chart }: Moved): Finding[] {
  if (was.name === owner.name || !chart.releaseName) return [];
  const named = [...living, ...staying].filter(({ object }) => carries(object.name, was.name));
  if (named.length === 0) return [];
  const has =
    named.length === 1 ? "has the release's name in its own" : "have the release's name in theirs";
  const message = `${titles(named)} ${has}: where the chart makes it from that, the next helm upgrade creates others under the new name and deletes what there is`;
  const fix = chart.fullnameOverride
    ? 'helm upgrade with --set fullnameOverride=NAME keeps the names they have'
    : 'keep the names they have in the values of the next helm upgrade';
  return [{ severity: 'loss', message, fix }];
}

/** `app.kubernetes.io/instance: {{ .Release.Name }}` stands in most selectors, for good. */
function selectedFinding({ living, staying, was, owner, chart }: Moved): Finding[] {
  if (was.name === owner.name || !chart.releaseName) return [];
  const places = [...living, ...staying].flatMap((claim) => {
    const [first] = immutablePlaces(claim.object, (value) => holdsText(value, was.name));
    return first ? [{ claim, place: first.place }] : [];
  });
  return [...grouped(places, ({ place }) => place)].map(
    ([place, group]): Finding => ({
      severity: 'loss',
      message: `the release's name is in ${place} of ${titles(group.map(({ claim }) => claim))}, which can't be changed: where the chart makes it from that, the next helm upgrade fails`,
      fix: 'keep the value in the chart, or delete the object right before the upgrade creates it anew',
    }),
  );
}

function carries(text: string, word: string): boolean {
  return `-${text.replaceAll('.', '-')}-`.includes(`-${word.replaceAll('.', '-')}-`);
}

/** Good to know: what the release's namespace has no say in. */
function explicitFinding(moved: Moved): Finding[] {
  if (moved.was.namespace === moved.owner.namespace) return [];
  const said = new Set(templated(moved));
  const explicit = moved.claims.filter(
    (claim) => claim.object.namespace !== undefined && !said.has(claim),
  );
  if (explicit.length === 0) return [];
  const what = explicit.length === 1 ? 'names its namespace' : 'name their namespace';
  const message = `${titles(explicit)} ${what} in the manifest, and nothing changes there`;
  return [{ severity: 'note', message }];
}

function titles(claims: readonly Claim[]): string {
  return listed(claims.map(({ object }) => objectTitle(object)));
}

function shown({ name: release, namespace }: Owner3): string {
  return `${name(release)} (${name(namespace)})`;
}

function name(text: string): string {
  return printable(text, 63);
}
