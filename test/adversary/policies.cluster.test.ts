/** Admission policies that change or deny what is written, or deny that the sources go. */
import { describe, expect, it } from 'vitest';
import { useCluster } from '../cluster/shared.ts';
import { makeScene, type Scene } from './scene.ts';
import { type Asked, admit, type Verdict } from './webhook.ts';

const cluster = useCluster();

const label = (name: string, value: string): Verdict => [
  { op: 'add', path: `/metadata/labels/${name}`, value },
];
const changes: { readonly [what: string]: (asked: Asked) => Verdict } = {
  'the status label becomes deployed': () => label('status', 'deployed'),
  'the name label becomes another': () => label('name', 'other'),
  'the owner label goes': () => [{ op: 'remove', path: '/metadata/labels/owner' }],
  'records become immutable': () => [{ op: 'add', path: '/immutable', value: true }],
  'payloads are replaced': () => [{ op: 'add', path: '/data/release', value: 'redacted' }],
  'revision 2 is denied': ({ name, object }) =>
    (name || object?.metadata.name || '').endsWith('.v2') ? 'no second one' : [],
};

function move(scene: Scene): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return scene.run(
    ...['relocate', 'app', '-n', scene.namespace, '--from', 'secret', '--to', 'configmap'],
    ...['--delete-source', '--yes', '--backup', `${scene.folder}/backup`],
  );
}

describe('a policy in the target', () => {
  it.each(Object.entries(changes))(
    '%s: nothing is deleted, also not the second time',
    async (_, change) => {
      const scene = await makeScene(cluster);
      const webhook = await admit(cluster, scene.namespace, (asked) =>
        asked.operation === 'CREATE' && isConfigMap(asked) ? change(asked) : [],
      );
      try {
        for (const time of ['first', 'second', 'third']) {
          const moved = await move(scene);
          expect(moved.code, `${time}: ${moved.stdout}${moved.stderr}`).not.toBe(0);
          expect(
            (await scene.stored('secrets')).map(({ payload }) => payload).sort(),
            time,
          ).toEqual([...scene.payloads].sort());
        }
      } finally {
        await webhook.close();
      }
    },
  );

  it('sources whose deletion is denied are still there, and are not counted as deleted', async () => {
    const scene = await makeScene(cluster);
    const webhook = await admit(cluster, scene.namespace, ({ operation, name }) =>
      operation === 'DELETE' && name.endsWith('.v3') ? 'the newest stays' : [],
    );
    try {
      const moved = await move(scene);
      expect(moved.code, moved.stdout).toBe(1);
      expect(moved.stdout + moved.stderr).not.toMatch(/equal, 3 sources deleted/);
      expect(await scene.lost()).toEqual([]);
    } finally {
      await webhook.close();
    }
    const again = await move(scene);
    expect(again.code, again.stdout + again.stderr).toBe(0);
    expect(await scene.stored('secrets')).toEqual([]);
    expect((await scene.stored('configmaps')).length).toBe(3);
  });
});

function isConfigMap({ object }: Asked): boolean {
  return (object as { readonly kind?: string } | null)?.kind === 'ConfigMap';
}
