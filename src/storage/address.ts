/**
 * Addresses: `TYPE[:LOCATION]`, one way to name a store on the command line. To register a store,
 * add its row to `types` here and its opening to `open.ts`.
 */
import type { Environment } from '../environment.ts';
import { printable, ReleasesError, typed } from '../errors.ts';
import { isNamespaceName } from '../names.ts';
import type { RecordKind } from '../record.ts';
import { shellQuote } from '../shellQuote.ts';
import { isNamedZip } from './archive/zipName.ts';

export type AddressType = 'secret' | 'configmap' | 'sql' | 'dir' | 'file' | 'pipe';

export interface Address {
  readonly type: AddressType;
  /** A namespace or a path. Absent where each release's own namespace is meant, and for a pipe. */
  readonly location?: string;
}

interface TypeRow {
  readonly type: AddressType;
  readonly words: readonly string[];
  readonly form: string;
  readonly about: string;
  /** What follows the colon; a namespace may be left away. */
  readonly location: 'namespace' | 'path' | 'nothing';
}

/** What help, errors and completion show. */
export const types: readonly TypeRow[] = [
  {
    type: 'secret',
    words: ['secret', 'secrets'],
    form: 'secret[:NAMESPACE]',
    about: 'Secrets on the cluster',
    location: 'namespace',
  },
  {
    type: 'configmap',
    words: ['configmap', 'configmaps', 'cm'],
    form: 'configmap[:NAMESPACE]',
    about: 'ConfigMaps on the cluster',
    location: 'namespace',
  },
  {
    type: 'dir',
    words: ['dir'],
    form: 'dir:PATH',
    about: 'a folder of manifests',
    location: 'path',
  },
  {
    type: 'file',
    words: ['file'],
    form: 'file:PATH.zip',
    about: 'an archive of this program, in one file',
    location: 'path',
  },
  {
    type: 'sql',
    words: ['sql'],
    form: 'sql[:NAMESPACE]',
    about: "Helm's PostgreSQL tables; $HELM_DRIVER_SQL_CONNECTION_STRING says where",
    location: 'namespace',
  },
  {
    type: 'pipe',
    words: ['-'],
    form: '-',
    about: 'manifests from the standard input',
    location: 'nothing',
  },
];

/** @throws ReleasesError USAGE */
export function parseAddress(text: string): Address {
  const colon = text.indexOf(':');
  const word = colon < 0 ? text : text.slice(0, colon);
  const location = colon < 0 ? undefined : text.slice(colon + 1);
  const row = types.find(({ words }) => words.includes(word));
  const shown = typed(text, 120);
  // As for a backup: such a name can mean nothing else.
  if (!row && isNamedZip.test(text)) return { type: 'file', location: text };
  if (!row)
    throw new ReleasesError('USAGE', `${shown || 'an empty text'} is not a storage address`, {
      why: [`the forms are: ${types.map(({ form }) => form).join(', ')}`],
      hints: formsOf(shown, word),
    });
  if (location !== undefined && row.location === 'nothing')
    throw new ReleasesError('USAGE', `${shown}: nothing follows the -`, { hints: [row.form] });
  if (location === '' || (location === undefined && row.location === 'path'))
    throw new ReleasesError('USAGE', `the storage address ${shown} lacks what follows the colon`, {
      hints: [row.form],
    });
  if (location === undefined) return { type: row.type };
  if (row.location === 'namespace' && !isNamespaceName(location))
    throw new ReleasesError('USAGE', `${shown}: what follows the colon must be a namespace`, {
      hints: [row.form],
    });
  return { type: row.type, location };
}

/** What a path without its word was meant to be. */
function formsOf(shown: string, word: string): string[] {
  if (/\.zip$/i.test(shown)) return [`${shellQuote(`file:${shown}`)}  if that is an archive`];
  return /[/\\.]/.test(word) ? [`${shellQuote(`dir:${shown}`)}  if that is a folder`] : [];
}

/** Whether its location is a namespace, and without one each release's own. */
export function isNamespaced({ type }: Address): boolean {
  return types.some((row) => row.type === type && row.location === 'namespace');
}

export function formatAddress({ type, location }: Address): string {
  if (type === 'pipe') return '-';
  return location === undefined ? type : `${type}:${location}`;
}

/** A kind of record, as addresses and werf's options call it. */
export const addressTypes = { Secret: 'secret', ConfigMap: 'configmap', SQL: 'sql' } as const;

/** @param type as addresses and werf's options call it: `secret`, `configmap`, `sql` */
export function kindOf(type: string): RecordKind {
  return type === 'configmap' ? 'ConfigMap' : type === 'sql' ? 'SQL' : 'Secret';
}

/**
 * HELM_DRIVER's words: pkg/action/action.go, `Configuration.Init`.
 * @throws ReleasesError USAGE for the drivers whose records can't be read from here
 */
export function driverKind(env: Environment): RecordKind {
  const driver = env.HELM_DRIVER ?? '';
  if (['', 'secret', 'secrets'].includes(driver)) return 'Secret';
  if (['configmap', 'configmaps'].includes(driver)) return 'ConfigMap';
  if (driver === 'sql') return 'SQL';
  const known = driver === 'memory';
  const name = printable(driver, 40);
  throw new ReleasesError(
    'USAGE',
    known ? `HELM_DRIVER=${name} can't be read` : `HELM_DRIVER=${name} is no driver of Helm's`,
    {
      why: ['its drivers are secret, configmap and sql'],
      hints: ['--storage ADDRESS says where records are'],
    },
  );
}
