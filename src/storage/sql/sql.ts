/**
 * Records in PostgreSQL, in the tables of Helm's own SQL driver: pkg/storage/driver/sql.go of Helm 3 and
 * 4, and Helm 2's. A row's namespace is its storage namespace; Helm 2's table has none.
 */
import { isReleasesError, printable, ReleasesError } from '../../errors.ts';
import {
  helm3KeyPrefix,
  helm3SecretType,
  type Owner,
  type ReadRecord,
  type RecordMeta,
  type RecordRef,
  type ReleaseRecord,
  recordPlace,
} from '../../record.ts';
import { matchesSelector } from '../labels.ts';
import type { Selection, Storage } from '../storage.ts';
import type { Database, Query, Row } from './connection.ts';
import { placeOf } from './place.ts';
import {
  customLabelsColumn,
  hasLabels,
  metaColumns,
  metaOf,
  type RowToWrite,
  recordOf,
  rowFor,
  rowVersionOf,
  unholdable,
} from './rows.ts';
import { findTables, makeTables, type TableOf, type Tables } from './schema.ts';

export interface SqlOptions {
  /** The one storage namespace to work in; absent: all of them. */
  readonly namespace?: string | undefined;
  /** Rows a page; absent: 250. */
  readonly pageSize?: number | undefined;
}

const tableOf = { helm: 'releases_v1', tiller: 'releases' } as const;

