/** The table of docs/stores.md, from the stores themselves. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { types } from '../../src/storage/address.ts';
import { openArchive } from '../../src/storage/archive/archive.ts';
import { openConfigMaps } from '../../src/storage/configmaps.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { openPipe } from '../../src/storage/pipe.ts';
import { openSecrets } from '../../src/storage/secrets.ts';
import { openDatabase } from '../../src/storage/sql/connection.ts';
import { openSql } from '../../src/storage/sql/sql.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { fakeApi } from './adoptApi.ts';

const headers = [
  ...['address', 'what it is', 'keeps', 'written', 'deletes check versions'],
  ...['lists without payloads', 'finds one release', 'annotations', 'largest record'],
];

/** One line a store; nothing is asked of a server or a database. */
export async function storesTable(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'stores-'));
  const database = openDatabase('postgresql://database.invalid/releases', {});
  try {
    const opened: { readonly [type: string]: Storage } = {
      secret: openSecrets(fakeApi([]), {}),
      configmap: openConfigMaps(fakeApi([]), {}),
      dir: await openDirectory(folder),
      file: await openArchive(join(folder, 'new.zip'), { create: true }),
      sql: openSql(database),
      pipe: openPipe(Readable.from([])),
    };
    const rows = types.map(({ type, form, about }) => {
      const storage = opened[type];
      if (!storage) throw new Error(`no store for ${type}`);
      return [`\`${form}\``, about, ...factsOf(storage)];
    });
    return [headers, headers.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  } finally {
    await database.close();
    rmSync(folder, { recursive: true });
  }
}

function factsOf({ kinds, capabilities, seal }: Storage): string[] {
  const { durable, preconditions, metadataOnly, selects, annotations, maxRecordBytes } =
    capabilities;
  const yes = (is: boolean) => (is ? 'yes' : 'no');
  const written = seal ? 'once, as a whole' : durable ? 'record by record' : 'never';
  const largest = maxRecordBytes === undefined ? 'no limit' : `${maxRecordBytes / 2 ** 20} MiB`;
  return [
    ...[kinds.join(', '), written, yes(preconditions), yes(metadataOnly), yes(selects)],
    ...[yes(annotations !== false), largest],
  ];
}
