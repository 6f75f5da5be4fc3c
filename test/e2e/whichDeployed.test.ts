/** What the real helms take for deployed, and where they look for objects: the same as this program. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReleaseRecord } from '../../src/record.ts';
import { objectOf } from '../../src/storage/objects.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { runCli } from '../unit/cli-io.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { deployedRecords, deployedRows } from '../unit/deployedTable.ts';

const cluster = useCluster();
const { helm3, helm4, run } = useClients();
const kubeconfig = cluster.adminKubeconfig;
const ours = (line: string) => runCli(line.split(' '), { env: { KUBECONFIG: kubeconfig } });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'deployed-'));
  mkdirSync(join(folder, 'chart'));
  writeFileSync(join(folder, 'chart/Chart.yaml'), 'apiVersion: v2\nname: empty\nversion: 1.0.0\n');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function put(record: ReleaseRecord): Promise<void> {
  await cluster.must('POST', `/api/v1/namespaces/${record.namespace}/secrets`, objectOf(record));
}

/** Helm 2's are Tiller's to judge. */
const rows = deployedRows.filter(([, helm, , deployed]) => helm === 3 && deployed !== undefined);

describe.each([
  { helm: 'helm 3', program: helm3 },
  { helm: 'helm 4', program: helm4 },
])('$helm upgrades from the deployed revision', ({ program }) => {
  it.each(rows)('%s', async (...row) => {
    const namespace = await cluster.namespace('deployed');
    for (const record of deployedRecords(row, { namespace })) await put(record);
    const before = await ours(`get values billing --revision @deployed -n ${namespace}`);
    expect(before.out).toBe(`at: ${row[3]}\n`);
    // A dry run: what an unreadable record has the number of, no helm can write.
    const upgrade = ['upgrade', 'billing', join(folder, 'chart'), '--reuse-values', '--dry-run'];
    const line = [...upgrade, '-n', namespace, '-o', 'json'];
    const { code, stdout, stderr } = await run(program, line, { kubeconfig });
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout).config).toEqual({ at: row[3] });
  });
});

describe('a record whose content names another namespace', () => {
  /** Two namespaces, the record in the first one, its content of the second, an object in each. */
  async function world() {
    const [lies, says] = [await cluster.namespace('educ'), await cluster.namespace('contour')];
    const manifest = [
      '---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: here\ndata:\n  at: educ\n',
      '---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: gone\ndata:\n  at: contour\n',
    ].join('');
    await put(
      sketchRecord({ name: 'front', namespace: says, manifest, hooks: [] }, { namespace: lies }),
    );
    const object = (name: string, at: string) => ({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { at } },
    });
    await cluster.must('POST', `/api/v1/namespaces/${lies}/configmaps`, object('here', 'educ'));
    await cluster.must('POST', `/api/v1/namespaces/${says}/configmaps`, object('gone', 'contour'));
    return { lies, says };
  }

  it('has its objects where helm looks for them: status as helm 4 prints it', async () => {
    const { lies } = await world();
    const line = ['status', 'front', '-n', lies, '-o', 'json'];
    const theirs = await run(helm4, line, { kubeconfig });
    expect(JSON.parse(theirs.stdout).info.resources['v1/ConfigMap']).toHaveLength(1);
    const own = await ours(`${line.join(' ')} --compat helm4`);
    expect(JSON.parse(own.out)).toEqual(JSON.parse(theirs.stdout));
    const plain = await ours(line.join(' '));
    expect(JSON.parse(plain.out)).toEqual(JSON.parse(theirs.stdout));
  });

  it('in tree and diff --live, too, with a note that names both', async () => {
    const { lies, says } = await world();
    const said = `objects that name no namespace are looked for in ${lies}, where the record lies, as helm does; its content says ${says}`;
    const tree = await ours(`tree front -n ${lies} -o json`);
    expect(JSON.parse(tree.out).objects).toMatchObject([
      { name: 'here', namespace: lies, live: 'live' },
      { name: 'gone', namespace: lies, live: 'missing' },
    ]);
    expect(tree.err).toContain(said);
    const diff = await ours(`diff front --live -n ${lies} -o json`);
    expect(JSON.parse(diff.out).objects).toMatchObject([{ change: 'removed', name: 'gone' }]);
    expect(diff.err).toContain(said);
  });

  it('and where somebody says that records lie apart, they are where the content says', async () => {
    const { lies, says } = await world();
    const line = `tree front -n ${says} --helm-release-storage-namespace ${lies} -o json`;
    expect(JSON.parse((await ours(line)).out).objects).toMatchObject([
      { name: 'here', namespace: says, live: 'missing' },
      { name: 'gone', namespace: says, live: 'live' },
    ]);
  });

  it('and a copy says which namespace it means', async () => {
    const { lies, says } = await world();
    const said = `its record lies in namespace ${lies}, and its content says ${says}: helm looks for it, and for objects that name no namespace, in ${lies}`;
    const kept = await ours(`copy front -A --to dir:${folder}/${lies} --dry-run -o json`);
    expect(kept.out).toContain(`"${said}"`);
    const moved = await ours(`copy front -A --to configmap --dry-run -o json`);
    // Where helm finds it, whichever driver it has.
    expect(moved.out).toContain(`"${said}"`);
    expect(moved.out).not.toContain('from now on');
  });
});
