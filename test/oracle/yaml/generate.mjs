// Writes test/fixtures/yaml from the documents beside this file and what Go reads in them:
//
//   node test/oracle/yaml/generate.mjs [values] [requirements] [manifests]
//
// Needs Go. The same documents give the same files, byte for byte.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { anchors } from './cases-anchors.mjs';
import { blocks } from './cases-blocks.mjs';
import { characters } from './cases-characters.mjs';
import { documents } from './cases-documents.mjs';
import { flow } from './cases-flow.mjs';
import { manifests } from './cases-manifests.mjs';
import { requirements } from './cases-requirements.mjs';
import { scalars } from './cases-scalars.mjs';
import { text } from './cases-text.mjs';
import { askOracle, buildOracle } from './run.mjs';

const folder = new URL('../../fixtures/yaml/', import.meta.url);
const wanted = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

await write(
  'values',
  [scalars, documents, anchors, flow, blocks, text, characters],
  (answer) => answer,
);
await write('requirements', [requirements], ({ requirements, lock }) => ({ requirements, lock }));
await write('manifests', [manifests, { records: recorded() }], (answer) => answer);

/** Every manifest, of hooks as well, in the records of the other fixtures. */
function recorded() {
  return ['helm2', 'helm3', 'helm4'].flatMap((helm) => {
    const file = new URL(`../../fixtures/${helm}/expected.json`, import.meta.url);
    return Object.values(JSON.parse(readFileSync(file, 'utf8')))
      .flat()
      .filter(({ json }) => json !== undefined)
      .flatMap(({ json }) => {
        const { manifest = '', hooks } = JSON.parse(json);
        return [manifest, ...(hooks ?? []).map((hook) => hook.manifest ?? '')];
      });
  });
}

async function write(name, groups, shape) {
  if (wanted.length > 0 && !wanted.includes(name)) return;
  const seen = new Set();
  const cases = groups
    .flatMap((group) => Object.entries(group))
    .flatMap(([theme, docs]) => docs.map((doc) => ({ theme, ...named(doc) })))
    .filter((item) => {
      const id = item.doc ?? item.base64;
      return !seen.has(id) && seen.add(id);
    });
  const docs = cases.map(({ doc, base64 }) =>
    Buffer.from(doc ?? base64, doc === undefined ? 'base64' : 'utf8'),
  );
  const answers = await askOracle(buildOracle(name), docs);
  const lines = cases.map((item, i) => JSON.stringify({ ...item, ...shape(answers[i]) }));
  writeFileSync(new URL(`${name}.json`, folder), `[\n${lines.join(',\n')}\n]\n`);
  const refused = answers.filter(
    ({ error, documents = [] }) => error !== undefined || documents.some((one) => one.error),
  ).length;
  console.log(
    `${name}.json: ${cases.length} documents${refused ? `, ${refused} of them refused by Go` : ''}`,
  );
}

function named(doc) {
  return typeof doc === 'string' ? { doc } : { base64: Buffer.from(doc).toString('base64') };
}
