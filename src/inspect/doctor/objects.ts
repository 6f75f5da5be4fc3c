/** From what the cluster has of releases' objects to what is wrong with them: pure. */
import { printable } from '../../errors.ts';
import { groupOf } from '../../objects/discovery.ts';
import { type ManifestObject, objectTitle } from '../../objects/manifest.ts';
import { removedApi } from '../../objects/removedApis.ts';
import { type TreeObject, treeOf } from '../../objects/tree.ts';
import type { LiveObjects } from './body.ts';
import type { Code } from './codes.ts';
import { type Finding, foundIn } from './finding.ts';
import { type Cluster, livingObjects, strayObjects } from './live.ts';
import type { SurveyedRelease } from './survey.ts';

/** As many are named in a line. */
const named = 3;

export function examineObjects(releases: readonly SurveyedRelease[], cluster: Cluster): Finding[] {
  const patients = releases.map((release) => ({ release, objects: objectsOf(release, cluster) }));
  return [
    ...patients.flatMap(({ release, objects }) => examineOne(release, objects, cluster)),
    ...releases.flatMap((release) => leftovers(release, cluster)),
    ...shared(patients),
  ];
}

function objectsOf(release: SurveyedRelease, cluster: Cluster): readonly TreeObject[] {
  return seenOf(release, livingObjects(release), cluster);
}

function seenOf(
  { name, own: namespace }: SurveyedRelease,
  wanted: LiveObjects | undefined,
  { seen }: Cluster,
): readonly TreeObject[] {
  if (!wanted) return [];
  const objects = { objects: wanted.objects, hooks: [], unreadable: [] };
  return treeOf({ name, namespace }, objects, seen, wanted.own).objects;
}

/** What is there of upgrades and rollbacks that did not come to their end, and of no other revision. */
function leftovers(release: SurveyedRelease, cluster: Cluster): Finding[] {
  return strayObjects(release).flatMap((strays): Finding[] => {
    const left = seenOf(release, strays, cluster).filter(({ owner }) => owner === 'this release');
    if (left.length === 0) return [];
    const { by, status, deployed: to, isNewest } = strays;
    const [are, them] = left.length > 1 ? ['are', 'them'] : ['is', 'it'];
    const message = `${listed(left)} of revision ${by}, ${printable(status, 40)}, ${are} there; revision ${to} lacks ${them}`;
    const mend = isNewest ? {} : { mend: left.slice(0, deleted).flatMap(deletion(release)) };
    return [{ code: 'leftover', message, release: foundIn(release), revision: by, to, ...mend }];
  });
}

/** So many lines to delete what is left. */
const deleted = 10;

/** Only of what is called as Kubernetes calls things: nothing in it has to be quoted. */
function deletion({ namespace: at }: SurveyedRelease) {
  return ({ object: { apiVersion, kind, name }, namespace = at }: TreeObject): string[] => {
    const group = groupOf(apiVersion);
    const what = `${kind.toLowerCase()}${group === '' ? '' : `.${group}`} ${name}`;
    return /^[a-z0-9.]+ [a-z0-9.-]+$/.test(what) && namespace === at
      ? [`kubectl delete ${what}`]
      : [];
  };
}

