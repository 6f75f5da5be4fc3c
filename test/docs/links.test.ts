/** What the pages refer to is there: files, anchors, commands and flags of this program, npm's scripts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aliasesOf } from '../../src/commands/command.ts';
import { optionsOf } from '../../src/commands/line/optionsOf.ts';
import { commandTable } from '../../src/commands/table.ts';
import { root, pages as written } from './pages.ts';

const more = [
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'docs/reference.md',
  'demo/README.md',
  'test/cluster/README.md',
  'test/fixtures/README.md',
  'test/oracle/README.md',
];
const pages = [...written, ...more];
const read = (page: string) => readFileSync(join(root, page), 'utf8');
const proseOf = (page: string) => read(page).replace(/^```[\s\S]*?^```/gm, '');

/** The anchors that GitHub makes of a page's headings. */
function anchorsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

const links = pages.flatMap((page) =>
  [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => ({ page, target }))
    .filter(({ target }) => !/^https?:/.test(target)),
);

describe('links', () => {
  it('are found', () => expect(links.length).toBeGreaterThan(30));

  it.each(links)('$page → $target', ({ page, target }) => {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : relative(root, join(root, dirname(page), path));
    expect(existsSync(join(root, file)), `${file} is not there`).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(file)).toContain(anchor);
  });

  it('lead from the README or from another page to every page', () => {
    const linked = links.map(({ page, target }) =>
      relative(root, join(root, dirname(page), target.split('#')[0] ?? '')),
    );
    const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
    for (const name of docs.filter((one) => one.endsWith('.md')))
      expect(linked).toContain(`docs/${name}`);
  });
});

/** `path/file.ext`, and folders, in the words of a page that lies at the root of the repository. */
const paths = pages.flatMap((page) =>
  [...proseOf(page).matchAll(/`((?:src|test|scripts|docs|deploy|examples)\/[\w./-]+)`/g)].map(
    ([, path = '']) => ({ page, path }),
  ),
);

describe('paths in the text', () => {
  it.each(paths)('$page: $path', ({ path }) => {
    expect(existsSync(join(root, path))).toBe(true);
  });
});

describe('flags in the text', async () => {
  const commands = await Promise.all(commandTable.map(({ load }) => load()));
  const known = new Set(
    commands.flatMap((command) =>
      Object.entries(optionsOf(command)).flatMap(([name, option]) => [name, ...aliasesOf(option)]),
    ),
  );
  // Of scripts/package.mjs, of helm's own `plugin install` and `install`, and of werf's migrate2to3.
  for (const flag of ['only', 'verify', 'take-ownership', 'release']) known.add(flag);
  // Of helm and kubectl, in the ways that `doctor` prints.
  for (const flag of ['force', 'type', 'server-side', 'no-hooks', 'keep-history', 'install'])
    known.add(flag);
  const flags = written
    .filter(
      (page) => !['docs/architecture.md', 'docs/decisions.md', 'docs/packaging.md'].includes(page),
    )
    .flatMap((page) =>
      [...proseOf(page).matchAll(/`[^`]*`/g)].flatMap(([code]) =>
        [...code.matchAll(/(?<![\w-])--([a-z](?:[\w-]*\w)?)(?![\w…-])/g)].map(([, flag = '']) => ({
          page,
          flag,
        })),
      ),
    );
  it.each(flags)('$page: --$flag', ({ flag }) => {
    expect(known.has(flag)).toBe(true);
  });
});

it('every npm script that a page names is there', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: object };
  const named = pages.flatMap((page) =>
    [...read(page).matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name),
  );
  expect(named.length).toBeGreaterThan(5);
  for (const name of named) expect(Object.keys(scripts)).toContain(name);
});
