// Compares our YAML reader with Go's on generated and mutated documents:
//
//   node test/campaigns/yaml.mjs [--seed N] [--count N] [--print N] [FOLDER…]
//
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
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '20000' },
    print: { type: 'string', default: '10' },
  },
});

const ours = await loadReaders();
const programs = { values: buildOracle('values'), requirements: buildOracle('requirements') };

const whole = folders.flatMap((folder) => filesIn(folder));
const cases = ['values', 'requirements'].flatMap((name) =>
  JSON.parse(readFileSync(new URL(`../fixtures/yaml/${name}.json`, import.meta.url), 'utf8')).map(
    (item) => Buffer.from(item.base64 ?? item.doc, item.base64 === undefined ? 'utf8' : 'base64'),
  ),
);
const seeds = [...cases, ...cases, ...whole.filter((doc) => doc.length < 4000)];
const pick = random(Number(options.seed));
const total = Number(options.count);
const batch = 5000;

const tally = { compared: 0, accepted: 0, known: new Map(), different: 0 };
await compare(cases.concat(whole));
for (let done = 0; done < total; done += batch) {
  const size = Math.min(batch, total - done);
  await compare(Array.from({ length: size }, () => mutate(pick, seeds)));
}
const known = [...tally.known].map(([reason, count]) => `${count} ${reason}`).join(', ') || 'none';
console.log(
  `${whole.length} files, ${cases.length} cases, ${total} mutations (seed ${options.seed}): ` +
    `${tally.compared} comparisons, ${tally.accepted} of them accepted by Go; ` +
    `known differences: ${known}; differences: ${tally.different}`,
);
process.exitCode = tally.different > 0 ? 1 : 0;

async function loadReaders() {
  const outfile = join(cache, 'readers.mjs');
  await build({
    stdin: {
      contents: `export { readValues } from './src/codecs/goyaml/index.ts';
        export { readLock, readRequirements } from './src/codecs/goyaml/requirements.ts';
        export { goJson } from './src/codecs/gojson.ts';`,
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
  const texts = docs.filter((doc) => isUtf8(doc));
  const [values, charts] = await Promise.all([
    askOracle(programs.values, texts),
    askOracle(programs.requirements, docs),
  ]);
  texts.forEach((doc, i) => {
    check('values', doc, values[i], () => ours.goJson(ours.readValues(doc.toString('utf8'))));
  });
  docs.forEach((doc, i) => {
    check('requirements', doc, charts[i].requirements, () =>
      inGo(ours.readRequirements(doc), (list) => list?.map(dependencyOf) ?? null),
    );
    check('lock', doc, noLock(charts[i].lock), () => inGo(ours.readLock(doc), lockOf));
  });
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

function check(what, doc, answer, read) {
  tally.compared += 1;
  let mine;
  try {
    mine = { json: read() };
  } catch (error) {
    mine = { error: String(error.message) };
    if (error instanceof RangeError || error instanceof TypeError)
      mine = { crash: String(error.stack) };
  }
  if (answer.json !== undefined) tally.accepted += 1;
  const theirs = what === 'values' ? answer.json : sorted(answer.json);
  if (mine.crash === undefined && mine.json === theirs) return;
  const reason = isKnown(doc, answer, mine);
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

/** Go writes structs in their fields' order; this is compared with sorted keys. */
function sorted(json) {
  return json === undefined ? undefined : ours.goJson(JSON.parse(json));
}

/** Differences that are meant. */
function isKnown(_doc, answer, mine) {
  if (answer.json === undefined || mine.error === undefined) return undefined;
  if (/more than 1000 levels|deeper than 1000 levels/.test(mine.error))
    return 'deeper than 1000 levels';
  return undefined;
}
