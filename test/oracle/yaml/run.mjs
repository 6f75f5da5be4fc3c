// Builds and asks the two Go programs beside this file. Go is needed; what was built is kept in the
// user's cache folder, and built again when a source changed (Go's own build cache makes that quick).
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const cache = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'kubectl-releases',
  'yaml',
);

/** @param {'values' | 'requirements'} name */
export function buildOracle(name) {
  mkdirSync(cache, { recursive: true });
  const program = join(cache, `oracle-${name}`);
  const built = spawnSync('go', ['build', '-trimpath', '-o', program, '.'], {
    cwd: join(here, name),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (built.error) throw built.error;
  if (built.status !== 0) throw new Error(`go build failed in test/oracle/yaml/${name}`);
  return program;
}

/**
 * One answer a document, in order.
 * @param {string} program
 * @param {readonly Uint8Array[]} docs
 * @returns {Promise<any[]>}
 */
export async function askOracle(program, docs) {
  const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  child.stdin.end(
    docs.map((doc) => `${JSON.stringify({ doc: Buffer.from(doc).toString('base64') })}\n`).join(''),
  );
  const parts = [];
  for await (const part of child.stdout) parts.push(part);
  if ((await ended) !== 0) throw new Error('the oracle failed');
  const lines = Buffer.concat(parts).toString('utf8').split('\n').filter(Boolean);
  if (lines.length !== docs.length) throw new Error('the oracle left documents out');
  return lines.map((line) => JSON.parse(line));
}
