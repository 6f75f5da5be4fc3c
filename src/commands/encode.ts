/** `encode [FILE]`: a record again of what `decode` printed. */
import { parseAllDocuments } from 'yaml';
import { exitCodes, isReleasesError, ReleasesError, typed } from '../errors.ts';
import { jsonLimits } from '../go/json/bounds.ts';
import { parseJson } from '../go/json/read.ts';
import { toYaml } from '../go/yaml/write.ts';
import { type FromDocument, readDocument } from '../inspect/document.ts';
import type { Json, JsonObject } from '../json.ts';
import { pathText } from '../output/diff/fields.ts';
import { structLine } from '../output/helm/json.ts';
import { note } from '../output/terminal/errors.ts';
import { writeText } from '../output/terminal/text.ts';
import type { ReleaseRecord } from '../record.ts';
import { decodeText } from '../storage/files/folder.ts';
import { checkYaml, keepDigits } from '../storage/files/yamlBounds.ts';
import { objectOf } from '../storage/objects.ts';
import { defineCommand } from './command.ts';
import { type Input, isJsonText, readInput } from './reading/decodeInput.ts';

const example = 'kubectl releases decode record.yaml | kubectl releases encode';

export const encode = defineCommand({
  name: 'encode',
  describe: 'make a record of what decode printed',
  details: [
    'Reads a file or the standard input (-) in the form that decode prints, YAML or JSON, and prints the',
    'Secret or ConfigMap for kubectl replace -f. Helm reads it as its own.',
    'Of a document without a record, it prints the payload alone: the value of the key release, without',
    'the base64 that Kubernetes adds in a Secret.',
    'A change that no record can hold is refused. Nothing is written to a cluster.',
  ],
  examples: [
    ['encode edited.yaml | kubectl replace -f -', 'put a changed record back'],
    ['encode edited.yaml -o payload', 'the value of its key release alone'],
  ],
  arguments: { file: 'optional' },
  local: true,
  options: {
    output: {
      type: 'string',
      alias: 'o',
      choices: ['yaml', 'json', 'payload'],
      default: 'yaml',
      describe: 'output format',
    },
  },
  async handler(args, io) {
    const input = await readInput(args.file, io, example);
    const documents = documentsIn(input);
    const encoded = documents.map((document, at) => {
      try {
        return readDocument(document, pathText);
      } catch (error) {
        throw documents.length > 1 ? numbered(error, at + 1) : error;
      }
    });
    const objects = encoded.flatMap(({ record }) => (record ? [asObject(record)] : []));
    if (args.output === 'payload' || objects.length < encoded.length)
      io.stdout.write(encoded.map(({ payload }) => `${payload}\n`).join(''));
    else if (args.output === 'yaml') writeText(objects.map((one) => toYaml(one)).join('---\n'), io);
    else writeText(structLine(listOf(objects)), io);
    for (const text of encoded.flatMap(({ notes }: FromDocument) => notes)) note(io, text);
    return exitCodes.done;
  },
});

function numbered(error: unknown, document: number): unknown {
  if (!isReleasesError(error)) return error;
  const { code, message, why, tries: hints } = error;
  return new ReleasesError(code, `document ${document}: ${message}`, { why, hints });
}

function asObject(record: ReleaseRecord): JsonObject {
  if (record.kind === 'SQL')
    throw new ReleasesError('USAGE', 'a record of a database is no object of Kubernetes', {
      hints: ['-o payload prints what goes into its column body'],
    });
  return objectOf(record) as JsonObject;
}

function listOf(objects: readonly JsonObject[]): Json {
  const [only] = objects;
  if (objects.length === 1 && only) return only;
  return { apiVersion: 'v1', kind: 'List', items: objects };
}

function documentsIn({ name, bytes }: Input): Json[] {
  const text = decodeText(bytes);
  const found = isJsonText(text) ? jsonIn(text, name) : yamlIn(text, name);
  const documents = found.flatMap((one) => (Array.isArray(one) ? (one as Json[]) : [one]));
  if (documents.length === 0) throw bad(name, 'it is empty');
  return documents;
}

function jsonIn(text: string, name: string): Json[] {
  try {
    return [parseJson(Buffer.from(text))];
  } catch (error) {
    if (!isReleasesError(error, 'UNREADABLE')) throw error;
    throw bad(name, error.message);
  }
}

/** As deep as values go, at two columns a level. */
const mostIndent = 2 * jsonLimits.depth + 100;

function yamlIn(text: string, name: string): Json[] {
  const beyond = checkYaml(text, mostIndent);
  if (beyond !== undefined) throw bad(name, `${beyond} for YAML; decode -o json gives it as JSON`);
  const documents = parseAllDocuments(text, { schema: 'core', logLevel: 'silent' });
  return [...documents].flatMap((document) => {
    const [error] = 'errors' in document ? document.errors : [];
    if (error) throw bad(name, `its YAML is wrong at line ${error.linePos?.[0].line ?? '?'}`);
    try {
      keepDigits(document);
      const value = document.toJS({ maxAliasCount: 0 }) as Json;
      return value === null ? [] : [value];
    } catch {
      throw bad(name, 'its YAML has aliases');
    }
  });
}

function bad(name: string, why: string): ReleasesError {
  return new ReleasesError('USAGE', `${typed(name, 200)} can't be encoded: ${why}`, {
    hints: [example],
  });
}
