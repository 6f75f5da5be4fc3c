/** `verify`: whether an archive, or a folder of records, is whole and can be read. Needs no cluster. */
import { serious } from '../attribution.ts';
import { openRecord } from '../codecs/index.ts';
import { type ExitCode, exitCodes, printable } from '../errors.ts';
import { releaseRow } from '../inspect/rows.ts';
import { documentForms } from '../output/templates/document.ts';
import { type Format, parseFormat } from '../output/templates/format.ts';
import { note, reportError } from '../output/terminal/errors.ts';
import type { IO } from '../output/terminal/io.ts';
import { reportDisagreements, reportUnreadable } from '../output/unreadable.ts';
import { type ArchiveFacts, type CheckedRecord, printVerified } from '../output/verified.ts';
import { bytesOf } from '../record.ts';
import type { Address } from '../storage/address.ts';
import type { Keys } from '../storage/archive/age.ts';
import type { Storage } from '../storage/storage.ts';
import { defineCommand } from './command.ts';
import { keyOptions } from './line/options.ts';
import { keysOf } from './stores/archiveKeys.ts';
import { foundAddress, noRecords } from './stores/archivePath.ts';
import { worstCode } from './stores/fleet.ts';

export const verify = defineCommand({
  name: 'verify',
  describe: 'check an archive or a folder of records; no cluster needed',
  details: [
    'Of an archive, every byte is compared with its seal, its index with what is in it, and every record',
    'with its digest; then each record is decoded whole, and its key, labels and content are compared. What was',
    'asked of an archive and is missing, it says itself. That, and a record that is unreadable or says two',
    'things, ends with 3. A folder has neither seal nor index: of its',
    'records it can only be said whether they can be decoded. Nothing is written.',
    'Of several, each gets a line, or a document with -o json and yaml; one that is not whole is an error',
    'that names it, the others are checked all the same, and the exit code is that of the worst.',
  ],
  examples: [
    ['verify all.zip', 'an archive that backup made'],
    ['verify all.zip --identity key.txt -o json', 'an encrypted one, with all its records'],
    ['verify dir:./helm2-backup-20261120T180411Z', 'a folder of records'],
    ['verify backups/*.zip', 'what a backup with --contexts left, an archive a line'],
  ],
  arguments: { file: 'required', files: 'many' },
  local: true,
  options: {
    output: {
      type: 'string',
      alias: 'o',
      default: 'table',
      describe: `releases as a table, or every record as data: table, ${documentForms}`,
    },
    ...keyOptions,
  },
  async handler(args, io): Promise<ExitCode> {
    const keys = await keysOf(args, io);
    const given = args.identity ?? args['passphrase-file'] ?? args['passphrase-env'];
    const format = await parseFormat(args.output, ['table', 'json', 'yaml']);
    const how = { keys, hasKey: given !== undefined, format, several: args.files.length > 0 };
    if (!how.several) return verifyOne(args.file, how, io);
    const codes: ExitCode[] = [];
    for (const file of [args.file, ...args.files])
      codes.push(await verifyOne(file, how, io).catch((error) => reportError(error, io)));
    return worstCode(codes, 0);
  },
});

interface How {
  readonly keys: Keys;
  /** Whether a key was given for archives that are encrypted. */
  readonly hasKey: boolean;
  readonly format: Format;
  /** Others are checked beside it. */
  readonly several: boolean;
}

/** @throws ReleasesError as `foundAddress` and `openChecked`; NOT_FOUND where there is no record */
async function verifyOne(file: string, how: How, io: IO): Promise<ExitCode> {
  const opened = await openChecked(await foundAddress(file), how.keys);
  try {
    const { address } = opened.storage;
    const records: CheckedRecord[] = [];
    for await (const record of checkRecords(opened.storage)) records.push(record);
    if (records.length === 0) throw noRecords(address);
    if (how.hasKey && !opened.facts.about?.encrypted)
      note(
        io,
        `${how.several ? printable(address, 500) : 'it'} is not encrypted: whoever has it can read it`,
      );
    printVerified(opened.facts, records, how, io);
    reportDisagreements(records, io);
    const lacks = (opened.facts.about?.missing ?? []).length > 0;
    const odd = records.some(({ disagreements = [] }) => serious(disagreements).length > 0);
    return reportUnreadable(records, io) || (lacks || odd ? exitCodes.needsPerson : exitCodes.done);
  } finally {
    await opened.close();
  }
}

interface Checked {
  readonly storage: Storage;
  readonly facts: ArchiveFacts;
  close(): Promise<void>;
}

/** @throws ReleasesError UNREADABLE for an archive that isn't what its seal says */
async function openChecked({ type, location = '' }: Address, keys: Keys): Promise<Checked> {
  if (type === 'file') {
    const { openArchive } = await import('../storage/archive/archive.ts');
    const archive = await openArchive(location, { keys });
    const { about } = archive;
    const facts = { address: archive.address, ...(about && { about }) };
    return { storage: archive, facts, close: () => archive.close() };
  }
  const { openDirectory } = await import('../storage/directory.ts');
  const storage = await openDirectory(location);
  return { storage, facts: { address: storage.address }, close: async () => {} };
}

/** Decodes each record whole, and keeps what a table shows. */
async function* checkRecords(storage: Storage): AsyncGenerator<CheckedRecord> {
  for await (const page of storage.list({}))
    for (const record of page)
      yield { ...releaseRow(openRecord(record), storage), bytes: bytesOf(record) };
}
