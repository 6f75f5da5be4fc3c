/** What is printed to be pasted is what was meant, and nothing else happens: real shells read it back. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterFlags, helmClusterFlags, roleFlags } from '../../src/commands/hints/flags.ts';
import { moveLines, type ReverseMove } from '../../src/commands/hints/moveLines.ts';
import { printable } from '../../src/errors.ts';
import { shellQuote } from '../../src/shellQuote.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { runCli } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'quote-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

/** The words that a shell makes of a line; nothing in it may run. */
function readBack(shell: string, line: string): string[] {
  const text = execFileSync(shell, ['-c', `printf '%s\\0' ${line}`], {
    ...{ cwd: dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  });
  return text.split('\0').slice(0, -1);
}

const hostile = [
  ...['a b;touch P1', '$(touch P1)', '`touch P1`', "it's", '"', "'", '\\', 'a\\', '!!', '!x', '*'],
  ...['~', '~/x', '=ls', '#x', 'a#b', '{a,b}', '[ab]', 'a&b', 'a|b', '<x', '>x', '(x)', '', ' '],
  ...[
    '-n',
    '--',
    '%s',
    '%',
    'a%d\u001bb',
    '$HOME',
    '$' + '{HOME}',
    "$'x'",
    'a\nb',
    '\tx',
    '\u001b[2J',
  ],
  ...[
    '\u202eevil',
    'é ü',
    '🎉',
    'a\u0000'.slice(0, 1),
    '\u009b',
    "\u001b'$(touch P1)'",
    '^x',
    'a=~',
  ],
  ...['\\033', '\\\u001b', "%'\u0007", '\r\n x', '\u2028', '\u{e0001}', '\ufeffx', '?', 'a\u00a0b'],
];

describe.each(['sh', 'bash'])('in %s', (shell) => {
  it('every hostile word is itself', () => {
    expect(readBack(shell, hostile.map(shellQuote).join(' '))).toEqual(hostile);
    expect(existsSync(join(dir, 'P1'))).toBe(false);
  });

  it('any text is itself, many at once', () => {
    const word = fc
      .oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: fc.constantFrom(...' \'"\\$`!%\n\u001b\u202ea=~-') }),
      )
      .map((text) => text.replaceAll('\0', '').toWellFormed())
      // sh has no way to end a word with a line break; bash has.
      .map((text) => (shell === 'sh' ? text.replace(/\n+$/, '') : text));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 40 }), (words) => {
        expect(readBack(shell, words.map(shellQuote).join(' '))).toEqual(words);
      }),
      { numRuns: 40 },
    );
  });
});

it('shows nothing that a terminal acts on, so that it is not changed on its way there', () => {
  for (const word of [...hostile, 'x\n']) {
    const quoted = shellQuote(word);
    expect(printable(quoted, Number.POSITIVE_INFINITY)).toBe(quoted);
  }
});

it.each([
  'billing',
  'dir:./dump',
  'a@b',
  's3://x',
  '--flag=x',
  'sh.helm.release.v1.a.v1',
  'a,b+c%',
])('leaves %s alone', (word) => expect(shellQuote(word)).toBe(word));

describe('the lines of commands', () => {
  const evil = "a b;touch P1;$(touch P1)'`touch P1`\u001b[2J";

  it('are their words: flags, Undo and Role', () => {
    const cluster = { kubeconfig: evil, context: evil, cluster: evil, user: evil };
    const given = ['--kubeconfig', evil, '--context', evil, '--cluster', evil, '--user', evil];
    expect(readBack('sh', clusterFlags(cluster))).toEqual(given);
    expect(readBack('sh', helmClusterFlags(cluster))).toEqual([
      ...['--kubeconfig', evil, '--kube-context', evil],
    ]);
    const plan = { releases: [] };
    expect(readBack('sh', roleFlags(plan as never, { storage: [evil] }))).toEqual([
      ...['--storage', evil, '--no-adopt'],
    ]);
    const leg: ReverseMove = {
      ...{
        owner: 'helm',
        now: { name: evil, namespace: evil },
        was: { name: 'x', namespace: 'y' },
      },
      ...{ from: `dir:${evil}`, to: `dir:${evil}`, more: [], copies: false },
    };
    const parts = { program: 'P', driver: 'Secret', flags: '' } as const;
    // One release may lie there as records of two kinds.
    const [line = ''] = moveLines([leg, leg], parts);
    expect(readBack('sh', line)).toEqual([
      ...['P', 'relocate', evil, '-n', evil, '--from', `dir:${evil}`, '--to', `dir:${evil}`],
      ...['--helm', '3', '--to-name', 'x', '--to-namespace', 'y', '--delete-source'],
    ]);
  });

  it('of a whole run say where things are', async () => {
    const place = join(dir, "it's $(touch P1);\u001b[2J x");
    const storage = await openDirectory(join(place, 'from'), { create: true });
    for (const name of ['billing', "b'$(touch P1)"])
      await storage.create(sketchRecord({ name, hooks: [] }));
    const lines: string[] = [];
    for (const argv of [
      ['copy', '--all', '--from', `dir:${place}/from`, '--to', `dir:${place}/to`, '--yes'],
      [
        'relocate',
        '--all',
        '--from',
        `dir:${place}/to`,
        '--to',
        `dir:${place}/on`,
        '--delete-source',
        '--yes',
        '--backup',
        `${place}/kept.zip`,
      ],
      ['backup', '--all', '--storage', `dir:${place}/on`, `${place}/all.zip`],
      ['restore', `${place}/all.zip`, '--to', `dir:${place}/again`, '--yes'],
      ['chart', 'billing', '--storage', `dir:${place}/on`, '-d', `${place}/chart`],
      ['status', 'billing', '--storage', `dir:${place}/on`, '--revision', '9'],
      ['diff', 'billing', '--storage', `dir:${place}/on`],
    ]) {
      const { out, err } = await runCli(argv);
      for (const [, line = ''] of `${out}${err}`.matchAll(
        /^(?:Next|Undo| {2}try): (kubectl .*?)(?: {2}.*)?$/gm,
      ))
        lines.push(...line.split(' · ').flatMap((one) => one.split(' | ')));
    }
    expect(lines.length).toBeGreaterThan(6);
    for (const line of lines) {
      const words = readBack('sh', line);
      expect(
        words.some((word) => word.includes(place)),
        line,
      ).toBe(true);
      for (const word of words)
        if (word.includes('touch'))
          expect(word, line).toMatch(
            /^(dir:|file:)?\/.*it's \$\(touch P1\);\u001b\[2J x|^b'\$\(touch P1\)$/,
          );
    }
    expect(existsSync(join(dir, 'P1'))).toBe(false);
  });
});
