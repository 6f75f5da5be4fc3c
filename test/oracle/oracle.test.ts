/**
 * Helm's own libraries make every committed fixture and the demo's dump again, and get the same
 * bytes. Needs Go; the first run builds the programs.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const made = ['test/fixtures/helm2', 'test/fixtures/helm3', 'test/fixtures/helm4', 'demo/tiller'];
const coldBuildMs = 15 * 60_000;

const fresh = mkdtempSync(join(tmpdir(), 'kubectl-releases-oracle-'));
afterAll(() => rmSync(fresh, { recursive: true, force: true }));

beforeAll(async () => {
  const script = join(root, 'test/oracle/generate.mjs');
  // Not spawnSync: a worker that blocks for minutes is taken for dead.
  const child = spawn(process.execPath, [script, fresh], { stdio: ['ignore', 'inherit', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    process.stderr.write(text); // that a program is being built, which takes its time
  });
  const code = await new Promise((done) => child.on('close', done));
  if (code !== 0) throw new Error(`generate.mjs ended with ${code}: ${said.trim()}`);
}, coldBuildMs);

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

test.each(['test/fixtures/json/read.json', 'test/fixtures/kubectl/answers.json'])(
  '%s is the same to the byte',
  (file) => {
    const [kept, made] = [root, fresh].map((at) => readFileSync(join(at, file)));
    expect(made?.equals(kept ?? Buffer.of())).toBe(true);
  },
);

describe.each(made)('%s', (folder) => {
  test('holds the files that the oracle makes, and no others', () => {
    const files = filesBelow(join(root, folder));
    expect(files.length).toBeGreaterThan(5);
    expect(filesBelow(join(fresh, folder))).toEqual(files);
  });

  test('every file is the same to the byte', () => {
    const different = filesBelow(join(root, folder)).filter(
      (file) =>
        !readFileSync(join(root, folder, file)).equals(readFileSync(join(fresh, folder, file))),
    );
    expect(different).toEqual([]);
  });
});
