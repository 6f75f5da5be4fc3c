/** `-h` of every command: one screen, three of its examples, and its own flags; what it shares is under `options`. */
import { describe, expect, it } from 'vitest';
import type { Command, Option } from '../../src/commands/command.ts';
import { optionsOf } from '../../src/commands/line/optionsOf.ts';
import { describedOnce, isShared } from '../../src/commands/line/sharedOptions.ts';
import { ownOptions, seldom } from '../../src/commands/line/shortHelp.ts';
import { shortMeanings } from '../../src/commands/line/shortMeanings.ts';
import { commandTable, findCommand } from '../../src/commands/table.ts';
import { runCli } from './cli-io.ts';

const names = commandTable.map(({ name }) => name);

async function load(name: string): Promise<Command> {
  const command = await findCommand(name)?.load();
  if (!command) throw new Error(`no command ${name}`);
  return command;
}

const flagsIn = (text: string) => new Set(text.match(/(?<![\w-])--[a-z0-9][\w-]*/g) ?? []);

describe.each(names)('%s -h', (name) => {
  it.each(['kubectl releases', 'helm releases', 'kubectl-releases'])(
    'is at most 40 lines of 80 columns as %s',
    async (program) => {
      const { code, out, err } = await runCli([name, '-h'], { program });
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const lines = out.trimEnd().split('\n');
      expect(lines.length).toBeLessThanOrEqual(40);
      expect(lines.filter((line) => line.length > 80)).toEqual([]);
      expect(lines[0]).toMatch(`Usage: ${program} ${name}`);
    },
  );

  it('cuts no sentence', async () => {
    const { out } = await runCli([name, '-h']);
    // `age1…` and `sql, …` are whole: that is how a key and a list that goes on are written.
    expect(out.match(/.*(?<!age1|,\s)…$/gm) ?? []).toEqual([]);
  });

  it('has three examples, which are among those that are tried', async () => {
    const { examples } = await load(name);
    const { out } = await runCli([name, '-h']);
    const [, block = ''] = /\nExamples:\n([\s\S]*?)\n\n/.exec(out) ?? [];
    const lines = block
      .trimEnd()
      .replaceAll(/ \\\n {5}/g, ' ')
      .split('\n');
    const shown = lines.filter((line) => !line.startsWith('  # '));
    expect(shown).toHaveLength(Math.min(3, examples.length));
    for (const line of shown)
      expect(
        examples.some(([one, what]) =>
          [`  kubectl releases ${one}`, `  kubectl releases ${one}  ${what}`].includes(line),
        ),
        line,
      ).toBe(true);
  });

  it('has each of its own flags, and none that it shares', async () => {
    const command = await load(name);
    const all = optionsOf(command);
    const own = ownOptions(all);
    const { out } = await runCli([name, '-h']);
    const [, after = ''] = out.split(/\n\n(?=Flags:\n)/);
    const named = flagsIn(after.slice(0, after.lastIndexOf(`\n\nkubectl releases ${name}`)));
    const { out: options } = await runCli(['options']);
    expect(after === '').toBe(Object.keys(own).length === 0);
    for (const [flag, option] of Object.entries<Option>(all)) {
      const isOwn = Object.hasOwn(own, flag);
      expect([flag, isOwn]).toEqual([flag, !isShared(flag, option)]);
      if (isOwn) expect([...named]).toContain(`--${flag}`);
      else {
        expect(out).not.toMatch(RegExp(`^ +(?:-\\w, )?--${flag}\\b`, 'm'));
        expect(flagsIn(options)).toContain(`--${flag}`);
      }
    }
  });

  it('is shorter than --help, which wins', async () => {
    const whole = await runCli([name, '--help']);
    expect(whole).toEqual(await runCli([name, '-h', '--help']));
    expect(whole).toEqual(await runCli(['help', name]));
    const { out } = await runCli([name, '-h']);
    expect(out.length).toBeLessThan(whole.out.length);
    expect(out).toContain(`kubectl releases ${name} --help`);
  });
});

it('names last only flags that there are', async () => {
  const commands = await Promise.all(commandTable.map(({ load }) => load()));
  const flags = new Set(commands.flatMap((command) => Object.keys(optionsOf(command))));
  for (const flag of [...seldom, ...Object.keys(describedOnce)]) expect([...flags]).toContain(flag);
});

it('has a short meaning for flags that there are, and for no other', async () => {
  const commands = await Promise.all(names.map(load));
  const flags = new Map(commands.map((one) => [one.name, Object.keys(ownOptions(optionsOf(one)))]));
  const all = new Set([...flags.values()].flat());
  const unknown = Object.keys(shortMeanings).filter((key) => {
    const [first = '', second] = key.split(' ');
    return second === undefined ? !all.has(first) : !flags.get(first)?.includes(second);
  });
  expect(unknown).toEqual([]);
});
