/**
 * A folder or an archive that takes rows of a database too: as Secrets, with everything that a row holds. So they are
 * kept in a backup, and go back into a database by `copy`.
 */
import type { RecordRef } from '../../record.ts';
import type { Storage } from '../storage.ts';

export function rowsAsSecrets(storage: Storage): Storage {
  return {
    ...storage,
    create: (record) => storage.create(asSecret(record)),
    replace: (record, over) => storage.replace(asSecret(record), asSecret(over)),
    get: (ref) => storage.get(asSecret(ref)),
  };
}

function asSecret<R extends RecordRef>(record: R): R {
  return record.kind === 'SQL' ? { ...record, kind: 'Secret' } : record;
}
