/** `decode [FILE]`: a record, readable. */
import type { Disagreement } from '../attribution.ts';
import { openEnvelope } from '../codecs/envelope.ts';
import { decodeData, type OpenedRecord, openRecord } from '../codecs/index.ts';
import { toPlain } from '../codecs/plain.ts';
import { salvage } from '../codecs/salvage.ts';
import { isReleasesError, ReleasesError, typed } from '../errors.ts';
import { toYaml } from '../go/yaml/write.ts';
import { documentOf, recordPart } from '../inspect/document.ts';
import type { JsonObject } from '../json.ts';
import { structLine } from '../output/helm/json.ts';
import type { IO } from '../output/terminal/io.ts';
import { writeText } from '../output/terminal/text.ts';
import { reportDisagreements, reportUnreadable } from '../output/unreadable.ts';
import { isBad, type ReadRecord, recordPlace } from '../record.ts';
import { defineCommand } from './command.ts';
import { documentOutputOption } from './line/options.ts';
import { type Given, readInput, recognise } from './reading/decodeInput.ts';
import { refuseOthers } from './reading/otherFiles.ts';

const example = 'kubectl get secret sh.helm.release.v1.NAME.v1 -o yaml | kubectl releases decode';

export const decode = defineCommand({
  name: 'decode',
  describe: 'print a record as readable YAML or JSON',
  details: [
    'Reads a file or the standard input (-): what kubectl get secret,configmap -o yaml prints, a list of',
    'them, the value of a record alone with or without the base64 around it, or what is packed inside.',
    'Nothing is lost: encode makes the same record of what this prints.',
    'Of a record that is damaged, what is left is printed, with the reason; the exit code is 3 then.',
    'A record holds values, and so secrets: they are printed.',
  ],
  examples: [
    ['decode record.yaml', 'what kubectl saved, readable'],
    ['decode - -o json', 'what a pipe from kubectl get secret brings'],
  ],
  arguments: { file: 'optional' },
  local: true,
  options: {
    output: documentOutputOption(),
  },
  async handler(args, io) {
    const input = await readInput(args.file, io, example);
    refuseOthers(input, io.program);
    const documents = documentsOf(recognise(input), input.name);
    print(documents, args.output, io);
    reportDisagreements(documents, io);
    return reportUnreadable(documents, io);
  },
});

interface Decoded {
  readonly document: JsonObject;
  readonly place: string;
  readonly unreadable?: string;
  readonly disagreements?: readonly Disagreement[];
}

function documentsOf(given: Given, name: string): Decoded[] {
  if (given.is === 'payload') return [decodedPayload(given.payload, name, {})];
  if (given.records.length === 0)
    throw new ReleasesError('NOT_FOUND', `there is no record of Helm's in ${name}`, {
      hints: [example],
    });
  const [first] = given.records;
  if (given.nameless && first && isBad(first))
    throw new ReleasesError(
      'UNREADABLE',
      `${typed(name, 200)} holds no record: ${first.unreadable}`,
      {
        hints: [example],
      },
    );
  return given.records.map(decoded);
}

function decoded(record: ReadRecord): Decoded {
  const opened: OpenedRecord = openRecord(record);
  const place = recordPlace(record);
  if (!isBad(opened))
    return { document: documentOf(opened), place, disagreements: opened.disagreements };
  const part = { record: recordPart(opened) };
  const { unreadable } = opened;
  if (isBad(record)) return { document: { ...part, unreadable }, place, unreadable };
  const inside = decodedPayload(record.payload, place, part);
  return { document: { ...inside.document, unreadable }, place, unreadable };
}

/** What is sound as a release; what is left as text, as far as it is text. */
function decodedPayload(payload: string, place: string, part: JsonObject): Decoded {
  let data: Uint8Array | undefined;
  try {
    data = openEnvelope(payload);
    return { document: { ...part, release: toPlain(decodeData(data)) }, place };
  } catch (error) {
    if (!isReleasesError(error, 'UNREADABLE')) throw error;
    const unreadable = error.message;
    const rest = data ? leftOf(data) : salvaged(payload);
    return { document: { ...part, unreadable, ...rest }, place, unreadable };
  }
}

/** Of a damaged envelope. */
function salvaged(payload: string): JsonObject {
  const bytes = salvage(payload);
  if (!bytes) return {};
  try {
    return { release: toPlain(decodeData(bytes)) };
  } catch (error) {
    if (!isReleasesError(error, 'UNREADABLE')) throw error;
    return leftOf(bytes);
  }
}

/** As much as a person reads; the rest is counted. */
const mostLeft = 64 * 1024;

function leftOf(bytes: Uint8Array): JsonObject {
  const shown = bytes.subarray(0, mostLeft);
  const rest = bytes.length - shown.length;
  return {
    ...{ left: isMostlyText(shown) ? new TextDecoder().decode(shown) : base64Of(shown) },
    ...(rest > 0 ? { notShown: `${rest} more bytes` } : {}),
  };
}

/** What is left of JSON reads as text; what is left of protobuf is text with few bytes between. */
function isMostlyText(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes);
  const odd = text.match(/[\ufffd\u0000-\u0008\u000e-\u001f\u007f-\u009f]/g)?.length ?? 0;
  return odd * 4 < text.length;
}

function base64Of(bytes: Uint8Array): JsonObject {
  return { base64: Buffer.from(bytes.subarray(0, mostBytes)).toString('base64') };
}

/** Of bytes that say nothing to anybody. */
const mostBytes = 1024;

function print(documents: readonly Decoded[], format: string, io: IO): void {
  const all = documents.map(({ document }) => document);
  const [only] = all;
  if (format === 'json') writeText(structLine(all.length === 1 && only ? only : all), io);
  else writeText(all.map((one) => toYaml(one, 'given')).join('---\n'), io);
}
