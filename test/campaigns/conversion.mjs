// Compares our conversion of Helm 2 records with the one made of Helm's own Go types:
//
//   node test/campaigns/conversion.mjs [--mutations N] [--seed N] [--print N] [FOLDER…]
//
// Every chart below the folders is rendered by Helm 2's code, three revisions each; their records and
// the fixtures are compared as they are, then mutations of their messages are. Needs Go. Ends with
// exit code 1 when a difference remains that `isKnown` doesn't explain.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { parseAllDocuments } from 'yaml';
import { oracleProgram } from '../oracle/build.mjs';
import { random } from './yaml-mutations.mjs';

const { values: options, positionals: folders } = parseArgs({
  allowPositionals: true,
  options: {
    mutations: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    print: { type: 'string', default: '10' },
  },
});

const work = mkdtempSync(join(tmpdir(), 'kubectl-releases-conversion-'));
const tally = {
  compared: 0,
  equal: 0,
  refusedByBoth: 0,
  crashed: 0,
  different: 0,
  known: new Map(),
};
try {
  const { convert, unpack } = await loadCodecs();
  const helm34 = oracleProgram('helm34');
  const compare = async (payloads) => {
    const wanted = await ask(helm34, payloads);
    payloads.forEach((payload, i) => {
      check(payload, wanted[i], convert);
    });
  };

  const rendered = renderCharts(folders.flatMap((folder) => chartsBelow(resolve(folder))));
  const fixtures = fixturePayloads();
  await compare([...rendered, ...fixtures]);

  const pick = random(Number(options.seed));
  const messages = [...fixtures, ...rendered.filter((text) => text.length < 6000)].flatMap(unpack);
  const batch = 5000;
  for (let left = Number(options.mutations); left > 0; left -= batch) {
    const mutated = Array.from({ length: Math.min(left, batch) }, () =>
      mutate(pick, messages).toString('base64'),
    );
    await compare(mutated);
  }
  const known =
    [...tally.known].map(([reason, count]) => `${count} ${reason}`).join(', ') || 'none';
  console.log(
    `${rendered.length} rendered records, ${fixtures.length} fixtures, ${options.mutations} mutations ` +
      `(seed ${options.seed}): ${tally.equal} equal, ${tally.refusedByBoth} refused by both, ` +
      `${tally.crashed} crashes; known differences: ${known}; differences: ${tally.different}`,
  );
  process.exitCode = tally.different > 0 || tally.crashed > 0 ? 1 : 0;
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function loadCodecs() {
  const outfile = join(work, 'codecs.mjs');
  await build({
    stdin: {
      contents: `import { codecs, decodePayload } from './src/codecs/index.ts';
        import { openEnvelope } from './src/codecs/envelope.ts';
        import { ReleasesError } from './src/errors.ts';
        import { convertToHelm3 } from './src/migrate/helm2to3/convert.ts';
        const attempt = (make) => {
          try { return make(); }
          catch (error) {
            if (error instanceof ReleasesError) return { refused: error.message };
            return { crash: String(error.stack) };
          }
        };
        export const convert = (payload) => attempt(() => {
          const { release } = convertToHelm3(decodePayload(payload));
          return { json: Buffer.from(codecs.helm3.encode(release)).toString('utf8') };
        });
        export const unpack = (payload) => {
          const bytes = attempt(() => openEnvelope(payload));
          return bytes instanceof Uint8Array && bytes.length > 0 ? [Buffer.from(bytes)] : [];
        };`,
      resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    outfile,
    logLevel: 'error',
  });
  return import(pathToFileURL(outfile).href);
}

/** One answer a payload, in order. */
async function ask(program, payloads) {
  const child = spawn(program, ['convert'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', done);
  });
  child.stdin.end(payloads.map((payload) => `${payload}\n`).join(''));
  const parts = [];
  for await (const part of child.stdout) parts.push(part);
  if ((await ended) !== 0) throw new Error('the oracle failed');
  const lines = Buffer.concat(parts).toString('utf8').split('\n').filter(Boolean);
  if (lines.length !== payloads.length) throw new Error('the oracle left records out');
  return lines.map((line) => JSON.parse(line));
}

function chartsBelow(folder) {
  if (existsSync(join(folder, 'Chart.yaml'))) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => chartsBelow(join(folder, entry.name)));
}

function renderCharts(charts) {
  if (charts.length === 0) return [];
  const [list, out] = [join(work, 'charts.txt'), join(work, 'records')];
  writeFileSync(list, charts.join('\n'));
  const { status } = spawnSync(oracleProgram('helm2'), ['render', out, '--list', list], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error('rendering failed');
  return readFileSync(join(out, 'payloads.txt'), 'utf8').split('\n').filter(Boolean);
}

function fixturePayloads() {
  const folder = new URL('../fixtures/helm2/', import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) => parseAllDocuments(readFileSync(new URL(name, folder), 'utf8')))
    .map((document) => document.toJS())
    .map(({ kind, data }) =>
      kind === 'Secret' ? Buffer.from(data.release, 'base64').toString('utf8') : data.release,
    )
    .map((payload) => (payload ?? '').replace(/\n/g, ''))
    .filter((payload) => payload !== '');
}

/** A message with one to three small changes, or with parts of another behind it. */
function mutate(pick, messages) {
  let bytes = Buffer.from(messages[pick(messages.length)]);
  for (let n = pick(4) > 0 ? 1 : 3; n > 0; n--) {
    const at = pick(bytes.length);
    const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
    const other = messages[pick(messages.length)];
    switch (pick(7)) {
      case 0:
        bytes[at] ^= 1 << pick(8);
        break;
      case 1:
        bytes[at] = pick(256);
        break;
      case 2:
        bytes[at] = [0x00, 0x7f, 0x80, 0xff, 0x08, 0x0a, 0x12][pick(7)];
        break;
      case 3:
        bytes = Buffer.concat([head, tail.subarray(1 + pick(4))]);
        break;
      case 4:
        bytes = Buffer.concat([head, Buffer.from([pick(256), pick(256)]), tail]);
        break;
      case 5:
        bytes = Buffer.concat([bytes, Buffer.from([pick(128), pick(4), pick(256), pick(256)])]);
        break;
      default:
        bytes = Buffer.concat([bytes, other.subarray(0, pick(3) > 0 ? other.length : at)]);
    }
    if (bytes.length === 0) return Buffer.from([0]);
  }
  return bytes;
}

function check(payload, want, convert) {
  tally.compared += 1;
  const mine = convert(payload);
  if (mine.crash === undefined && mine.json === want.json) {
    tally[want.json === undefined ? 'refusedByBoth' : 'equal'] += 1;
    return;
  }
  const reason = isKnown(want, mine);
  if (reason !== undefined) {
    tally.known.set(reason, (tally.known.get(reason) ?? 0) + 1);
    return;
  }
  tally[mine.crash === undefined ? 'different' : 'crashed'] += 1;
  if (tally.different + tally.crashed > Number(options.print)) return;
  console.log(`--- ${payload.slice(0, 4000)}`);
  let from = 0;
  while (mine.json && want.json && mine.json[from] === want.json[from]) from += 1;
  console.log(
    `  Go:   ${want.json?.slice(Math.max(0, from - 60), from + 200) ?? `error ${want.error}`}`,
  );
  console.log(
    `  ours: ${mine.json?.slice(Math.max(0, from - 60), from + 200) ?? mine.crash ?? `refused: ${mine.refused}`}`,
  );
}

/** Differences that are meant, all of them in messages that no Helm wrote. */
function isKnown(want, mine) {
  if (mine.refused === undefined) return undefined;
  // The oracle's protobuf library makes an empty message of a field that has the wrong type; Tiller's
  // leaves it out.
  if (/^it has no (status|chart)$/.test(mine.refused) && want.json)
    return 'a status or chart of another type';
  // We look at test results and times also where Helm 3 has no place for them.
  if (/^Helm 2 has no test status/.test(mine.refused)) return 'a test status out of range';
  if (/nanoseconds out of range$|outside the years 1 to 9999$/.test(mine.refused))
    return 'a time out of range';
  if (/^it is neither Helm 2 protobuf nor Helm 3 JSON$|^its JSON is damaged/.test(mine.refused))
    return 'a first field that Helm 2 does not have';
  return undefined;
}
