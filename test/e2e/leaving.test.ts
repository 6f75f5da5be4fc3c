/** What others put on records, on a real API server: finalizers, which let none go yet, and other keys. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cluster, contents, helm, recordsIn, releases, type World } from './relocateWorld.ts';

const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));
const key = (revision: number) => `sh.helm.release.v1.app.v${revision}`;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'leaving-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Kept {
  readonly metadata: { readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** A release of three revisions. */
async function world(): Promise<World> {
  const made: World = { helm: 'helm4', namespace: await cluster.namespace('leave'), sqlUrl: '' };
  await helm(made, 'secret', 'install', 'app', chart);
  for (const count of ['2', '3'])
    await helm(made, 'secret', 'upgrade', 'app', chart, '--set', `count=${count}`);
  return made;
}

async function change(
  { namespace }: World,
  name: string,
  to: (object: Kept) => Kept,
  resource = 'secrets',
): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/${resource}/${name}`;
  await cluster.must('PUT', path, to((await cluster.must('GET', path)) as Kept));
}

const finalizers = (list: readonly string[]) => (object: Kept) => ({
  ...object,
  metadata: { ...object.metadata, finalizers: list },
});

/** As `kubectl delete --wait=false` does, of what somebody holds. */
async function leave(made: World, name: string, resource = 'secrets'): Promise<void> {
  await change(made, name, finalizers(['example.com/held']), resource);
  await cluster.must('DELETE', `/api/v1/namespaces/${made.namespace}/${resource}/${name}`);
}

describe('a record that waits for a finalizer', () => {
  it('is not there for a restore, which brings it back when it is gone', async () => {
    const made = await world();
    const before = contents(await recordsIn('secret', made));
    const archive = join(folder, `${made.namespace}.zip`);
    await releases(made, `backup app -n ${made.namespace} ${archive}`);
    await leave(made, key(2));
    await cluster.must('DELETE', `/api/v1/namespaces/${made.namespace}/secrets/${key(3)}`);
    for (const more of ['', ' --overwrite app']) {
      const held = await releases(made, `restore ${archive} --yes${more}`);
      expect(held, held.out + held.err).toMatchObject({ code: 4 });
      const said = held.out.replace(/\s+/g, ' ');
      expect(said).toContain(`${key(2)} is being deleted: it waits for a finalizer`);
      expect(said).toContain(`kubectl get secret -n ${made.namespace} ${key(2)} -o yaml`);
    }
    await change(made, key(2), finalizers([]));
    expect(await releases(made, `restore ${archive} --yes`)).toMatchObject({ code: 0 });
    expect(contents(await recordsIn('secret', made))).toEqual(before);
  });

  it('is no copy for a move, and one that is a source is copied', async () => {
    const made = await world();
    const line = `relocate app -n ${made.namespace} --from secret --to configmap --yes`;
    const keep = `${line} --keep-source`;
    await leave(made, key(1));
    const plan = await releases(made, `${keep} --check`);
    expect(plan.out.replace(/\s+/g, ' ')).toContain('is being deleted already, and copied');
    const first = await releases(made, keep);
    expect(first, first.out + first.err).toMatchObject({ code: 0 });
    const copies = contents(await recordsIn('configmap', made));
    expect(copies).toEqual(contents(await recordsIn('secret', made)));
    await leave(made, key(3), 'configmaps');
    const lines = [keep, `${line} --delete-source --backup ${folder}/${made.namespace}`];
    for (const one of lines) {
      const again = await releases(made, one);
      expect(again, again.out + again.err).toMatchObject({ code: 4 });
      expect(again.out.replace(/\s+/g, ' ')).toContain(`${key(3)} is being deleted`);
    }
    await change(made, key(3), finalizers([]), 'configmaps');
    await change(made, key(1), finalizers([]));
    const [, moving = ''] = lines;
    const left = await releases(made, moving);
    expect(left, left.out + left.err).toMatchObject({ code: 0 });
    expect(contents(await recordsIn('configmap', made))).toMatchObject({ [key(3)]: {} });
  });
});

describe('other keys in a record', () => {
  it('keep a source from being deleted, and stay through an update in place', async () => {
    const made = await world();
    const line = `relocate app -n ${made.namespace} --from secret --to configmap --yes`;
    const data = ({ data, ...object }: Kept) => ({
      ...object,
      data: { ...(data as object), extra: 'eA==' },
    });
    await change(made, key(1), data);
    const backup = join(folder, made.namespace);
    const held = await releases(made, `${line} --delete-source --backup ${backup}`);
    expect(held, held.out + held.err).toMatchObject({ code: 4 });
    expect(held.out.replace(/\s+/g, ' ')).toContain('holds other data that no copy has: extra');
    expect((await recordsIn('secret', made)).size).toBe(3);
    const copied = await releases(made, `${line} --keep-source`);
    expect(copied, copied.out + copied.err).toMatchObject({ code: 0 });
    await change(made, key(3), data, 'configmaps');
    await helm(made, 'secret', 'upgrade', 'app', chart, '--set', 'count=4');
    const followed = await releases(made, `${line} --keep-source`);
    expect(followed, followed.out + followed.err).toMatchObject({ code: 0 });
    expect(followed.out).toContain('replaced, read back and equal');
    const path = `/api/v1/namespaces/${made.namespace}/configmaps/${key(3)}`;
    expect(await cluster.must('GET', path)).toMatchObject({ data: { extra: 'eA==' } });
  });
});
