/**
 * Addresses: `TYPE[:LOCATION]`, one way to name a store on the command line. To register a store,
 * add its row to `types` here and its opening to `open.ts`.
 */
import { ReleasesError, typed } from '../errors.ts';

export type AddressType = 'secret' | 'configmap' | 'dir';

export interface Address {
  readonly type: AddressType;
  /** A namespace or a path. Absent for a cluster store: each release's own namespace. */
  readonly location?: string;
}

interface TypeRow {
  readonly type: AddressType;
  readonly words: readonly string[];
  readonly form: string;
  readonly about: string;
  /** Its location is a namespace of the cluster, and may be left away. */
  readonly inCluster: boolean;
}

/** What help, errors and completion show. */
export const types: readonly TypeRow[] = [
  {
    type: 'secret',
    words: ['secret', 'secrets'],
    form: 'secret[:NAMESPACE]',
    about: 'Secrets on the cluster',
    inCluster: true,
  },
  {
    type: 'configmap',
    words: ['configmap', 'configmaps', 'cm'],
    form: 'configmap[:NAMESPACE]',
    about: 'ConfigMaps on the cluster',
    inCluster: true,
  },
  {
    type: 'dir',
    words: ['dir'],
    form: 'dir:PATH',
    about: 'a folder of manifests',
    inCluster: false,
  },
];

/** @throws ReleasesError USAGE */
export function parseAddress(text: string): Address {
  const colon = text.indexOf(':');
  const word = colon < 0 ? text : text.slice(0, colon);
  const location = colon < 0 ? undefined : text.slice(colon + 1);
  const row = types.find(({ words }) => words.includes(word));
  const shown = typed(text, 120);
  if (!row)
    throw new ReleasesError('USAGE', `${shown || 'an empty text'} is not a storage address`, {
      why: [`the forms are: ${types.map(({ form }) => form).join(', ')}`],
      hints: /[/\\.]/.test(word) ? [`dir:${shown}  if that is a folder`] : [],
    });
  if (location === '' || (location === undefined && !row.inCluster))
    throw new ReleasesError('USAGE', `the storage address ${shown} lacks what follows the colon`, {
      hints: [row.form],
    });
  if (location === undefined) return { type: row.type };
  if (row.inCluster && !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(location))
    throw new ReleasesError('USAGE', `${shown}: what follows the colon must be a namespace`, {
      hints: [row.form],
    });
  return { type: row.type, location };
}

/** Whether it names a place in the cluster, and its location a namespace. */
export function isInCluster({ type }: Address): boolean {
  return types.some((row) => row.type === type && row.inCluster);
}

export function formatAddress({ type, location }: Address): string {
  return location === undefined ? type : `${type}:${location}`;
}