export function openSql(database: Database, options: SqlOptions = {}): Storage {
  const { pageSize = 250 } = options;
  let known: Promise<Tables> | undefined;
  const tables = (): Promise<Tables> => {
    known ??= findTables(database.query);
    return known;
  };

  async function* pages<T>(
    selection: Selection,
    withBody: boolean,
    read: (row: Row) => T,
  ): AsyncGenerator<readonly T[]> {
    const namespace = selection.namespace ?? options.namespace;
    if (options.namespace && namespace !== options.namespace) return;
    const there = await tables();
    const { labels } = selection;
    const isWanted = (row: Row) => !labels || matchesSelector(labels, metaOf(row).labels);
    for (const owner of ownersOf(selection)) {
      if (!there[owner === 'helm' ? 'helm3' : 'helm2']) continue;
      // Helm 2's rows are in no namespace.
      if (owner === 'tiller' && namespace) continue;
      const columns = columnsOf(owner, withBody, there);
      let [lastKey, lastNamespace] = ['', ''];
      for (;;) {
        const rows = await database.query(listQuery(owner, columns, pageSize, !labels), [
          ...[lastKey, namespace ?? null, namesIn(selection) ?? null, selection.notStatus ?? null],
          ...(owner === 'helm' ? [lastNamespace] : []),
        ]);
        const wanted = rows.filter(isWanted);
        if (wanted.length > 0) yield wanted.map(read);
        const last = rows.at(-1);
        if (!last || rows.length < pageSize) break;
        [lastKey, lastNamespace] = [String(last.key), String(last.namespace ?? '')];
      }
    }
  }

  function ownerOf(ref: RecordRef): Owner | undefined {
    if (ref.kind !== 'SQL') return undefined;
    if (options.namespace && ref.namespace !== options.namespace) return undefined;
    // A row of Helm 3's table may have any key; a Secret without a namespace has no row.
    if (ref.namespace !== '') return 'helm';
    return ref.key.startsWith(helm3KeyPrefix) ? undefined : 'tiller';
  }

  async function get(ref: RecordRef): Promise<ReadRecord | undefined> {
    const owner = ownerOf(ref);
    const there = await tables();
    if (!owner || !there[owner === 'helm' ? 'helm3' : 'helm2']) return undefined;
    const [row] = await database.query(
      `SELECT ${columnsOf(owner, true, there)} FROM ${tableOf[owner]} r WHERE ${keyIs(owner)}`,
      keyOf(owner, ref),
    );
    return row && recordOf(row);
  }

  function mustHold(ref: RecordRef): Owner {
    const owner = ownerOf(ref);
    if (owner) return owner;
    throw new ReleasesError('NOT_FOUND', `${printable(recordPlace(ref))} has no place in sql`);
  }

  async function makeRoom(needed: TableOf): Promise<void> {
    if ((await tables())[needed]) return;
    await makeTables(database, needed);
    known = undefined;
  }

  async function create(record: ReleaseRecord): Promise<void> {
    const owner = mustHold(record);
    const row = rowFor(record);
    const { name, revision, status, created, modified, custom } = row;
    await makeRoom(owner === 'tiller' ? 'helm2' : custom.length > 0 ? 'customLabels' : 'helm3');
    try {
      await database.transaction(async (query) => {
        if (owner === 'tiller') {
          await query(
            `INSERT INTO releases (key, body, name, version, status, owner, created_at, modified_at)
             VALUES ($1, $2, $3, $4, $5, 'TILLER', $6, $7)`,
            [record.key, record.payload, name, revision, status, created, modified],
          );
          return;
        }
        await query(
          `INSERT INTO releases_v1
             (key, type, body, name, namespace, version, status, owner, createdAt, modifiedAt)
           VALUES ($1, $2, $3, $4, $5, $6, $7, 'helm', $8, $9)`,
          [
            ...[record.key, helm3SecretType, record.payload, name, record.namespace],
            ...[revision, status, created, modified],
          ],
        );
        await takeLeftLabels(query, record);
        await addLabels(query, record, custom);
      });
    } catch (error) {
      if (!isReleasesError(error, 'EXISTS')) throw error;
      throw new ReleasesError('EXISTS', `${printable(recordPlace(record))} exists already`);
    }
  }

  /** One transaction: whoever looks sees the one row or the other, with its own labels. */
  async function replace(record: ReleaseRecord, over: RecordMeta): Promise<void> {
    const owner = mustHold(record);
    const { name, revision, status, created, modified, custom } = rowFor(record);
    if (custom.length > 0) await makeRoom('customLabels');
    const times =
      owner === 'helm' ? 'createdAt = $5, modifiedAt = $6' : 'created_at = $5, modified_at = $6';
    const key = keyOf(owner, over);
    await database.transaction(async (query) => {
      await mustChange(
        await query(
          `UPDATE ${tableOf[owner]} r SET body = $1, name = $2, version = $3, status = $4, ${times}
           WHERE ${keyIs(owner, 7)} AND ${isAsRead(7 + key.length)} RETURNING r.key`,
          [record.payload, name, revision, status, created, modified, ...key, readAs(over)],
        ),
        ...([query, owner, over] as const),
      );
      if (owner === 'tiller') return;
      await takeLabels(query, over);
      await addLabels(query, record, custom);
    });
  }

  /** @throws ReleasesError NOT_FOUND, CONFLICT where no row was changed, because it isn't the one that was read */
  async function mustChange(
    changed: readonly Row[],
    query: Database['query'],
    owner: Owner,
    record: RecordMeta,
  ): Promise<void> {
    if (changed.length > 0) return;
    const name = printable(recordPlace(record));
    const left = await query(
      `SELECT FROM ${tableOf[owner]} r WHERE ${keyIs(owner)}`,
      keyOf(owner, record),
    );
    if (left.length > 0) throw new ReleasesError('CONFLICT', `${name} was changed in the meantime`);
    throw new ReleasesError('NOT_FOUND', `there is no ${name}`);
  }

  async function remove(record: RecordMeta): Promise<void> {
    const owner = mustHold(record);
    await database
      .transaction(async (query) => {
        const key = keyOf(owner, record);
        await mustChange(
          await query(
            `DELETE FROM ${tableOf[owner]} r WHERE ${keyIs(owner)} AND ${isAsRead(key.length + 1)}
             RETURNING r.key`,
            [...key, readAs(record)],
          ),
          ...([query, owner, record] as const),
        );
        if (owner === 'helm') await takeLabels(query, record);
      })
      .catch(async (error: unknown) => {
        // The reply to the commit may be all that was lost.
        if (!isReleasesError(error, 'UNREACHABLE') || (await get(record).catch(() => true)))
          throw error;
      });
  }

  /**
   * Labels of a row that is gone: whoever deleted it by hand has left them, and Helm would read them as the new
   * one's. Who may not delete needs to only where there are some.
   */
  async function takeLeftLabels(query: Query, record: RecordRef): Promise<void> {
    if (!(await tables()).customLabels) return;
    const left = await query(
      'SELECT FROM custom_labels_v1 WHERE releaseKey = $1 AND releaseNamespace = $2 LIMIT 1',
      [record.key, record.namespace],
    );
    if (left.length > 0) await removeLabels(query, record);
  }

  /**
   * In the transaction that changes the row, so that both change or neither does.
   * @throws ReleasesError CONFLICT where they are others than those that were read
   */
  async function takeLabels(query: Query, record: RecordMeta): Promise<void> {
    // A Helm that knows labels may have made their table since the tables were looked for.
    const there = (await tables()).customLabels || (await findTables(query)).customLabels;
    const removed = there ? await removeLabels(query, record) : [];
    if (hasLabels(record, removed)) return;
    throw new ReleasesError(
      'CONFLICT',
      `the labels of ${printable(recordPlace(record))} were changed in the meantime`,
    );
  }

  async function partly(): Promise<string | undefined> {
    const { partly } = await tables();
    return partly.length === 0 ? undefined : `shows this user only a part (${rowSecurity(partly)})`;
  }

  return {
    address: options.namespace ? `sql:${options.namespace}` : 'sql',
    kinds: ['SQL'],
    capabilities: {
      durable: true,
      preconditions: true,
      metadataOnly: true,
      selects: true,
      inCluster: false,
      annotations: false,
      maxRecordBytes: undefined,
    },
    database: placeOf(database),
    partly,
    async undeletable() {
      const [part, { kept }] = [await partly(), await tables()];
      if (part !== undefined) return part;
      // A replica, or what the server or the connection string says.
      const [row] = await database.query("SELECT current_setting('transaction_read_only') AS only");
      if (row?.only === 'on') return 'is read-only';
      if (kept.length === 0) return undefined;
      return `lets this user delete nothing, or not all (${rowSecurity(kept)})`;
    },
    list: (selection) => pages(selection, true, recordOf),
    listMeta: (selection) => pages(selection, false, metaOf),
    get,
    create,
    replace,
    delete: remove,
    unholdable,
  };
}

