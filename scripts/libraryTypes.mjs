// The types of `kubectl-releases/codecs` and `/stores`: those that a program which imports them needs, of
// all that the compiler writes for src/library.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @param {string} folder to write into; it holds nothing else */
export function libraryTypes(folder) {
  rmSync(folder, { recursive: true, force: true });
  tsc(['-p', join(root, 'tsconfig.library.json'), '--outDir', folder]);
  // They are of ES modules, whatever the folders above say.
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  const needed = new Set(filesOf(folder));
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (path.endsWith('.d.ts') && !needed.has(resolve(path))) rmSync(path);
  }
}

/** What a strict program that imports both reads, by the compiler itself. */
function filesOf(folder) {
  const entries = ['codecs', 'stores'].map((name) => join(folder, 'library', `${name}.d.ts`));
  const how = ['--ignoreConfig', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
  return tsc([...how, '--listFilesOnly', ...entries])
    .trim()
    .split('\n')
    .map((path) => resolve(path));
}

/** @returns {string} what it printed */
function tsc(args) {
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), ...args],
    { cwd: root, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`the types could not be written: ${stdout.trim()}`);
  return stdout;
}
