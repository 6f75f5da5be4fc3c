/**
 * Tab and Enter at a terminal of real shells, where a kubeconfig and a folder hold names that somebody made to be
 * run. What the program is then called with is the very name, or nothing; and nothing else has run.
 */
import { spawn, spawnSync } from 'node:child_process';
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
import { afterAll, beforeAll, describe, it } from 'vitest';
import { shellQuote } from '../../src/shellQuote.ts';
import { drawn } from '../cluster/drawn.ts';
import { findShells } from '../cluster/shells.ts';
import { bundle } from './program.ts';

const { fish, zsh } = findShells(console.log);

/** The bundle: what is asked is what shells make of its answers, which no other runtime changes. */
const command = [process.execPath, bundle];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostile-'));
  for (const shell of Object.keys(terminals)) {
    const [file = '', ...first] = [...command, 'completion', shell];
    const made = spawnSync(file, first, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    writeFileSync(join(folder, shell), made.stdout);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A home for one terminal, which several are open at once: most of their time they wait. */
function home(): string {
  const own = mkdtempSync(join(folder, 'home-'));
  mkdirSync(join(own, 'bin'));
  const stub = join(own, 'bin', 'kubectl-releases');
  // Completion is the program's; any other call is written down.
  writeFileSync(
    stub,
    `#!/bin/sh
if [ "$1" = completion ]; then
  ${command.map(shellQuote).join(' ')} "$@"
  : > ${shellQuote(join(own, 'answered'))}
  exit
fi
for word; do printf '%s\\0' "$word"; done > ${shellQuote(join(own, 'called'))}
`,
  );
  chmodSync(stub, 0o755);
  return own;
}

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
  own: string,
  shell: string,
  line: string,
  contexts: readonly string[],
): Promise<string[]> {
  const terminal = terminals[shell];
  if (!terminal) throw new Error(shell);
  const [script, kubeconfig] = [join(folder, shell), join(own, 'config')];
  const [called, answered] = [join(own, 'called'), join(own, 'answered')];
  for (const left of [called, answered]) rmSync(left, { force: true });
  writeFileSync(
    kubeconfig,
    JSON.stringify({ contexts: contexts.map((name) => ({ name, context: {} })) }),
  );
  const env = {
    ...{ HOME: own, TERM: 'dumb', LC_ALL: 'C.UTF-8', KUBECONFIG: kubeconfig, ...terminal.env },
    PATH: [join(own, 'bin'), process.env.PATH ?? ''].join(delimiter),
  };
  const screen = spawn('script', ['-qec', terminal.start, '/dev/null'], { cwd: own, env });
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

/** Lines that hold a : or a =, and the words that come of them. */
const lines: readonly [string, string[]][] = [
  ['--context arn:aws:eks:e', ['--context', 'arn:aws:eks:eu-1:12:cluster/a b']],
  ['--context=arn:aws', ['--context=arn:aws:eks:eu-1:12:cluster/a b']],
  ['--context=', ['--context=arn:aws:eks:eu-1:12:cluster/a b']],
  ['--context arn:', ['--context', 'arn:aws:eks:eu-1:12:cluster/a b']],
  ['-o custom-', ['-o', 'custom-columns=']],
  ['--storage dir:./du', ['--storage', 'dir:./dump$(touch X)/']],
  ['--storage=dir:./du', ['--storage=dir:./dump$(touch X)/']],
  ['--compat=helm4 --output=j', ['--compat=helm4', '--output=json']],
];

describe.each(Object.keys(terminals))('%s', (shell) => {
  it.concurrent.for(drawn(`${shell} names`, hostile, 3))(
    'puts the context %j on the line as it is',
    async (name, { expect }) => {
      const own = home();
      const called = await tabAndEnter(own, shell, 'kubectl-releases list --context ', [name]);
      // fish would put it there without quotes, so that it isn't offered.
      const isLeftOut = shell === 'fish' && name.startsWith('~');
      expect(called).toEqual(['list', '--context', ...(isLeftOut ? [] : [name])]);
      expect(existsSync(join(own, 'X'))).toBe(false);
    },
  );

  it.concurrent.for(drawn(`${shell} lines`, lines, 3))(
    'completes what holds a : or a =: %s',
    async ([line, words], { expect }) => {
      const own = home();
      mkdirSync(join(own, 'dump$(touch X)'), { recursive: true });
      const contexts = ['arn:aws:eks:eu-1:12:cluster/a b'];
      const called = await tabAndEnter(own, shell, `kubectl-releases list ${line}`, contexts);
      if (line.endsWith('=j')) expect(called.slice(0, 2)).toEqual(['list', '--compat=helm4']);
      else expect(called).toEqual(['list', ...words]);
      expect(existsSync(join(own, 'X'))).toBe(false);
    },
  );

  it.concurrent('runs nothing within quotes that are open', async ({ expect }) => {
    for (const quote of ['"', "'"]) {
      const own = home();
      const called = await tabAndEnter(
        own,
        shell,
        `kubectl-releases list --context ${quote}\t${quote}`,
        ["a'$(touch X)", 'b"`touch X`'],
      ).catch(() => []);
      expect(called.length).toBeGreaterThanOrEqual(0);
      expect(existsSync(join(own, 'X'))).toBe(false);
    }
  });
});