function rowSecurity(tables: readonly string[]): string {
  return `row-level security of ${tables.join(', ')}`;
}

/** Labels instead of an owner are a matter of Helm 2's records alone. */
function ownersOf({ labels, owner }: Selection): readonly Owner[] {
  if (labels) return ['tiller'];
  return owner ? [owner] : ['helm', 'tiller'];
}

function columnsOf(owner: Owner, withBody: boolean, { customLabels }: Tables): string {
  const custom = owner === 'helm' && customLabels ? [customLabelsColumn] : [];
  return [metaColumns[owner], ...custom, ...(withBody ? ['r.body'] : [])].join(', ');
}

/** @returns undefined for all */
function namesIn({ name, names }: Selection): readonly string[] | undefined {
  if (name === undefined) return names;
  return names && !names.includes(name) ? [] : [name];
}

/** The page after the row that was last, in the order of the primary key. */
function listQuery(owner: Owner, columns: string, limit: number, byOwner: boolean): string {
  const helm = owner === 'helm';
  return `SELECT ${columns} FROM ${tableOf[owner]} r
    WHERE ${helm ? '(r.key, r.namespace) > ($1, $5)' : 'r.key > $1'}
    AND ($2::text IS NULL OR ${helm ? 'r.namespace = $2' : 'false'})
    AND ($3::text[] IS NULL OR r.name = ANY($3)) AND ($4::text IS NULL OR r.status <> $4)
    ${byOwner ? `AND r.owner = ${helm ? "'helm'" : "'TILLER'"}` : ''}
    ORDER BY r.key${helm ? ', r.namespace' : ''} LIMIT ${limit}`;
}

async function addLabels(
  query: Database['query'],
  { key, namespace }: RecordRef,
  custom: RowToWrite['custom'],
): Promise<void> {
  if (custom.length === 0) return;
  await query(
    `INSERT INTO custom_labels_v1 (releaseKey, releaseNamespace, key, value)
     SELECT $1, $2, label, value FROM unnest($3::text[], $4::text[]) AS t (label, value)`,
    [key, namespace, custom.map(([label]) => label), custom.map(([, value]) => value)],
  );
}

/** @returns what was there */
function removeLabels(query: Query, { key, namespace }: RecordRef): Promise<readonly Row[]> {
  return query(
    `DELETE FROM custom_labels_v1 WHERE releaseKey = $1 AND releaseNamespace = $2
     RETURNING key, value`,
    [key, namespace],
  );
}

/** @param at the number of the parameter that holds `readAs` */
function isAsRead(at: number): string {
  return `($${at}::text IS NULL OR r.xmin::text = $${at})`;
}

/** No row has a uid: a record with one was read somewhere else. */
function readAs(record: RecordMeta): string | null {
  return record.uid === undefined ? (rowVersionOf(record) ?? null) : '';
}

/** @param at the number of the first parameter of `keyOf` */
function keyIs(owner: Owner, at = 1): string {
  return owner === 'helm' ? `r.key = $${at} AND r.namespace = $${at + 1}` : `r.key = $${at}`;
}

function keyOf(owner: Owner, { key, namespace }: RecordRef): string[] {
  return owner === 'helm' ? [key, namespace] : [key];
}
