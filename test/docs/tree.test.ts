/** Nothing lies about: each source and script is used or named somewhere, and none knows whose machine it was. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './pages.ts';

const folders = ['src', 'test', 'scripts', 'docs', 'deploy', 'demo', 'examples'];
const left = /^(demo\/out|test\/fixtures|test\/cluster\/build)\//;
const files = [
  ...readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'package-lock.json')
    .map(({ name }) => name),
  ...folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length))
      .map((path) => path.replace(/^\//, '')),
  ),
].filter((path) => !left.test(path));
const texts = new Map(files.map((path) => [path, readFileSync(join(root, path), 'utf8')]));

describe('the repository', () => {
  const programs = files.filter((path) => /\.(ts|mjs|cjs)$/.test(path));
  const used = programs.filter(
    (path) => !/\.test\.ts$|^(vitest\.config|src\/main)\.ts$/.test(path),
  );

  it('is there', () => expect(used.length).toBeGreaterThan(300));

  it('has no source or script that nothing uses or names', () => {
    const lost = used.filter((path) => {
      const name = basename(path);
      return ![...texts].some(([other, text]) => other !== path && text.includes(name));
    });
    expect(lost).toEqual([]);
  });

  it('has no path of a machine, and no registry’s name', () => {
    const words = [
      ['/ro', 'ot/'],
      ['/ho', 'me/runner'],
      ['registry', '.npmjs'],
      ['proxy', '.golang'],
    ];
    const said = [...texts].flatMap(([path, text]) =>
      words
        .map((parts) => parts.join(''))
        .flatMap((word) => (text.includes(word) ? [`${path}: ${word}`] : [])),
    );
    expect(said).toEqual([]);
  });
});
