/**
 * Labels that somebody has put on a Helm 2 record. In Helm 3 they are the release's own labels, which it
 * keeps through upgrades (3.13 and later: `filterSystemLabels`, pkg/storage/driver/util.go). Annotations
 * have no such place: Helm drops them when it writes a record again (`Update` in secrets.go, cfgmaps.go).
 */
import { printable } from '../../errors.ts';
import { helm2Labels, helm3Labels, type RecordMeta, type ReleaseRecord } from '../../record.ts';
import type { Loss } from './losses.ts';

type Labels = RecordMeta['labels'];

export interface CustomLabels {
  /** They go with the record. */
  readonly carried: Labels;
  readonly losses: readonly Loss[];
}

/** kubectl's own note of what it applied last: it is of the old object alone. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * @param converted what the record becomes, with Helm's labels alone
 * @param unholdable why the target has no place for a record; undefined: it has
 */
export function customLabels(
  { labels, annotations = {} }: Pick<ReleaseRecord, 'labels' | 'annotations'>,
  converted: RecordMeta,
  unholdable: (record: RecordMeta) => string | undefined = () => undefined,
): CustomLabels {
  const carried: { [name: string]: string } = {};
  const [reserved, unheld]: [string[], string[]] = [[], []];
  const bare = unholdable(converted);
  for (const [name, value] of Object.entries(labels)) {
    if (helm2Labels.has(name)) continue;
    if (helm3Labels.has(name)) {
      if (converted.labels[name] !== value) reserved.push(name);
      continue;
    }
    // Where the record has no place with or without it, that is said of the record.
    const labelled = { ...converted, labels: { ...converted.labels, [name]: value } };
    if (bare === undefined && unholdable(labelled) !== undefined) unheld.push(name);
    else carried[name] = value;
  }
  const names = Object.keys(annotations).filter((name) => name !== lastApplied);
  const found = [
    lossOf('labels', reserved, 'labels are dropped, for Helm 3 uses their names itself'),
    lossOf('labels', unheld, 'labels are dropped, for the target has no place for them'),
    lossOf('annotations', names, 'annotations are dropped, for Helm 3 keeps none'),
  ];
  return { carried, losses: found.filter((loss) => loss !== undefined) };
}

function lossOf(field: string, names: readonly string[], what: string): Loss | undefined {
  if (names.length === 0) return undefined;
  const shown = [...names]
    .sort()
    .slice(0, 5)
    .map((name) => printable(name, 80));
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  const message = `${what}: ${shown.join(', ')}${more}`;
  return { severity: 'loss', field, message, count: names.length };
}
