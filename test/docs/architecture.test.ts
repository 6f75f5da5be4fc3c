/** docs/architecture.md is the map of the sources: what it names is there, and what is there is on it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './pages.ts';

const text = readFileSync(join(root, 'docs', 'architecture.md'), 'utf8');
const entries = ['src', 'test', 'scripts'].flatMap((top) =>
  readdirSync(join(root, top), { recursive: true, withFileTypes: true }).map((entry) => ({
    path: join(entry.parentPath ?? entry.path, entry.name)
      .slice(root.length)
      .replace(/^\/?/, '/'),
    isFolder: entry.isDirectory(),
  })),
);
const tops = ['/src', '/test', '/scripts'].map((path) => ({ path, isFolder: true }));
const [files, folders] = [false, true].map((wanted) =>
  [...entries, ...tops].filter(({ isFolder }) => isFolder === wanted).map(({ path }) => path),
) as [string[], string[]];

/** What stands between backquotes, as paths from anywhere: `codecs/helm2/wire.ts`, `hapi.ts`, `relocate/`. */
const named = [...text.matchAll(/`([\w./-]+)`/g)].map(([, name = '']) => name);

describe('docs/architecture.md', () => {
  it.each([...new Set(named.filter((name) => /\.(ts|mjs)$/.test(name)))])('%s is there', (name) => {
    expect(files.filter((path) => path.endsWith(`/${name}`))).not.toEqual([]);
  });

  it.each([...new Set(named.filter((name) => name.endsWith('/')))])('%s is there', (name) => {
    expect([...folders].filter((path) => `${path}/`.endsWith(`/${name}`))).not.toEqual([]);
  });

  const sources = folders.filter((path) => /^\/src\//.test(path));
  it.each([...sources])('names %s', (path) => {
    const [last = '', above = ''] = path.split('/').reverse();
    const patterns = [`\`${last}/`, `/${last}/`, `\`${above}/${last}`];
    expect(patterns.some((pattern) => text.includes(pattern))).toBe(true);
  });

  it('names every folder of tests', () => {
    const tests = folders.filter((path) => /^\/test\/[^/]+$/.test(path));
    for (const path of tests) expect(text).toContain(`\`${path.split('/').at(-1)}/\``);
  });
});
