// Writes test/fixtures/yaml from the documents beside this file and what Go reads in them:
//
//   node test/oracle/yaml/generate.mjs
//
// Needs Go. The same documents give the same files, byte for byte.
import { mkdirSync, writeFileSync } from 'node:fs';
import { anchors } from './cases-anchors.mjs';
import { blocks } from './cases-blocks.mjs';
import { characters } from './cases-characters.mjs';
import { documents } from './cases-documents.mjs';
import { flow } from './cases-flow.mjs';
import { requirements } from './cases-requirements.mjs';
import { scalars } from './cases-scalars.mjs';
import { text } from './cases-text.mjs';
import { askOracle, buildOracle } from './run.mjs';

const folder = new URL('../../fixtures/yaml/', import.meta.url);
mkdirSync(folder, { recursive: true });

await write(
  'values',
  [scalars, documents, anchors, flow, blocks, text, characters],
  (answer) => answer,
);
await write('requirements', [requirements], ({ requirements, lock }) => ({ requirements, lock }));

async function write(name, groups, shape) {
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
  const refused = answers.filter((answer) => answer.error !== undefined).length;
  console.log(
    `${name}.json: ${cases.length} documents${refused ? `, ${refused} of them refused by Go` : ''}`,
  );
}

function named(doc) {
  return typeof doc === 'string' ? { doc } : { base64: Buffer.from(doc).toString('base64') };
}
