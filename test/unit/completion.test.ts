/** What completion offers is what the commands take: all of it, and nothing else. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { candidates } from '../../src/commands/line/candidates.ts';
import { optionsOf } from '../../src/commands/line/optionsOf.ts';
import { commandTable } from '../../src/commands/table.ts';
import { captureIO, runCli } from './cli-io.ts';

const offered = async (...words: readonly string[]) =>
  (await candidates(commandTable, words, captureIO())).found.map(([word]) => word);

describe('completion', () => {
  it('knows every command', async () => {
    expect(await offered('')).toEqual(commandTable.map(({ name }) => name));
  });

  describe.each(commandTable)('$name', ({ name, load }) => {
    it('has its flags, each with a line of what it does', async () => {
      const { found } = await candidates(commandTable, [name, '--'], captureIO());
      const options = optionsOf(await load());
      expect(found.map(([flag]) => flag).sort()).toEqual(
        Object.keys(options)
          .map((flag) => `--${flag}`)
          .sort(),
      );
      for (const [flag, what] of found) expect(what, flag).not.toBe('');
    });

    it('has the values of its flags', async () => {
      const options = Object.entries(optionsOf(await load()));
      const chosen = options.filter(([, { choices }]) => choices !== undefined);
      const found = await Promise.all(chosen.map(([flag]) => offered(name, `--${flag}`, '')));
      expect(found).toEqual(chosen.map(([, { choices }]) => choices?.map(String)));
    });
  });

  it('offers the parts of get, all of which it takes', async () => {
    const parts = await offered('get', '');
    const { err } = await runCli(['get', 'nothing', 'billing']);
    for (const part of parts) expect(err).toContain(part);
    const { out } = await runCli(['get', '--help']);
    expect(out).toContain(parts.join(', '));
  });

  it.each([
    ['list', 'table wide json yaml name jsonpath= custom-columns='],
    ['diff', 'fields unified json yaml jsonpath= custom-columns='],
    ['tree', 'tree name json yaml jsonpath= custom-columns='],
    ['status', 'table json yaml jsonpath='],
    ['chart', ''],
  ])('offers the -o forms of %s, all of which it takes', async (command, forms) => {
    const found = await offered(command, '-o', '');
    expect(found.join(' ')).toBe(forms);
    for (const form of found.filter((one) => !one.endsWith('='))) {
      const { err } = await runCli([command, 'x', '-o', form, '--storage', 'dir:/nowhere/at/all']);
      expect(err).not.toContain('--output is one of');
    }
  });

  it('offers the shells that there is a script for', async () => {
    const shells = await offered('completion', '');
    expect(shells).toEqual(['bash', 'zsh', 'fish', 'kubectl']);
    for (const shell of shells) expect((await runCli(['completion', shell])).code).toBe(0);
  });

  it('offers the commands that rbac knows', async () => {
    const commands = await offered('rbac', '');
    expect(commands.length).toBeGreaterThan(5);
    for (const command of commands)
      expect((await runCli(['rbac', command, '-n', 'pay'])).code).toBe(0);
  });

  it('leaves files to the shell, where one follows', async () => {
    for (const line of [
      ['verify', ''],
      ['verify', 'a.zip', ''],
      ['restore', ''],
      ['decode', ''],
    ])
      expect((await candidates(commandTable, line, captureIO())).files, line.join(' ')).toBe(true);
    expect((await candidates(commandTable, ['get', ''], captureIO())).files).toBe(false);
  });

  describe('of names that somebody else chose', () => {
    const names = [
      'arn:aws:eks:e:1:cluster/a',
      'a b',
      '$(touch X)',
      "it's",
      'esc\u001b[2J',
      'turn\u202e',
    ];
    let root: string;
    beforeAll(() => {
      root = mkdtempSync(join(tmpdir(), 'complete-'));
      const contexts = names.map((name) => ({ name, context: {} }));
      writeFileSync(join(root, 'config'), JSON.stringify({ contexts }));
      mkdirSync(join(root, 'dump'));
      for (const name of ['.git', 'all.zip', 'a b']) writeFileSync(join(root, name), '');
    });
    afterAll(() => rmSync(root, { recursive: true }));
    const lines = async (way: string, ...words: string[]) => {
      const env = { KUBECONFIG: join(root, 'config') };
      const { out } = await runCli(['completion', way, '--', ...words], { env });
      return out
        .split('\n')
        .slice(0, -1)
        .map((line) => line.split('\t')[0]);
    };

    it('offers all that can be typed to scripts that quote it, and to others what needs no quotes', async () => {
      const plain = names.slice(0, 1);
      expect(await lines('words', 'list', '--context', '')).toEqual([...plain, ':4']);
      const typeable = names.slice(0, 4).sort();
      expect(await lines('candidates', 'list', '--context', '')).toEqual([...typeable, ':4']);
    });

    it('goes on behind a : and a =', async () => {
      expect(await lines('words', 'list', '--context=arn:aws')).toEqual([
        ...['--context=arn:aws:eks:e:1:cluster/a', ':4'],
      ]);
      expect(await lines('words', 'list', '--output=j')).toEqual([
        '--output=json',
        '--output=jsonpath=',
        ':4',
      ]);
      expect(await lines('words', 'list', '--nothing=x')).toEqual([':4']);
      expect(await lines('words', 'list', '--storage', `dir:${root}/`)).toEqual([
        ...[`dir:${root}/all.zip`, `dir:${root}/config`, `dir:${root}/dump/`, ':4'],
      ]);
      expect(await lines('candidates', 'copy', `--from=file:${root}/a`)).toEqual([
        ...[`--from=file:${root}/a b`, `--from=file:${root}/all.zip`, ':4'],
      ]);
      expect(await lines('words', 'list', '--storage', `dir:${root}/d`)).toEqual([
        `dir:${root}/dump/`,
        ':6',
      ]);
      expect(await lines('words', 'list', '--storage', `dir:${root}/no/`)).toEqual([':4']);
    });
  });
});
