/** Completion: kubectl asks the real protocol of the script, and bash asks the function. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useClients, useCluster } from '../cluster/shared.ts';
import { findShells } from '../cluster/shells.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { builtProgram, put } from './kubectl-program.ts';
import { program } from './program.ts';

const cluster = useCluster();
const { kubectl, run } = useClients();
const { fish, zsh } = findShells(console.log);
const releases = builtProgram(run, cluster.adminKubeconfig);

let folder: string;
let namespace: string;
let path: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'completion-'));
  namespace = await cluster.namespace('complete');
  await put(
    cluster,
    sketchRecord({ namespace, revision: 1, status: 'superseded' }),
    sketchRecord({ namespace, revision: 2 }),
    sketchRecord({ namespace, name: 'search' }),
  );
  symlinkSync(program, join(folder, 'kubectl-releases'));
  const { stdout } = await releases(['completion', 'kubectl']);
  writeFileSync(join(folder, 'kubectl_complete-releases'), stdout);
  chmodSync(join(folder, 'kubectl_complete-releases'), 0o755);
  path = [folder, process.env.PATH ?? ''].join(delimiter);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function words(...line: string[]): Promise<string[]> {
  const { found, end } = await answer(...line);
  expect(end).toBe(':4');
  return found;
}

/** The words, and cobra's directive: `:0` lets the shell complete files. */
async function answer(...line: string[]): Promise<{ found: string[]; end: string | undefined }> {
  const { code, stdout } = await releases(['completion', 'words', '--', ...line]);
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  const end = lines.pop();
  return { found: lines.map((one) => one.split('\t')[0] ?? ''), end };
}

describe('words', () => {
  it('are commands, flags, parts, and what the cluster holds', async () => {
    expect(await words('hi')).toEqual(['history']);
    expect(await words('list', '--name')).toEqual(['--namespace']);
    expect(await words('get', 'ma')).toEqual(['manifest']);
    expect(await words('-n', namespace, 'status', '')).toEqual(['billing', 'search']);
    expect(await words('get', 'values', '-n', namespace, 'b')).toEqual(['billing']);
    expect(await words('status', 'billing', '-n', namespace, '--revision', '')).toEqual([
      ...['HEAD', '@deployed', '2', '1'],
    ]);
    expect(await words('diff', 'billing', '-n', namespace, '')).toContain('2');
    expect(await words('list', '-n', namespace.slice(0, -1))).toContain(namespace);
    expect(await words('list', '--compat', 'helm')).toEqual([
      ...['helm3', 'helm4', 'helm3.8', 'helm3.22', 'helm4.1', 'helm4.3'],
    ]);
    expect(await words('list', '-o', 'js')).toEqual(['json', 'jsonpath=']);
    expect(await words('nothing', 'x')).toEqual([]);
    expect(await words('status', '--kubeconfig', '/nowhere', '')).toEqual([]);
  });
});

describe('of a move', () => {
  it('are releases, those that are not named yet', async () => {
    for (const command of ['relocate', 'copy'])
      expect(await words(command, '-n', namespace, '')).toEqual(['billing', 'search']);
    expect(await words('copy', '-n', namespace, 'billing', '')).toEqual(['search']);
    expect(await words('copy', '--from', 'configmap', '-n', namespace, '')).toEqual([]);
    expect(await words('copy', '--all', '-n', namespace, '--exclude', 's')).toEqual(['search']);
    expect(await answer('backup', '-n', namespace, 'b')).toEqual({ found: ['billing'], end: ':0' });
    expect(await words('copy', '-n', namespace, 'billing', '--to', '')).toEqual([
      ...['secret', 'configmap', 'sql', 'dir:', 'file:'],
    ]);
  });

  it('are Helm 2’s where that is what moves, and nowhere what a command would not find', async () => {
    const tiller = await cluster.namespace('tiller');
    const old = (name: string, at: string) =>
      sketchRecord({ helm: 2, name, namespace: at }, { namespace: tiller });
    await put(cluster, old('here', namespace), old('elsewhere', `${namespace}-x`));
    const at = ['-n', namespace, '-t', tiller];
    expect(await words('migrate2to3', '-t', tiller, '')).toEqual(['elsewhere', 'here']);
    expect(await words('get', 'values', ...at, '')).toEqual(['billing', 'here', 'search']);
    expect(await words('get', 'values', ...at, '--helm', '2', '')).toEqual(['here']);
  });
});

