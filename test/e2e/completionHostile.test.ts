/**
 * Tab and Enter at a terminal of real shells, where a kubeconfig and a folder hold names that somebody made to be
 * run. What the program is then called with is the very name, or nothing; and nothing else has run.
 */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shellQuote } from '../../src/shellQuote.ts';
import { findShells } from '../cluster/shells.ts';
import { command } from './program.ts';

const { fish, zsh } = findShells(console.log);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostile-'));
  mkdirSync(join(folder, 'bin'));
  const stub = join(folder, 'bin', 'kubectl-releases');
  // Completion is the program's; any other call is written down.
  writeFileSync(
    stub,
    `#!/bin/sh
if [ "$1" = completion ]; then
  ${command.map(shellQuote).join(' ')} "$@"
  : > ${shellQuote(join(folder, 'answered'))}
  exit
fi
for word; do printf '%s\\0' "$word"; done > ${shellQuote(join(folder, 'called'))}
`,
  );
  chmodSync(stub, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Terminal {
  readonly start: string;
  readonly env: { readonly [name: string]: string };
  /** What it reads first. */
  readonly setup: (script: string) => string;
}

const terminals: { readonly [shell: string]: Terminal } = {
  bash: { start: 'bash --norc --noprofile -i', env: {}, setup: (script) => `source ${script}` },
  zsh: {
    start: `${zsh.program} -f -i`,
    env: { ...zsh.env },
    setup: (script) =>
      [zsh.prelude, 'autoload -Uz compinit', 'compinit -u -D', `source ${script}`]
        .filter((line) => line !== '')
        .join('; '),
  },
  fish: {
    start: `${fish.program} --no-config -i`,
    env: { ...fish.env },
    setup: (script) => `source ${script}`,
  },
};

/** @returns the words that the program was called with after the line, a Tab and Enter */
async function tabAndEnter(
  shell: string,
  line: string,
  contexts: readonly string[],
): Promise<string[]> {
  const terminal = terminals[shell];
  if (!terminal) throw new Error(shell);
  const [script, kubeconfig] = [join(folder, 'script'), join(folder, 'config')];
  const [called, answered] = [join(folder, 'called'), join(folder, 'answered')];
  for (const left of [called, answered]) rmSync(left, { force: true });
  writeFileSync(
    kubeconfig,
    JSON.stringify({ contexts: contexts.map((name) => ({ name, context: {} })) }),
  );
  const env = {
    ...{ HOME: folder, TERM: 'dumb', LC_ALL: 'C.UTF-8', KUBECONFIG: kubeconfig, ...terminal.env },
    PATH: [join(folder, 'bin'), process.env.PATH ?? ''].join(delimiter),
  };
  const made = spawn(command[0], [...command.slice(1), 'completion', shell], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const part of made.stdout) text += part;
  writeFileSync(script, text);
  const screen = spawn('script', ['-qec', terminal.start, '/dev/null'], { cwd: folder, env });
  let seen = '';
  screen.stdout.on('data', (part) => {
    seen += part;
  });
  const quiet = async (wanted: () => boolean) => {
    for (let at = 0; at < 600 && !wanted(); at++) await sleep(50);
    if (!wanted()) throw new Error(`${shell} did not come so far: ${JSON.stringify(seen)}`);
  };
  try {
    screen.stdin.write(`${terminal.setup(script)}; echo re''ady\n`);
    await quiet(() => /ready\r?\n/.test(seen));
    screen.stdin.write(`${line}\t`);
    await quiet(() => existsSync(answered));
    // The shell writes what it was told, or nothing.
    await sleep(700);
    screen.stdin.write('\n');
    await quiet(() => existsSync(called));
    await sleep(100);
    return readFileSync(called, 'utf8').split('\0').slice(0, -1);
  } finally {
    screen.kill('SIGKILL');
  }
}

const hostile = [
  ...[
    '$(touch X)',
    '`touch X`',
    "it's; touch X",
    'a b',
    '"; touch X; "',
    'a\\$(touch X)',
    "a'$(touch X)'",
  ],
  ...['x && touch X', '*', '~', '{a,b}', '!!', '#x', 'a|b', 'grüß Gott'],
];

describe.each(Object.keys(terminals))('%s', (shell) => {
  it.each(hostile)('puts the context %j on the line as it is', async (name) => {
    const called = await tabAndEnter(shell, 'kubectl-releases list --context ', [name]);
    // fish would put it there without quotes, so that it isn't offered.
    const isLeftOut = shell === 'fish' && name.startsWith('~');
    expect(called).toEqual(['list', '--context', ...(isLeftOut ? [] : [name])]);
    expect(existsSync(join(folder, 'X'))).toBe(false);
  });

  it.each([
    ['--context arn:aws:eks:e', ['--context', 'arn:aws:eks:eu-1:12:cluster/a b']],
    ['--context=arn:aws', ['--context=arn:aws:eks:eu-1:12:cluster/a b']],
    ['--context=', ['--context=arn:aws:eks:eu-1:12:cluster/a b']],
    ['--context arn:', ['--context', 'arn:aws:eks:eu-1:12:cluster/a b']],
    ['-o custom-', ['-o', 'custom-columns=']],
    ['--storage dir:./du', ['--storage', 'dir:./dump$(touch X)/']],
    ['--storage=dir:./du', ['--storage=dir:./dump$(touch X)/']],
    ['--compat=helm4 --output=j', ['--compat=helm4', '--output=json']],
  ])('completes what holds a : or a =: %s', async (line, words) => {
    mkdirSync(join(folder, 'dump$(touch X)'), { recursive: true });
    const contexts = ['arn:aws:eks:eu-1:12:cluster/a b'];
    const called = await tabAndEnter(shell, `kubectl-releases list ${line}`, contexts);
    if (line.endsWith('=j')) expect(called.slice(0, 2)).toEqual(['list', '--compat=helm4']);
    else expect(called).toEqual(['list', ...words]);
    expect(existsSync(join(folder, 'X'))).toBe(false);
  });

  it('runs nothing within quotes that are open', async () => {
    for (const quote of ['"', "'"]) {
      const called = await tabAndEnter(
        shell,
        `kubectl-releases list --context ${quote}\t${quote}`,
        ["a'$(touch X)", 'b"`touch X`'],
      ).catch(() => []);
      expect(called.length).toBeGreaterThanOrEqual(0);
      expect(existsSync(join(folder, 'X'))).toBe(false);
    }
  });
});
