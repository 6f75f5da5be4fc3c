/** What messages say: the right thing first, and nothing that leads elsewhere. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Plan, releasePlan } from '../../src/migrate/plan.ts';
import { printPlan } from '../../src/output/plans/plan.ts';
import { relocating } from '../../src/output/plans/words.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { captureIO, runCli } from './cli-io.ts';
import { broken, sketchRecord } from './cli-records.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'messages-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});
const run = (line: string) => runCli(line.split(' '));

it.each([
  ['./backups/all.ZIP', 'file:./backups/all.ZIP'],
  ['./dump', 'dir:./dump'],
])('--storage %s was meant as %s', async (address, meant) => {
  const { err } = await run(`list --storage ${address}`);
  expect(err).toContain(`try: ${meant}  if that is `);
});

it('a release of Helm 4 is not called one of Helm 3', async () => {
  const storage = await openDirectory(`${dir}/from`, { create: true });
  for (const namespace of ['pay', 'web'])
    await storage.create(sketchRecord({ helm: 4, namespace }));
  const { err } = await run(
    `relocate billing --from dir:${dir}/from --to dir:${dir}/to --to-name x --keep-source --dry-run`,
  );
  expect(err).toContain('billing is in namespace pay (Helm 3/4, ');
});

it.each(['relocate', 'copy'])('%s --help says of -n one thing', async (command) => {
  const { out } = await run(`${command} --help`);
  expect(out).toContain("the namespace of the releases; default: the context's");
  expect(out).not.toContain('default: all namespaces');
});

// A terminal is 100 wide without one, and a line of a help text was broken where its source ended, too.
it('no help text breaks a sentence where its source does', async () => {
  const { out } = await run('diff --help');
  const text = out.slice(out.indexOf('A and B'), out.indexOf('\n\n--rollback'));
  const [last, ...lines] = text.split('\n').reverse();
  expect(last).toBeDefined();
  for (const line of lines) expect(line.length, line).toBeGreaterThan(80);
});

it('get --help calls computed values by helm’s name for them', async () => {
  const { out } = await run('get --help');
  expect(out).toContain('--all: the computed values');
  expect(out).not.toContain('templates saw');
});

it('the reason of a refused release is its refusal, whatever else there is to say', () => {
  const plan: Plan = {
    ...{ from: ['secret'], to: 'configmap' },
    releases: [
      releasePlan({
        ...{ name: 'billing', owner: 'helm', namespace: 'pay', from: 'secret', sources: [] },
        steps: [],
        findings: [
          { severity: 'note', message: 'a harmless note', fix: 'nothing' },
          { severity: 'change', message: 'a change' },
          { severity: 'refusal', message: 'the refusal' },
        ],
      }),
    ],
  };
  const io = captureIO();
  printPlan(plan, 'configmap', io, relocating);
  expect(io.out()).toMatch(/refused +the refusal \(and 2 more\)/);
});

it.each(['--yes', '-y'])('backup takes %s, as scripts give it', async (flag) => {
  const storage = await openDirectory(`${dir}/from`, { create: true });
  await storage.create(sketchRecord({}));
  const { code } = await run(`backup ${dir}/all.zip --all --storage dir:${dir}/from ${flag}`);
  expect(code).toBe(0);
});

it('what can not be read is shown by decode, and the error says so', async () => {
  const storage = await openDirectory(`${dir}/from`, { create: true });
  await storage.create(broken(sketchRecord({})));
  for (const line of ['get values billing', 'status billing', 'diff billing 1 1']) {
    const { err } = await run(`${line} --storage dir:${dir}/from`);
    expect(err, line).toContain('kubectl releases decode FILE  shows what is left of it');
  }
});

describe('completion with a flag that is none', () => {
  beforeEach(async () => {
    const storage = await openDirectory(`${dir}/from`, { create: true });
    await storage.create(sketchRecord({ revision: 3 }));
  });

  it.each([
    [['--bogus', 'get', ''], 'values'],
    [['--bogus=x', 'get', 'values', '--storage', 'DIR', ''], 'billing'],
    [['get', 'values', '--bogus', '--storage', 'DIR', ''], 'billing'],
    [['get', '-Z', 'values', 'billing', '--storage', 'DIR', '--revision', ''], '3'],
    [['get', 'values', '--bogus', '-'], '--all'],
  ])('%j goes on with %s', async (words, word) => {
    const line = words.map((one) => one.replace('DIR', `dir:${dir}/from`));
    const { out } = await runCli(['completion', 'candidates', '--', ...line]);
    expect(out.split('\n').map((one) => one.split('\t')[0])).toContain(word);
  });
});
