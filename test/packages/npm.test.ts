/** The npm package: packed, installed by npm as a person would, and run by every Node that it is for. */
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npm } from '../../scripts/setup.mjs';
import { nodeOf, nodeVersions } from './nodes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'npm-package-'));
const prefix = join(folder, 'prefix');
const project = join(folder, 'project');
const program = join(prefix, 'bin', 'kubectl-releases');
const dump = `dir:${join(root, 'demo', 'tiller')}`;

function run(
  file: string,
  args: readonly string[],
  options: { cwd?: string; input?: string } = {},
) {
  const { status, stdout, stderr } = spawnSync(file, [...args], { encoding: 'utf8', ...options });
  return { code: status, stdout, stderr };
}

function runNpm(...args: readonly string[]) {
  const { command, args: first } = npm();
  const done = run(command, [...first, ...args, '--silent', '--no-audit', '--no-fund'], {
    cwd: root,
  });
  expect(done.code, done.stderr).toBe(0);
}

beforeAll(() => {
  runNpm('pack', '--pack-destination', folder);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  // Offline: there is nothing else to fetch.
  runNpm('install', '--global', '--offline', '--prefix', prefix, join(folder, tarball));
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  runNpm('install', '--offline', '--prefix', project, join(folder, tarball));
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('installed globally', () => {
  const first = (text: string) => text.split('\n').slice(0, 2).join('\n');

  it('has its licence and the notices of what it holds', () => {
    const inside = join(prefix, 'lib', 'node_modules', 'kubectl-releases');
    expect(readFileSync(join(inside, 'LICENSE'), 'utf8')).toContain('Apache License');
    expect(readFileSync(join(inside, 'dist', 'THIRD-PARTY-NOTICES.txt'), 'utf8')).toContain(
      '\npg ',
    );
    const { dependencies, engines } = JSON.parse(
      readFileSync(join(inside, 'package.json'), 'utf8'),
    );
    expect({ dependencies, engines }).toEqual({
      engines: { node: '^20.19.0 || >=22.12.0' },
    });
  });

  it('is a folder that helm takes for a plugin', () => {
    const inside = join(prefix, 'lib', 'node_modules', 'kubectl-releases');
    expect(readdirSync(inside)).toContain('plugin.yaml');
    const { mode } = statSync(join(inside, 'plugin.complete'));
    expect((mode & 0o111).toString(8)).toBe('111');
  });

  it('runs by its name', () => {
    const { code, stdout, stderr } = run(program, ['list', '--storage', dump]);
    expect({ code, stderr }).toMatchObject({ code: 3 });
    expect(first(stdout)).toMatch(/^NAME .*\nbilling .* 12 /);
  });

  it('says so on a Node that it is not for', () => {
    const old = join(folder, 'old.cjs');
    const versions = "{ ...process.versions, node: '18.20.8' }";
    writeFileSync(old, `Object.defineProperty(process, 'versions', { value: ${versions} });`);
    const refused = run(process.execPath, ['--require', old, program, 'list', '--storage', dump]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /^error: this is Node 18\.20\.8: Node 20\.19 .* is needed\n {2}try: /,
    );
  });

  it.each(nodeVersions)(
    'runs with Node %s',
    async (version) => {
      const node = await nodeOf(version);
      expect(run(node, [program, 'version']).stdout).toContain(`(Node ${version}, `);
      const listed = run(node, [program, 'list', '--storage', dump]);
      expect(listed).toEqual(run(program, ['list', '--storage', dump]));
      const values = ['get', 'values', 'billing', '--revision', '3', '--storage', dump];
      expect(run(node, [program, ...values])).toEqual(run(program, values));
      const out = join(folder, `migrated-${version}`);
      const migrate = ['migrate2to3', '--all', '--from', dump, '--to', `dir:${out}`, '--yes'];
      expect(run(node, [program, ...migrate]).stdout).toContain('\nDone: 7 releases, 39 records');
      const saved = ['backup', '--all', '--storage', `dir:${out}`, `${out}.zip`];
      expect(run(node, [program, ...saved]).stdout).toContain('\nDone: 7 releases, 39 records');
      const script = "console.log(require('kubectl-releases/codecs').isBad({}))";
      const required = run(node, ['--eval', script], { cwd: project });
      expect(required).toMatchObject({ code: 0, stdout: 'false\n' });
    },
    120_000,
  );
});

describe('as a library', () => {
  /** The examples of docs/library.md, where their imports find the package. */
  function example(name: string, args: readonly string[], input?: string) {
    const path = join(project, name);
    writeFileSync(path, readFileSync(join(root, 'examples', name)));
    return run(process.execPath, [path, ...args], { cwd: project, ...(input && { input }) });
  }

  it('reads the values of a release from a store', () => {
    const { code, stdout, stderr } = example('read-values.mjs', [dump, 'billing']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^12 \{/);
    const damaged = example('read-values.mjs', [dump, 'old-cms']);
    expect(damaged.stderr).toContain('old-cms.v7: the gzip checksum is wrong');
  });

  it('decodes a payload, and names what is wrong with one', () => {
    const text = readFileSync(join(root, 'demo', 'tiller', 'configmaps.yaml'), 'utf8');
    const payload = /^ +release: (\S+)$/m.exec(text)?.[1] ?? '';
    expect(example('decode-record.mjs', [], payload)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^billing 1 in pay: superseded, by Helm 2\nchart billing /),
    });
    expect(example('decode-record.mjs', [], 'AAAA')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^[A-Z]+: /),
    });
  });

  it('is shown in docs/library.md as it runs here', () => {
    const page = readFileSync(join(root, 'docs', 'library.md'), 'utf8');
    for (const name of readdirSync(join(root, 'examples'))) {
      const [, ...code] = readFileSync(join(root, 'examples', name), 'utf8').split('\n');
      expect(page).toContain(`\`\`\`js\n${code.join('\n')}\`\`\``);
      expect(page).toContain(`examples/${name}`);
    }
  });

  it('exports what docs/library.md has in its table', () => {
    const page = readFileSync(join(root, 'docs', 'library.md'), 'utf8');
    const rows = [...page.matchAll(/^\| (`codecs`|`stores`|both) \| (.+?) \|/gm)];
    const named = (part: string) =>
      rows
        .filter(([, from]) => from === `\`${part}\`` || from === 'both')
        .flatMap(([, , names = '']) => [...names.matchAll(/`(\w+)/g)].map(([, name]) => name))
        .sort();
    for (const part of ['codecs', 'stores']) {
      const script = `import * as all from 'kubectl-releases/${part}'; console.log(Object.keys(all).join())`;
      const { stdout } = run(process.execPath, ['--input-type=module', '--eval', script], {
        cwd: project,
      });
      expect(named(part)).toEqual(stdout.trim().split(',').sort());
    }
  });

  it.each([
    { module: 'nodenext', more: [] },
    { module: 'esnext', more: ['--moduleResolution', 'bundler'] },
  ])('has types that a strict project takes, $module', ({ module, more }) => {
    const source = `
import { decodePayload, type Release } from 'kubectl-releases/codecs';
import { openStore, type Storage } from 'kubectl-releases/stores';
const release: Release = decodePayload('');
const revision: number = release.revision;
const { storage }: { storage: Storage } = await openStore('dir:.', { create: true });
// @ts-expect-error: a name is a text
const wrong: number = release.name;
console.log(revision, wrong, storage.address);
`;
    writeFileSync(join(project, 'strict.ts'), source);
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const flags = ['--noEmit', '--strict', '--target', 'es2023', '--module', module, ...more];
    const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules', '@types')];
    const checked = run(process.execPath, [tsc, ...flags, ...types, 'strict.ts'], { cwd: project });
    expect(checked).toMatchObject({ code: 0, stdout: '' });
  });

  it('holds no types but those that a project reads', () => {
    const folderOf = join(project, 'node_modules', 'kubectl-releases', 'dist', 'types');
    const there = readdirSync(folderOf, { recursive: true, encoding: 'utf8' });
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const how = ['--listFilesOnly', '--module', 'nodenext'];
    const entries = ['codecs', 'stores'].map((name) => join(folderOf, 'library', `${name}.d.ts`));
    const read = run(process.execPath, [tsc, ...how, ...entries], { cwd: project });
    const files = there.filter((name) => name.endsWith('.d.ts'));
    expect(files.length).toBeGreaterThan(8);
    for (const name of files) expect(read.stdout).toContain(`${join(folderOf, name)}\n`);
    const { type } = JSON.parse(readFileSync(join(folderOf, 'package.json'), 'utf8'));
    expect(type).toBe('module');
  });
});
