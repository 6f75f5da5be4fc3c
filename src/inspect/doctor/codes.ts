/**
 * What `doctor` knows: one row for each code. A code never changes its meaning; docs/doctor.md shows this table, and
 * its test measures with real helms what they say.
 */

export const severities = ['error', 'warning', 'note'] as const;
/**
 * - `error`: the next helm command fails, or helm doesn't see what is there;
 * - `warning`: a rollback, an uninstall or a later upgrade may fail, or something stays behind;
 * - `note`: good to know.
 */
export type Severity = (typeof severities)[number];

/**
 * - `plain`: the metadata of every record, and the bodies of those that aren't superseded and of the newest;
 * - `deep`: every body, and records that no list of helm's shows;
 * - `live`: the objects of the revisions that helm goes on from.
 */
export type Level = 'plain' | 'deep' | 'live';

/** What helm 3.22 and 4.3 answer, as far as their words are always the same; '' where one does what it should. */
export interface HelmSays {
  /** After `helm`, with NAME and CHART. */
  readonly run: string;
  readonly helm3: string;
  readonly helm4: string;
  /** It only warns, and ends with 0. */
  readonly warns?: true;
}

export interface CodeRow {
  readonly level: Level;
  readonly severity: Severity;
  /** What it means for the release: a sentence. */
  readonly means: string;
  /** Absent: helm says nothing. */
  readonly says?: HelmSays;
  /** What older helms do otherwise. */
  readonly older?: string;
  /**
   * Command lines to mend it, one after the other, with NAME, KIND, KEY, REVISION, TO, STATUS for what the finding
   * has. One that begins with `releases` is this program's; what begins with none of releases, helm and kubectl is
   * a sentence.
   */
  readonly mend: readonly string[];
}

const both = (run: string, words: string): HelmSays => ({ run, helm3: words, helm4: words });
const upgradeEnds = (words: string) => both('upgrade NAME CHART', words);
const inProgress = 'another operation (install/upgrade/rollback) is in progress';
const notSuperseded: HelmSays = {
  ...{ run: 'upgrade NAME CHART', helm3: '', helm4: 'failed to update release', warns: true },
};
/** Of a release that helm 4 applies server-side. */
const conflict = 'conflict occurred while applying object';
const removedToOldHelm =
  'helm 3.8: current release manifest contains removed kubernetes api(s); it uninstalls such a release all the same: the records go, and its objects stay';
const noneDeployed = '"NAME" has no deployed releases';

