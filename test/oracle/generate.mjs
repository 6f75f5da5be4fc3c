// Makes the fixtures and the demo's dump anew, with Helm's own libraries:
//
//   node test/oracle/generate.mjs           in the project
//   node test/oracle/generate.mjs DIR       the same folders below DIR
//
// The folders it fills are emptied first, so that nothing old stays.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { oracleProgram } from './build.mjs';
import { data, questions } from './kubectl/cases.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = argv[2] === undefined ? dirname(dirname(here)) : resolve(argv[2]);
const charts = join(here, 'charts');

try {
  // First Helm 2's records; the other program reads them and adds what they must become.
  const programs = ['helm2', 'helm34'].map(oracleProgram);
  for (const folder of [
    'test/fixtures/helm2',
    'test/fixtures/helm3',
    'test/fixtures/helm4',
    'test/fixtures/json',
    'test/fixtures/kubectl',
    'demo/tiller',
  ])
    rmSync(join(root, folder), { recursive: true, force: true });
  for (const program of programs) {
    const { status, error } = spawnSync(program, ['generate', charts, root], { stdio: 'inherit' });
    if (error) throw error;
    if (status !== 0) throw new Error(`${program} generate ended with ${status}`);
  }
  const kubectl = oracleProgram('kubectl');
  const asked = JSON.stringify({ data, questions });
  const { status, error, stdout } = spawnSync(kubectl, {
    input: asked,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${kubectl} ended with ${status}`);
  mkdirSync(join(root, 'test/fixtures/kubectl'), { recursive: true });
  writeFileSync(join(root, 'test/fixtures/kubectl/answers.json'), stdout);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
