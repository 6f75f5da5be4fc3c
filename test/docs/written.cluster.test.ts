/**
 * The commands in README and docs that stand there without what they print: each is run as it is written,
 * at a terminal, in the order of its page, and must end well. A page begins with Tiller's releases in one
 * cluster and nothing in the other. The README's section on installing has a test of its own, and so do
 * the commands that run the tests. The whole suite takes the README and half of the other pages.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawn } from '../cluster/drawn.ts';
import { type Postgres, startPostgres } from '../cluster/postgres.ts';
import { useClients } from '../cluster/shared.ts';
import { program } from '../e2e/program.ts';
import { blocksOf, isShown, pages, root, shownCommands } from './pages.ts';
import { linkPrograms, startWorld, typeLine, type World } from './world.ts';

const { helm4, kubectl } = useClients();
const folder = mkdtempSync(join(tmpdir(), 'written-'));
const bin = join(folder, 'bin');
let world: World;
let postgres: Postgres;
let newDatabase: string;
let recipient: string;

beforeAll(async () => {
  linkPrograms(bin, { 'kubectl-releases': program, kubectl, helm: helm4 });
  [world, postgres, recipient] = await Promise.all([
    startWorld(folder),
    startPostgres(),
    generateIdentity().then(identityToRecipient),
  ]);
  newDatabase = await postgres.database();
}, 120_000);
afterAll(async () => {
  await Promise.all([world.stop(), postgres.stop()]);
  rmSync(folder, { recursive: true });
});

/** What a page leaves open. */
const filledIn = (line: string) =>
  line
    .replace(/\bNAME\b/g, 'billing')
    .replace('age1…', recipient)
    .replace(/postgresql:\S+@NEW_HOST\S+/, newDatabase)
    .replace(/postgresql:\S+:PASSWORD@\S+/, postgres.connectionString);

const type = (line: string, home: string) =>
  typeLine(line, {
    cwd: home,
    env: { PATH: `${bin}:${process.env.PATH}`, HOME: home, KUBECONFIG: world.kubeconfig },
  });

/** Pages that speak of a cluster that Helm 2 alone has been at. The others' releases are migrated. */
const before = ['README.md', 'docs/rbac.md'];

const elsewhere: { readonly [page: string]: RegExp } = {
  // test/packages/install.cluster.test.ts, and what runs this test.
  'README.md':
    /^(npm |sha256sum |mkdir |tar |chmod |helm plugin |helm releases version|kubectl krew |kubectl releases (version|completion))/,
};

/** Lines of a block, each with those before it that set something. */
function statements(lines: readonly string[]): { line: string; script: string }[] {
  const joined = lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  const sets = (line: string) => /^(export |\w+\(\) )/.test(line);
  return joined.flatMap((line, i) =>
    sets(line) ? [] : [{ line, script: [...joined.slice(0, i).filter(sets), line].join('\n') }],
  );
}

const written = pages
  .map((page) => {
    const blocks = blocksOf(page).filter(({ language }) => language === '');
    const lines = blocks.flatMap((block) =>
      isShown(block)
        ? shownCommands(block).map(({ command }) => ({ at: block.line, line: '', script: command }))
        : statements(block.lines).map((one) => ({ at: block.line, ...one })),
    );
    return { page, lines: lines.filter(({ line }) => !elsewhere[page]?.test(line)) };
  })
  .filter(({ lines }) => lines.some(({ line }) => line !== ''));

const others = written.filter(({ page }) => page !== 'README.md').map(({ page }) => page);
const asked = ['README.md', ...drawn('pages', others, 2)];

describe.each(written.filter(({ page }) => asked.includes(page)))('$page', ({ page, lines }) => {
  const home = join(folder, page.replaceAll('/', '-'));
  beforeAll(async () => {
    await world.reset();
    mkdirSync(join(home, '.helm', 'repository'), { recursive: true });
    const repositories = join(home, '.helm', 'repository', 'repositories.yaml');
    writeFileSync(repositories, 'apiVersion: v1\nrepositories: []\n');
    for (const part of ['demo', 'deploy'])
      cpSync(join(root, part), join(home, part), { recursive: true });
    if (before.includes(page)) return;
    const migrated = await type('kubectl releases migrate2to3 --all --yes --no-adopt', home);
    expect(migrated.code, migrated.text).toBe(0);
  });

  // What the page shows in between happens too; shown.cluster.test.ts looks at what it prints.
  for (const { at, line, script } of lines)
    it(`${page}:${at} ${line || script}`, async () => {
      const { code, text } = await type(filledIn(script), home);
      // diff is like diff, and doctor finds something here.
      const found = / releases diff /.test(script)
        ? [1]
        : / releases doctor /.test(script)
          ? [3]
          : [];
      const fine = [0, ...found];
      if (line !== '') expect(fine, text).toContain(code);
      else expect(text).not.toBe('');
    });
});
