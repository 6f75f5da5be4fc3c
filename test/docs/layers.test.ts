/** Imports go down the house that docs/architecture.md shows, and never in a circle. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './pages.ts';

/** From the top. What stands in one line doesn't know the others of it. */
const layers = [
  ['main'],
  ['cli', 'library'],
  ['commands'],
  ['output'],
  ['migrate'],
  ['inspect'],
  ['objects'],
  ['storage'],
  ['codecs', 'kube'],
  ['go'],
  ['words'],
];
const src = join(root, 'src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.ts'),
);
const imported = new Map(files.map((file) => [file, importsOf(file)]));

/** What a file imports of the sources, types and what it loads later included. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  const found = text.matchAll(/(?:\bfrom|^import|\bimport\() ?'(\.[^']+\.ts)'/gm);
  return [...found].map(([, path = '']) => relative(src, resolve(src, dirname(file), path)));
}

/** Its folder; a file of no folder is main, cli, or one of the words that everybody uses. */
function layerOf(file: string): number {
  const [first = '', ...below] = file.split('/');
  const name = below.length > 0 ? first : first.replace(/\.ts$/, '');
  const at = layers.findIndex((layer) => layer.includes(name));
  return at < 0 && below.length === 0 ? layers.length - 1 : at;
}

it('puts every file into a layer, and finds its imports', () => {
  expect(files.filter((file) => layerOf(file) < 0)).toEqual([]);
  expect(imported.get('main.ts')).toContain('cli.ts');
  const missing = [...imported].flatMap(([file, paths]) =>
    paths.filter((path) => !imported.has(path)).map((path) => `${file} ${path}`),
  );
  expect(missing).toEqual([]);
});

it('has no import that goes up, nor to another room of the same layer', () => {
  const wrong = [...imported].flatMap(([file, paths]) =>
    paths
      .filter((path) => {
        const [from, to] = [layerOf(file), layerOf(path)];
        const [room, other] = [file.split('/')[0], path.split('/')[0]];
        const isWord = from === layers.length - 1;
        return to < from || (to === from && room !== other && !isWord);
      })
      .map((path) => `${file} -> ${path}`),
  );
  expect(wrong).toEqual([]);
});

it('has no circle', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, way: readonly string[]) => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(' -> '));
    if (way.includes(file) || done.has(file)) return;
    for (const path of imported.get(file) ?? []) visit(path, [...way, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});