function examineOne(
  release: SurveyedRelease,
  objects: readonly TreeObject[],
  { seen, serves }: Cluster,
): Finding[] {
  const find = (
    code: Code,
    is: (one: TreeObject) => boolean,
    words: (what: string, several: boolean) => string,
    more: Partial<Finding> = {},
  ): Finding[] => {
    const those = objects.filter(is);
    if (those.length === 0) return [];
    const message = words(listed(those), those.length > 1);
    return [{ code, message, release: foundIn(release), ...more }];
  };
  const isUnserved = ({ object }: TreeObject) => serves(object.apiVersion, object.kind) === false;
  const isRemoved = ({ object }: TreeObject) => removedApi(object) !== undefined;
  const owner = (one: TreeObject) => (typeof one.owner === 'object' ? one.owner : undefined);
  const foreign = [
    ...new Set(
      objects.flatMap((one) => {
        const other = owner(one);
        return other ? printable(`${other.namespace}/${other.name}`, 120) : [];
      }),
    ),
  ];
  const unknown = objects.filter(({ live }) => live === 'unknown');
  const unlooked = [...new Set(unknown.map(({ note }) => note))];
  return [
    ...objects
      .filter((one) => isUnserved(one) && isRemoved(one))
      .map(({ object }): Finding => {
        const api = removedApi(object);
        const next = api?.replacement ? `now ${api.replacement}` : 'nothing replaces it';
        const message = `the server does not serve ${versioned(object)}: ${next}`;
        return { code: 'api-removed', message, release: foundIn(release) };
      }),
    ...objects
      .filter((one) => isUnserved(one) && !isRemoved(one))
      .map(({ object }): Finding => {
        const message = `the server does not serve ${versioned(object)}`;
        return { code: 'kind-unserved', message, release: foundIn(release) };
      }),
    ...find(
      'object-missing',
      (one) => one.live === 'missing' && !isUnserved(one),
      (what, several) => `${what} ${several ? 'are' : 'is'} missing`,
    ),
    ...find(
      'object-leaving',
      ({ live }) => live === 'being deleted',
      (what, several) => `${what} ${several ? 'are' : 'is'} being deleted`,
    ),
    ...find(
      'foreign-marks',
      (one) => owner(one) !== undefined,
      (what, several) => `${what} ${several ? 'have' : 'has'} the marks of ${foreign.join(', ')}`,
    ),
    ...find(
      'marks-missing',
      (one) => one.owner === 'none',
      (what, several) => `${what} ${several ? 'lack' : 'lacks'} Helm's marks`,
    ),
    ...find(
      'our-marks',
      ({ object }) => seen.get(object)?.underOurName === true,
      (what, several) => `the marks of ${what} ${several ? 'are' : 'is'} under this program's name`,
    ),
    ...unlooked.flatMap((note) =>
      find(
        'unread',
        (one) => one.live === 'unknown' && one.note === note,
        (what) => `${note ?? 'nobody could look'}: ${what}`,
        { mend: ['releases rbac doctor --live'] },
      ),
    ),
  ];
}

function versioned({ apiVersion, kind, name }: ManifestObject): string {
  return printable(`${apiVersion} ${kind} ${name}`, 200);
}

/** `ConfigMap a, Secret b and 4 more` */
function listed(objects: readonly TreeObject[]): string {
  const shown = objects.slice(0, named).map(({ object }) => objectTitle(object));
  const more = objects.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** One object in the manifests of several releases: an uninstall of one deletes it for all. */
function shared(
  patients: readonly {
    readonly release: SurveyedRelease;
    readonly objects: readonly TreeObject[];
  }[],
): Finding[] {
  const holders = new Map<string, { release: SurveyedRelease; object: TreeObject }[]>();
  for (const { release, objects } of patients)
    for (const object of objects) {
      if (object.live === 'unserved') continue;
      const { apiVersion, kind, name } = object.object;
      const id = JSON.stringify([groupOf(apiVersion), kind, object.namespace ?? '', name]);
      const known = holders.get(id) ?? [];
      // The same release in another store is another finding.
      const isSame = known.some(
        (one) => one.release.name === release.name && one.release.home === release.home,
      );
      if (!isSame) holders.set(id, [...known, { release, object }]);
    }
  const byRelease = new Map<SurveyedRelease, { objects: TreeObject[]; others: Set<string> }>();
  for (const all of holders.values()) {
    const [first, ...others] = all;
    if (!first || others.length === 0) continue;
    const known = byRelease.get(first.release) ?? { objects: [], others: new Set() };
    known.objects.push(first.object);
    for (const { release } of others)
      known.others.add(printable(`${release.own}/${release.name}`, 120));
    byRelease.set(first.release, known);
  }
  return [...byRelease].map(([release, { objects, others }]): Finding => {
    const are = objects.length > 1 ? 'are' : 'is';
    const message = `${listed(objects)} ${are} in the manifest of ${[...others].join(', ')}, too`;
    return { code: 'shared-object', message, release: foundIn(release) };
  });
}
