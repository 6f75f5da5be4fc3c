/** Names that somebody else chose, as names of files: what git itself obeys is asked of git. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unsafeName } from '../../src/fileNames.ts';
import { openPaths, unsafePath } from '../../src/inspect/chart/paths.ts';

describe('a name is refused', () => {
  // git's path.c and utf8.c: is_ntfs_dotgit, is_hfs_dotgit.
  it.each([
    ...['.git', '.GIT', '.Git', '.git.', '.git ', '.git . .', '.git::$INDEX_ALLOCATION', '.git:x'],
    ...['git~1', 'GIT~1', 'gi7eba~1', '.g\u200cit', '.git\u206f', '.\u206agit', '.gi\ufefft'],
    ...['.ｇｉｔ', '.gitmodules', '.GITMODULES'],
  ])('that git or a file system takes for .git: %j', (name) => {
    expect(unsafePath(`${name}/config`)).toBeDefined();
    expect(unsafePath(`charts/db/${name}`)).toBeDefined();
  });

  it.each([
    ...['.envrc', '.direnv', '.env', '.env.local', '.vscode', '.idea', '.devcontainer', '.vimrc'],
    ...['.husky', '.npmrc', '.yarnrc', '.yarnrc.yml', '.pnpmfile.cjs', '.pre-commit-config.yaml'],
    ...['.hg', '.svn', '.bzr', '.jj', 'CVS', '_darcs', '_FOSSIL_', 'HEAD', 'head', '.exrc'],
    ...['.dir-locals.el', '.tool-versions', '.mise.toml', 'mise.toml', 'bunfig.toml', '.github'],
    ...[
      'ansible.cfg',
      'node_modules',
      'desktop.ini',
      'Desktop.INI',
      'x.lnk',
      'helm.exe',
      'git.cmd',
    ],
    ...['.gdbinit', '.mvn', '.cargo', '.config', '.eslintrc.js', '.a-tool-of-next-year'],
  ])('that programs obey: %s', (name) => {
    expect(unsafeName(name)).toMatch(/^its name is one that /);
  });

  it.each([
    ...['CON', 'con', 'nul.yaml', 'AUX.tar.gz', 'com1', 'LPT9.txt', 'COM¹', 'CONIN$', 'prn .x'],
    ...['a.', 'a ', '...', 'x:y', 'a?', 'a*', '<a', 'a|b', '"a"', 'PROGRA~1', 'a~12.txt', '-rf'],
  ])('that is another one, or none, elsewhere: %j', (name) => {
    expect(unsafeName(name)).toBeDefined();
  });
});

it.each([
  ...['Chart.yaml', '.helmignore', '.gitignore', '.gitattributes', '.gitkeep', '.editorconfig'],
  ...[
    'Makefile',
    'README.md',
    'OWNERS',
    'LICENSE',
    'templates/_helpers.tpl',
    'templates/NOTES.txt',
  ],
  ...[
    'ci/test-values.yaml',
    'files/.bashrc',
    'files/.htaccess',
    'files/console.json',
    'files/nul-1',
  ],
  ...['files/run.sh', 'files/run.ps1', 'files/app.js', 'com', 'com10', 'headers', 'files/été.json'],
  ...['.env.example', 'crds/crd-a.b.c.yaml', 'a~b', 'git', 'x.git', 'dashboards/a b.json', '~'],
])('an ordinary file of a chart is written: %s', (path) => {
  expect(unsafePath(path)).toBe(undefined);
});

it.each([
  ['a/x', 'A/X'],
  ['straße', 'STRASSE'],
  ['caf\u00e9', 'cafe\u0301'],
  ['\u212a', 'k'],
  ['a', 'A/b'],
])('takes %j and %j for one on some file system', (one, other) => {
  const paths = openPaths();
  expect(paths.take(one)).toBe(undefined);
  expect(paths.take(other)).toBeDefined();
});

describe('with what is written, git', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'names-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const config = `[core]
\trepositoryformatversion = 0
\tbare = false
\tworktree = x
\tfsmonitor = touch PLACE; false
`;
  const repository = (folder: string): [string, string][] => [
    [`${folder}HEAD`, 'ref: refs/heads/main\n'],
    [`${folder}config`, config],
    [`${folder}objects/info/x`, ''],
    [`${folder}refs/heads/x`, ''],
    [`${folder}x/a`, ''],
  ];

  function written(files: readonly [string, string][], all: boolean): void {
    for (const [path, text] of files) {
      if (!all && unsafePath(path) !== undefined) continue;
      mkdirSync(dirname(join(root, 'c', path)), { recursive: true });
      writeFileSync(join(root, 'c', path), text.replace('PLACE', join(root, 'ran')));
    }
  }

  it.each<[string, [string, string][]]>([
    ['a repository in .git', repository('.git/')],
    ['a file that names one', [['.git', 'gitdir: store\n'], ...repository('store/')]],
    ['a bare one', repository('')],
  ])('finds no repository: %s', (_, files) => {
    mkdirSync(join(root, 'c'));
    const env = { PATH: process.env.PATH ?? '', HOME: root, GIT_CEILING_DIRECTORIES: root };
    const status = () => {
      try {
        const cwd = join(root, 'c');
        execFileSync('git', ['status'], { cwd, env, stdio: 'ignore' });
      } catch {
        // It says so where there is no repository.
      }
      return readdirSync(root).includes('ran');
    };
    written(files, false);
    expect(status()).toBe(false);
    written(files, true);
    expect(status()).toBe(true);
  });
});
