// Compares our YAML reader with Go's on generated and mutated documents:
//
//   node test/campaigns/yaml.mjs [--manifests] [--seed N] [--count N] [--print N] [FOLDER…]
//
// With --manifests it compares how manifests are cut and read, instead of values and requirements.
// Folders are searched for *.yaml, *.yml and requirements.lock; each file is compared as it is and
// joins the cases of test/fixtures/yaml as a starting point for mutations. Needs Go. Ends with exit
// code 1 when a difference remains that `isKnown` doesn't explain.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { askOracle, buildOracle, cache } from '../oracle/yaml/run.mjs';
import { mutate, random } from './yaml-mutations.mjs';

const { values: options, positionals: folders } = parseArgs({
  allowPositionals: true,
  options: {
    manifests: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '20000' },
    print: { type: 'string', default: '10' },
  },
});

const ours = await loadReaders();
const readers = {
  values: (doc) => ours.goJson(ours.readValues(doc.toString('utf8'))),
  requirements: (doc) =>
    inGo(ours.readRequirements(doc), (list) => list?.map(dependencyOf) ?? null),
  lock: (doc) => inGo(ours.readLock(doc), lockOf),
  manifests: (doc) => manifestOf(ours.laxText(doc)),
};
const asked = options.manifests ? ['manifests'] : ['values', 'requirements'];
const programs = Object.fromEntries(asked.map((name) => [name, buildOracle(name)]));

const whole = folders.flatMap((folder) => filesIn(folder));
const cases = ['values', 'requirements', 'manifests'].flatMap((name) =>
  JSON.parse(readFileSync(new URL(`../fixtures/yaml/${name}.json`, import.meta.url), 'utf8')).map(
    (item) => Buffer.from(item.base64 ?? item.doc, item.base64 === undefined ? 'utf8' : 'base64'),
  ),
);
// Templates are hardly ever YAML; what is made of them would only be refused.
const plain = whole.filter((doc) => doc.length < 4000 && !doc.includes('{{'));
const seeds = [...cases, ...cases, ...plain];
const pick = random(Number(options.seed));
const total = Number(options.count);
const batch = 5000;

const tally = { compared: {}, accepted: {}, known: new Map(), different: 0 };
await compare(cases.concat(whole));
for (let done = 0; done < total; done += batch) {
  const size = Math.min(batch, total - done);
  await compare(Array.from({ length: size }, () => mutate(pick, seeds)));
}
const counts = Object.keys(tally.compared).map(
  (what) =>
    `${what}: ${tally.compared[what]} compared, ${tally.accepted[what] ?? 0} of them read by Go`,
);
const known = [...tally.known].map(([reason, count]) => `${count} ${reason}`).join(', ') || 'none';
console.log(
  `${whole.length} files, ${cases.length} cases, ${total} mutations, seed ${options.seed}`,
);
console.log(counts.join('\n'));
console.log(`known differences: ${known}`);
console.log(`differences: ${tally.different}`);
process.exitCode = tally.different > 0 ? 1 : 0;

async function loadReaders() {
  const outfile = join(cache, 'readers.mjs');
  await build({
    stdin: {
      contents: `export { readValues } from './src/go/yaml/index.ts';
        export { readLock, readRequirements } from './src/codecs/helm2/requirements.ts';
        export { openBudget } from './src/go/yaml/budget.ts';
        export { cutDocuments } from './src/go/yaml/documents.ts';
        export { readDocument } from './src/go/yaml/readDocument.ts';
        export { laxText } from './src/go/yaml/utf8.ts';
        export { goJson } from './src/go/json/write.ts';`,
      resolveDir: new URL('../..', import.meta.url).pathname,
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'error',
  });
  return import(pathToFileURL(outfile).href);
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$|^requirements\.lock$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath ?? entry.path, entry.name)));
}

async function compare(docs) {
  // Helm 2 keeps values in a protobuf string, which holds nothing but UTF-8.
  if (options.manifests) {
    const answers = await askOracle(programs.manifests, docs);
    for (const [i, doc] of docs.entries()) {
      const difference = check('manifests', doc, { json: inOneLine(answers[i].documents) });
      if (difference) await report(difference);
    }
    return;
  }
  const texts = docs.filter((doc) => isUtf8(doc));
  const [values, charts] = await Promise.all([
    askOracle(programs.values, texts),
    askOracle(programs.requirements, docs),
  ]);
  const different = [
    ...texts.map((doc, i) => check('values', doc, values[i])),
    ...docs.flatMap((doc, i) => [
      check('requirements', doc, charts[i].requirements),
      check('lock', doc, noLock(charts[i].lock)),
    ]),
  ].filter(Boolean);
  for (const difference of different) await report(difference);
}