export const codes = {
  pending: {
    level: 'plain',
    severity: 'error',
    means:
      'Helm is at work on it, or was interrupted: it refuses every upgrade while the content of the newest revision says pending.',
    says: upgradeEnds(inProgress),
    mend: ['releases unlock NAME'],
  },
  uninstalling: {
    level: 'plain',
    severity: 'error',
    means: 'An uninstall has begun and has not ended.',
    says: upgradeEnds(noneDeployed),
    mend: ['releases unlock NAME', 'helm uninstall NAME'],
  },
  unknown: {
    level: 'plain',
    severity: 'error',
    means: 'The newest revision has a status with which no helm ends.',
    says: upgradeEnds(noneDeployed),
    mend: ['releases unlock NAME'],
  },
  'unreadable-newest': {
    level: 'plain',
    severity: 'error',
    means:
      'Helm passes over what it can not read, goes on from the revision before, and fails to write the next one: the number is taken. Keep the record, then take it away; a backup has it whole.',
    says: upgradeEnds('release: already exists'),
    mend: ['kubectl get KIND KEY -o yaml > KEY.yaml', 'kubectl delete KIND KEY'],
  },
  'two-names': {
    level: 'plain',
    severity: 'error',
    means:
      'One record names several releases: helm finds it by its label, believes its content, and writes to the key of that. docs/whose-record.md has the rule.',
    mend: ['releases history NAME', 'Label it as its content says, or take it away, by hand.'],
  },
  'owner-label-missing': {
    level: 'deep',
    severity: 'error',
    means:
      'Helm looks for records that are labelled owner=helm, and does not see this one; the number of its revision is taken all the same.',
    says: upgradeEnds('release: already exists'),
    mend: [
      'kubectl label KIND KEY owner=helm name=NAME status=STATUS version=REVISION --overwrite',
    ],
  },
  'api-removed': {
    level: 'live',
    severity: 'error',
    means:
      'This server no longer serves an API version that the manifest has: helm can neither upgrade nor roll back nor uninstall. The chart has to change as well.',
    says: upgradeEnds('unable to build kubernetes objects from current release manifest'),
    older: removedToOldHelm,
    mend: ['helm mapkubeapis NAME'],
  },
  'kind-unserved': {
    level: 'live',
    severity: 'error',
    means:
      'The server has no such kind: what brings it, such as its CustomResourceDefinition, is missing or has another version.',
    says: upgradeEnds('unable to build kubernetes objects from current release manifest'),
    older: removedToOldHelm,
    mend: ['Install what serves it first; or take the object out of the record and of the chart.'],
  },
  'release-v2': {
    level: 'plain',
    severity: 'warning',
    means: 'A Helm that is newer than this program has written it, and older helms may not see it.',
    mend: ['Ask a newer version of this program.'],
  },
  'key-mismatch': {
    level: 'plain',
    severity: 'warning',
    means:
      'Its key and its content say different revisions: helm reads the content and writes to the key of that, so that this record stays as it is for ever, deployed and never pruned.',
    says: notSuperseded,
    older: 'helm 3.8 says nothing, and 4.1 what 4.3 says',
    mend: [
      'releases history NAME',
      'Copy the record to the key that its content says, if that is free, and delete this one.',
    ],
  },
  'immutable-record': {
    level: 'plain',
    severity: 'warning',
    means:
      'Kubernetes lets nobody change it: an upgrade can not supersede it, and it stays deployed for ever. An upgrade, rollback or uninstall that has to end it fails.',
    says: notSuperseded,
    older: 'helm 3.8 says nothing, and 4.1 what 4.3 says',
    mend: [
      "kubectl get KIND KEY -o yaml | sed '/^immutable: true$/d' | kubectl replace --force -f -",
    ],
  },
  unreadable: {
    level: 'deep',
    severity: 'warning',
    means:
      'An older revision can not be read: helm never prunes it, can not go back to it, and after an uninstall it keeps its number from being installed again.',
    says: both('install NAME CHART, after an uninstall', 'release: already exists'),
    mend: ['releases prune NAME --unreadable'],
  },
  'several-deployed': {
    level: 'plain',
    severity: 'warning',
    means:
      'Helm goes on from the newest of them; the others stay deployed for ever, and are never pruned. A rollback to the newest supersedes them all.',
    mend: ['helm rollback NAME TO'],
  },
  'failed-rollback': {
    level: 'plain',
    severity: 'warning',
    means:
      'A rollback has failed, and superseded what was deployed before: an upgrade starts from the failed revision, and helm rollback needs a number.',
    mend: ['helm rollback NAME TO'],
  },
  'none-deployed': {
    level: 'plain',
    severity: 'warning',
    means:
      'No revision is deployed: an upgrade starts from the newest one, though what it has left in the cluster may be only a part.',
    mend: ['helm upgrade NAME CHART'],
  },
  'label-mismatch': {
    level: 'plain',
    severity: 'warning',
    means:
      'Its status label and its content differ: helm asks the label which revision is deployed, and the content whether one is pending.',
    mend: ['kubectl label KIND KEY status=STATUS --overwrite'],
  },
  'two-stores': {
    level: 'plain',
    severity: 'warning',
    means:
      'The release has records in several stores, of which a helm sees only one. The older ones can be set aside.',
    mend: ['releases history NAME', 'relocate --delete-source takes the others into a folder.'],
  },
  'being-deleted': {
    level: 'plain',
    severity: 'warning',
    means: 'The record is being deleted, and waits for whoever put a finalizer on it.',
    mend: [
      'kubectl patch KIND KEY --type json -p \'[{"op":"remove","path":"/metadata/finalizers"}]\'',
    ],
  },
  finalizer: {
    level: 'plain',
    severity: 'warning',
    means:
      'A finalizer keeps the record from being deleted: a helm that prunes it leaves it there.',
    mend: [
      'kubectl patch KIND KEY --type json -p \'[{"op":"remove","path":"/metadata/finalizers"}]\'',
    ],
  },
  size: {
    level: 'plain',
    severity: 'warning',
    means:
      'A Secret and a ConfigMap hold 1 MiB at most: an upgrade whose record is larger fails, before anything is applied, or after all of it.',
    says: upgradeEnds('Too long: may not be more than 1048576 bytes'),
    mend: ['releases du NAME'],
  },
  'api-removed-in': {
    level: 'plain',
    severity: 'warning',
    means:
      'Kubernetes has taken an API version away that the manifest has: on a server without it, helm can neither upgrade nor roll back nor uninstall. The chart has to change as well.',
    says: upgradeEnds('unable to build kubernetes objects from current release manifest'),
    older: removedToOldHelm,
    mend: ['helm mapkubeapis NAME'],
  },
  'api-in-hook': {
    level: 'plain',
    severity: 'warning',
    means:
      'A hook has an API version that Kubernetes has taken away: on a server without it, what runs the hook fails.',
    mend: ['Upgrade to a chart whose hooks have the newer version; helm uninstall --no-hooks.'],
  },
  'ssa-latched': {
    level: 'plain',
    severity: 'warning',
    means:
      'A failed upgrade was server-side and what is deployed was not: helm 4 stays server-side from then on, and may fail at the same conflicts.',
    says: { run: 'upgrade NAME CHART', ...{ helm3: '', helm4: conflict } },
    mend: ['helm upgrade NAME CHART --server-side=false'],
  },
  'open-credentials': {
    level: 'plain',
    severity: 'warning',
    means:
      'Values under names that tell a secret stand in a ConfigMap, which more people may read than Secrets.',
    mend: ['Set HELM_DRIVER=secret, and relocate --from configmap --to secret moves the records.'],
  },
  'object-missing': {
    level: 'live',
    severity: 'warning',
    means: 'What the release has made is gone, or was never made: the next upgrade makes it again.',
    mend: ['helm upgrade NAME CHART', 'releases tree NAME'],
  },
  'object-leaving': {
    level: 'live',
    severity: 'warning',
    means:
      'An object is being deleted, and waits for whoever put a finalizer on it: an upgrade changes it in vain.',
    mend: ['releases tree NAME', 'Have the controller of its finalizer end its work.'],
  },
  'foreign-marks': {
    level: 'live',
    severity: 'warning',
    means:
      "An object has the marks of another release. This one's next upgrade takes it over, or, server-side, conflicts with who wrote them; an uninstall of either deletes it, but for that of helm 4.3.",
    says: { run: 'upgrade NAME CHART', ...{ helm3: '', helm4: conflict } },
    mend: ['releases tree NAME', 'Take the object out of one of the two charts.'],
  },
  'shared-object': {
    level: 'live',
    severity: 'warning',
    means:
      'Several releases have one object in their manifests: an uninstall of one deletes it for all.',
    mend: ['Take the object out of all charts but one.'],
  },
  leftover: {
    level: 'live',
    severity: 'warning',
    means:
      'A revision that was interrupted or has failed has made an object that the deployed one lacks: no upgrade and no uninstall deletes it. While that revision is the newest, a rollback to the deployed one does; later, kubectl delete.',
    mend: ['helm rollback NAME TO'],
  },
  'our-marks': {
    level: 'live',
    severity: 'warning',
    means:
      "This program has marked objects and was stopped before it handed the marks over to the release's helm: another helm's --take-ownership would conflict with them.",
    mend: ['Run the same migration or move again: it goes on where it was stopped.'],
  },
  unread: {
    level: 'plain',
    severity: 'warning',
    means: 'What may not be read is not known to be healthy.',
    mend: ['releases rbac doctor'],
  },
  'marks-missing': {
    level: 'live',
    severity: 'note',
    means:
      "An object of the release lacks Helm's marks of ownership: the next upgrade puts them there again, and another release can't take it over.",
    mend: ['helm upgrade NAME CHART'],
  },
  failed: {
    level: 'plain',
    severity: 'note',
    means: 'The newest revision has failed; an upgrade starts from what is deployed.',
    mend: ['helm upgrade NAME CHART'],
  },
  uninstalled: {
    level: 'plain',
    severity: 'note',
    means: 'Its history was kept when it was uninstalled.',
    says: upgradeEnds(noneDeployed),
    older: 'helm 3.8 says the same to upgrade --install, which newer ones do',
    mend: ['releases prune NAME --uninstalled'],
  },
  'history-unbounded': {
    level: 'plain',
    severity: 'note',
    means: 'More revisions are kept than the 10 that helm keeps where nobody says otherwise.',
    mend: ['releases prune NAME --keep 10'],
  },
  gap: {
    level: 'plain',
    severity: 'note',
    means:
      'The revision before the newest is missing, to which a helm rollback without a number goes.',
    says: both('rollback NAME', 'release has no'),
    older: 'helm 3.8: release: not found',
    mend: ['helm rollback NAME TO'],
  },
  'label-version': {
    level: 'plain',
    severity: 'note',
    means: 'Its version label and its content differ. No helm reads that label, but scripts do.',
    mend: ['kubectl label KIND KEY version=REVISION --overwrite'],
  },
  'odd-key': {
    level: 'plain',
    severity: 'note',
    means: 'No helm gives a record such a name: it is found by its labels alone.',
    mend: ['releases history NAME'],
  },
  'two-helms': {
    level: 'deep',
    severity: 'note',
    means:
      'Helm 3 and Helm 4 have written it in turn: Helm 3 leaves out whether a revision was applied server-side, so that a rollback of helm 4 to it is client-side.',
    mend: ['Use one of the two.'],
  },
  'flux-managed': {
    level: 'plain',
    severity: 'note',
    means: 'A HelmRelease of Flux owns it, and may undo what others change: suspend it first.',
    mend: ['flux suspend helmrelease NAME, and resume afterwards.'],
  },
} as const satisfies { readonly [code: string]: CodeRow };

export type Code = keyof typeof codes;

export function rowOf(code: Code): CodeRow {
  return codes[code];
}