describe('of what is in no cluster', () => {
  it('are contexts, addresses, commands and shells', async () => {
    for (const flag of ['--context', '--contexts', '--kube-context'])
      expect(await words('list', flag, '')).toEqual(['test']);
    expect(await words('copy', '--to-context', 'te')).toEqual(['test']);
    // A path follows, and no space.
    expect(await answer('list', '--storage', 'd')).toEqual({ found: ['dir:'], end: ':6' });
    expect(await words('completion', '')).toEqual(['bash', 'zsh', 'fish', 'kubectl']);
    expect(await words('job', 'm')).toEqual(['migrate2to3']);
    expect(await words('rbac', 're')).toEqual(expect.arrayContaining(['relocate', 'restore']));
  });

  it.each([
    ['restore', ''],
    ['verify', ''],
    ['decode', ''],
    ['list', '--kubeconfig', ''],
    ['chart', 'billing', '-d', ''],
    ['backup', '--all', '--passphrase-file', ''],
  ])('is a file, which the shell knows better: %s %s', async (...line) => {
    expect(await answer(...line)).toEqual({ found: [], end: ':0' });
  });
});

describe('in a shell', () => {
  it('bash completes files where they may stand', async () => {
    writeFileSync(join(folder, 'all.zip'), '');
    const file = join(folder, 'files.sh');
    const script = await scriptOf('bash');
    const tried = (line: string) =>
      `(cd ${folder}; compopt() { echo "files: $*"; }; COMP_WORDS=(kubectl-releases ${line}); COMP_CWORD=2; _kubectl_releases)`;
    writeFileSync(file, [script, tried("verify ''"), tried('history billing')].join('\n'));
    const { stdout } = await run('bash', [file], {
      kubeconfig: cluster.adminKubeconfig,
      env: { PATH: path },
    });
    expect(stdout).toBe('files: -o default\n');
  });

  it('fish completes files where they may stand', async () => {
    writeFileSync(join(folder, 'all.zip'), '');
    const file = join(folder, 'files.fish');
    const line = `complete -C 'kubectl-releases verify ${folder}/al'`;
    writeFileSync(file, [await scriptOf('fish'), line].join('\n'));
    const { stdout } = await run(fish.program, [file], {
      kubeconfig: cluster.adminKubeconfig,
      env: { ...fish.env, PATH: path },
    });
    expect(stdout.trim().split('\t')[0]).toBe(`${folder}/all.zip`);
  });

  it('kubectl asks the plugin', async () => {
    const args = ['__complete', 'releases', 'history', '-n', namespace, ''];
    const { stdout } = await run(kubectl, args, {
      kubeconfig: cluster.adminKubeconfig,
      env: { PATH: path },
    });
    expect(stdout).toMatch(/^billing\t.*\nsearch\t.*\n:4\n$/);
  });

  it('bash asks the function', async () => {
    const { stdout: script } = await releases(['completion', 'bash']);
    const file = join(folder, 'complete.sh');
    const line = `COMP_WORDS=(kubectl-releases status -n ${namespace} b); COMP_CWORD=4`;
    writeFileSync(file, `${script}${line}\n_kubectl_releases\necho "\${COMPREPLY[@]}"\n`);
    const { stdout } = await run('bash', [file], {
      kubeconfig: cluster.adminKubeconfig,
      env: { PATH: path },
    });
    expect(stdout).toBe('billing\n');
  });

  it('bash keeps the @ before a revision, at which it takes words apart', async () => {
    const file = join(folder, 'revisions.sh');
    // As bash 5 hands them over, with an @ in COMP_WORDBREAKS.
    const tried = (word: string, ...parts: readonly string[]) =>
      [
        `COMP_LINE='kubectl-releases status -n ${namespace} ${word}'; COMP_POINT=\${#COMP_LINE}`,
        `COMP_WORDS=(kubectl-releases status -n ${namespace} ${parts.join(' ')})`,
        `COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _kubectl_releases; echo "\${COMPREPLY[@]}"`,
      ].join('\n');
    const lines = [tried('billing@', 'billing', '@'), tried('billing@dep', 'billing', '@', 'dep')];
    writeFileSync(file, [await scriptOf('bash'), ...lines, ''].join('\n'));
    const { stdout } = await run('bash', [file], {
      kubeconfig: cluster.adminKubeconfig,
      env: { PATH: path },
    });
    expect(stdout).toBe('@HEAD @deployed @2 @1\n@deployed\n');
  });

  const scriptOf = async (shell: string) => (await releases(['completion', shell])).stdout;

  it('fish asks, and keeps the order', async () => {
    const file = join(folder, 'complete.fish');
    const lines = [
      `status -n ${namespace} b`,
      `diff billing -n ${namespace} `,
      'list --compat helm',
    ].map((line) => `complete -C 'kubectl-releases ${line}'`);
    writeFileSync(file, [await scriptOf('fish'), ...lines].join('\n'));
    const { stdout, stderr } = await run(fish.program, [file], {
      kubeconfig: cluster.adminKubeconfig,
      env: { ...fish.env, PATH: path },
    });
    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n')).toEqual([
      'billing\trelease',
      ...['HEAD\tthe newest', '@deployed\tthe deployed one'],
      ...['2\trevision of billing', '1\trevision of billing'],
      ...['helm3', 'helm4', 'helm3.8', 'helm3.22', 'helm4.1', 'helm4.3'],
    ]);
  });

  describe('zsh', () => {
    /**
     * What stands on its command line, and on the screen below it, after each line and a Tab.
     * @param setup lines that the zsh at the terminal reads first
     */
    async function typed(lines: readonly string[], setup: readonly string[]) {
      const file = join(folder, 'terminal.zsh');
      const rc = join(folder, 'rc.zsh');
      const start = ["PS1=''", 'bindkey -e', 'autoload -Uz compinit', `compinit -u -D`];
      const show = 'show() { print -r -- "<$BUFFER>" }; zle -N show; bindkey "^X" show';
      writeFileSync(rc, [zsh.prelude, ...start, ...setup, show, 'print -r "<>"'].join('\n'));
      const waited = `until [[ $seen == *'<'*'>'* ]]; do zpty -r shell part || exit 1; seen+=$part; done`;
      const next = `${waited}; print -r -- $seen; print -r -- ----; seen=''`;
      writeFileSync(
        file,
        [
          ...[zsh.prelude, 'zmodload zsh/zpty', `zpty shell ${zsh.program} -f -i`, "seen=''"],
          ...[`zpty -w shell 'stty -echo; source ${rc}'`, next],
          ...lines.flatMap((line) => [`zpty -w -n shell $'\\x15${line}\\t\\x18'`, next]),
        ].join('\n'),
      );
      const { stdout } = await run(zsh.program, ['-f', file], {
        kubeconfig: cluster.adminKubeconfig,
        env: { ...zsh.env, PATH: path, TERM: 'dumb' },
      });
      return stdout.split('----').slice(1, -1);
    }
    const wanted = () => [`kubectl-releases status -n ${namespace} b`, 'kubectl-releases hi'];
    const lineIn = (screen = '') => /<(.*)>/.exec(screen)?.[1];

    it('asks the function', async () => {
      const file = join(folder, 'sourced.zsh');
      writeFileSync(file, await scriptOf('zsh'));
      const revisions = `kubectl-releases status billing -n ${namespace} --revision `;
      const screens = await typed([...wanted(), revisions], [`source ${file}`]);
      expect(screens.slice(0, 2).map(lineIn)).toEqual([
        `kubectl-releases status -n ${namespace} billing `,
        'kubectl-releases history ',
      ]);
      // zsh sorts, and puts words with one description on one line.
      for (const shown of [/^HEAD +-- the newest /m, /^1 +2 +-- revision of billing /m])
        expect(screens[2]).toMatch(shown);
    });

    it('loads it from a folder of functions, and asks at the first Tab', async () => {
      const functions = join(folder, 'functions');
      mkdirSync(functions);
      writeFileSync(join(functions, '_kubectl-releases'), await scriptOf('zsh'));
      const screens = await typed(wanted(), [`fpath+=(${functions})`, 'compinit -u -D']);
      expect(screens.map(lineIn)).toEqual([
        `kubectl-releases status -n ${namespace} billing `,
        'kubectl-releases history ',
      ]);
    });
  });
});