function isUtf8(doc) {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(doc);
    return true;
  } catch {
    return false;
  }
}

/** A file without content leaves Helm without a lock, which is what an unreadable one does here. */
function noLock(answer) {
  return answer.json === 'null' ? { error: 'no lock' } : answer;
}

function manifestOf(text) {
  const pieces = [...ours.cutDocuments(text, ours.openBudget())];
  return inOneLine(
    pieces.map((piece) => {
      const read = ours.readDocument(text, piece, ours.openBudget());
      return 'json' in read ? { json: ours.goJson(read.json) } : { error: read.reason };
    }),
  );
}

function inOneLine(documents) {
  return documents.map(({ json }) => json ?? 'error').join(' | ');
}

function inGo(read, toGo) {
  if (read === undefined) throw new Error('unreadable');
  return ours.goJson(toGo(read));
}

function lockOf(lock) {
  return { ...lock, dependencies: lock.dependencies?.map(dependencyOf) ?? null };
}

/** With Helm 3's names and `omitempty`. */
function dependencyOf(entry) {
  if (entry === null) return null;
  const { name, repository, importValues, ...rest } = entry;
  const optional = { ...rest, 'import-values': importValues };
  const filled = Object.entries(optional).filter(([, v]) => (Array.isArray(v) ? v.length > 0 : v));
  return { name, repository, ...Object.fromEntries(filled) };
}

/** @returns the difference, if there is one */
function check(what, doc, answer) {
  tally.compared[what] = (tally.compared[what] ?? 0) + 1;
  if (answer.json !== undefined) tally.accepted[what] = (tally.accepted[what] ?? 0) + 1;
  const mine = readWith(what, doc);
  const theirs = isSorted(what) ? answer.json : sorted(answer.json);
  return mine.crash === undefined && mine.json === theirs ? undefined : { what, doc, answer, mine };
}

function readWith(what, doc) {
  try {
    return { json: readers[what](doc) };
  } catch (error) {
    // Anything but a refusal is a fault of ours.
    const refused = error.code === 'UNREADABLE' || error.message === 'unreadable';
    return refused ? { error: error.message } : { crash: String(error.stack) };
  }
}

async function report({ what, doc, answer, mine }) {
  const reason = await knownReason(what, doc, answer, mine);
  if (reason !== undefined) {
    tally.known.set(reason, (tally.known.get(reason) ?? 0) + 1);
    return;
  }
  tally.different += 1;
  if (tally.different > Number(options.print)) return;
  console.log(`--- ${what}: ${JSON.stringify(doc.toString('utf8')).slice(0, 3000)}`);
  console.log(`  Go:   ${(answer.json ?? `error ${answer.error}`).slice(0, 1000)}`);
  console.log(`  ours: ${(mine.json ?? mine.crash ?? `error ${mine.error}`).slice(0, 1000)}`);
}

function isSorted(what) {
  return what === 'values' || what === 'manifests';
}

/** Go writes structs in their fields' order; this is compared with sorted keys. */
function sorted(json) {
  return json === undefined ? undefined : ours.goJson(JSON.parse(json));
}

/** Differences that are meant, or that no reader could avoid. */
async function knownReason(what, doc, answer, mine) {
  if (mine.crash !== undefined) return undefined;
  if (answer.json !== undefined && /1000 levels$/.test(mine.error ?? ''))
    return 'deeper than 1000 levels';
  // Go's maps have no order: where two keys become one (1 and "1"), it answers as it falls.
  const again = await askOracle(
    programs[isSorted(what) ? what : 'requirements'],
    Array(40).fill(doc),
  );
  const answers = again.map((each) =>
    what === 'manifests'
      ? { json: inOneLine(each.documents) }
      : what === 'values'
        ? each
        : what === 'lock'
          ? noLock(each.lock)
          : each[what],
  );
  const texts = answers.map((each) => (isSorted(what) ? each.json : sorted(each.json)));
  return new Set(texts).size > 1 && texts.includes(mine.json)
    ? 'where Go itself varies'
    : undefined;
}
