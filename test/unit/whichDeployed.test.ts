/**
 * Which revision is deployed, as Helm says it: the newest by its content, else the highest whose label says
 * so (pkg/action/upgrade.go, pkg/storage/storage.go); Tiller goes by the label alone.
 * `test/e2e/whichDeployed.test.ts` asks the real helms the same.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDirectory } from '../../src/storage/directory.ts';
import { runCli } from './cli-io.ts';
import { type DeployedRow, deployedRecords, deployedRows, type Revision } from './deployedTable.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'deployed-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

async function fill(row: DeployedRow): Promise<void> {
  const storage = await openDirectory(`${dir}/from`, { create: true });
  for (const record of deployedRecords(row)) await storage.create(record);
}
const of = (...revisions: Revision[]): DeployedRow => ['', 3, revisions, undefined];
const run = (line: string) => runCli(line.split(' '));
const read = () => run(`get values billing --revision @deployed --storage dir:${dir}/from`);

describe('the deployed revision', () => {
  it.each(deployedRows)('is %s (Helm %i)', async (...row) => {
    const wanted = row[3];
    await fill(row);
    const { code, out } = await read();
    if (wanted === undefined) expect(code).toBe(1);
    else expect({ code, out }).toEqual({ code: 0, out: `at: ${wanted}\n` });
  });

  it.each(deployedRows)('is what --revisions deployed copies: %s (Helm %i)', async (...row) => {
    const wanted = row[3];
    await fill(row);
    const line = `copy billing --from dir:${dir}/from --to dir:${dir}/to --revisions deployed --yes`;
    const { code } = await run(line);
    const { out } = await run(`history billing --storage dir:${dir}/to -o json`);
    const revisions = () => JSON.parse(out).map(({ revision }: { revision: number }) => revision);
    if (wanted === undefined) expect(code).not.toBe(0);
    else expect(revisions()).toEqual([wanted]);
  });

  it('is named with what disagrees', async () => {
    await fill(of(['superseded'], ['failed', 'deployed']));
    const says = 'its status label says deployed, its content failed';
    expect((await read()).err).toContain(says);
    for (const line of [
      `list -A -o wide --storage dir:${dir}/from`,
      `history billing --storage dir:${dir}/from`,
      `verify dir:${dir}/from`,
      `copy billing --from dir:${dir}/from --to dir:${dir}/to --dry-run -o json`,
    ]) {
      const { out, err } = await run(line);
      expect(out + err, line).toContain(says);
    }
  });

  it('is none where Helm finds none, and what says otherwise is named', async () => {
    await fill(of(['deployed', 'superseded'], ['failed']));
    const { code, err } = await read();
    expect(code).toBe(1);
    expect(err).toContain('its status label says superseded, its content deployed');
  });

  it('is spared by pruning, whether its label or its content says so', async () => {
    await fill(of(['superseded', 'deployed'], ['deployed', 'superseded'], ['failed']));
    const { out } = await run(`du billing --keep 1 --storage dir:${dir}/from -o json`);
    const [{ wouldFree }] = JSON.parse(out);
    expect(wouldFree).toEqual({ records: 0, bytes: 0 });
  });
});
