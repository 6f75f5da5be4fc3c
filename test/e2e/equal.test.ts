/** What is equal, on a real API server: policies that change what is written, and what both Helms rewrite. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fate, startProxy } from '../faults/proxy.ts';
import { runCli } from '../unit/cli-io.ts';
import {
  cluster,
  contents,
  type Helm,
  helm,
  recordsIn,
  releases,
  type World,
} from './relocateWorld.ts';

let folder: string;
let chart: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'equal-'));
  chart = join(folder, 'chart');
  cpSync(fileURLToPath(new URL('../cluster/chart', import.meta.url)), chart, { recursive: true });
  // No API server takes the name: the upgrade fails when its record is written already.
  const bad = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: NO_NAME\n';
  writeFileSync(join(chart, 'templates', 'bad.yaml'), `{{ if .Values.bad }}\n${bad}{{ end }}\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function world(which: Helm): Promise<World> {
  return { helm: which, namespace: await cluster.namespace('equal'), sqlUrl: '' };
}

interface Secret {
  readonly metadata: {
    readonly name: string;
    readonly labels: { readonly [name: string]: string };
  };
  readonly [field: string]: unknown;
}

/** What a mutating admission policy would have made of it. */
type Policy = (secret: Secret) => Secret;

const policies: readonly (readonly [string, string, Policy])[] = [
  [
    'the status label',
    'status label',
    ({ metadata, ...rest }) => ({
      ...rest,
      metadata: { ...metadata, labels: { ...metadata.labels, status: 'superseded' } },
    }),
  ],
  ['the type', 'type', (secret) => ({ ...secret, type: 'Opaque' })],
  ['that it is immutable', 'immutable', (secret) => ({ ...secret, immutable: true })],
];

describe('a policy that changes what is written', () => {
  it.each(policies)(
    '%s: VERIFY, and then refused, with all sources kept',
    async (_, part, policy) => {
      const made = await world('helm4');
      await helm(made, 'configmap', 'install', 'app', chart);
      const path = `/api/v1/namespaces/${made.namespace}/secrets`;
      let written = false;
      const proxy = await startProxy(cluster, async ({ method, path: asked }): Promise<Fate> => {
        const isWrite = method === 'POST' && asked.startsWith(path);
        if (!isWrite && written && asked.includes('/secrets')) {
          written = false;
          await govern(path, policy);
        }
        if (isWrite) written = true;
        return 'pass';
      });
      const line = `relocate app -n ${made.namespace} --from configmap --to secret --delete-source --yes`;
      try {
        const env = { KUBECONFIG: proxy.kubeconfig };
        const first = await runCli([...line.split(' '), '--backup', join(folder, part)], { env });
        expect(first.err).toContain('read back is not what was written');
        expect(first.code).toBe(1);
      } finally {
        await proxy.close();
      }
      for (let run = 0; run < 2; run++) {
        const again = await releases(made, `${line} --backup ${folder}/again`);
        expect(again.out.replace(/\s+/g, ' ')).toContain(`exists and differs in ${part}`);
        expect(again.code).toBe(4);
      }
      expect((await recordsIn('configmap', made)).size).toBe(1);
    },
  );
});

/** Everything under a path becomes what the policy makes of it, as it was made anew. */
async function govern(path: string, policy: Policy): Promise<void> {
  const { items } = (await cluster.must('GET', path)) as { items: Secret[] };
  for (const secret of items) {
    const { name, labels } = secret.metadata;
    await cluster.must('DELETE', `${path}/${name}`);
    const { apiVersion = 'v1', kind = 'Secret', ...rest } = secret;
    await cluster.must('POST', path, {
      ...{ apiVersion, kind, ...policy({ ...rest, metadata: { name, labels } }) },
    });
  }
}

/**
 * Seconds later, as `modifiedAt` counts. Where an upgrade fails, Helm 3 writes the deployed revision's record
 * again, and Helm 4 leaves it; where it succeeds, either of them does.
 */
async function upgrade(made: World, driver: 'secret' | 'configmap', fails: boolean): Promise<void> {
  await wait(1100);
  const done = helm(made, driver, 'upgrade', 'app', chart, '--set', `bad=${fails}`);
  if (fails) await expect(done).rejects.toThrow('UPGRADE FAILED');
  else await done;
}

const pairs: readonly (readonly [Helm, Helm, boolean])[] = [
  ['helm3', 'helm3', true],
  ['helm4', 'helm4', true],
  ['helm3', 'helm4', false],
];

describe.each(pairs)(
  'a release of %s, and an upgrade of %s that fails: %s',
  (first, then, fails) => {
    it('in the source: its copy follows', async () => {
      const made = await world(first);
      await helm(made, 'secret', 'install', 'app', chart);
      const line = `copy app -n ${made.namespace} --from secret --to configmap --yes`;
      expect(await releases(made, line)).toMatchObject({ code: 0 });
      const before = await recordsIn('secret', made);
      await upgrade({ ...made, helm: then }, 'secret', fails);
      const after = await recordsIn('secret', made);
      const key = 'sh.helm.release.v1.app.v1';
      const [was, now] = [before, after].map((records) => records.get(key)?.payload);
      const labels = [before, after].map((records) => records.get(key)?.labels.modifiedAt);
      const isRewritten = was !== now || labels[0] !== labels[1];
      expect(isRewritten).toBe(first === 'helm3');
      const again = await releases(made, line);
      expect(again.out.includes('replaced, read back and equal')).toBe(isRewritten);
      expect(again.code).toBe(0);
      expect(contents(await recordsIn('configmap', made))).toEqual(contents(after));
      expect((await releases(made, line)).out).toContain('done');
    });

    it('in the target: that stays, and the source may go', async () => {
      const made = await world(first);
      await helm(made, 'secret', 'install', 'app', chart);
      const ends = `app -n ${made.namespace} --from secret --to configmap --yes`;
      await releases(made, `copy ${ends}`);
      await upgrade({ ...made, helm: then }, 'configmap', fails);
      const there = contents(await recordsIn('configmap', made));
      expect(await releases(made, `copy ${ends}`)).toMatchObject({ code: 0 });
      const moved = await releases(
        made,
        `relocate ${ends} --delete-source --backup ${folder}/${made.namespace}`,
      );
      expect(moved, moved.out + moved.err).toMatchObject({ code: 0 });
      expect((await recordsIn('secret', made)).size).toBe(0);
      expect(contents(await recordsIn('configmap', made))).toEqual(there);
      await helm({ ...made, helm: then }, 'configmap', 'upgrade', 'app', chart);
    });

    it('after a backup: what goes back is there already', async () => {
      const made = await world(first);
      await helm(made, 'secret', 'install', 'app', chart);
      const archive = join(folder, `${made.namespace}.zip`);
      await releases(made, `backup app -n ${made.namespace} ${archive}`);
      await upgrade({ ...made, helm: then }, 'secret', fails);
      const there = contents(await recordsIn('secret', made));
      const back = await releases(made, `restore ${archive} --yes`);
      expect(back, back.out + back.err).toMatchObject({ code: 0 });
      expect(contents(await recordsIn('secret', made))).toEqual(there);
    });
  },
);

describe('a release of Helm 4 that Helm 3 has rewritten', () => {
  it('differs in how it was applied, which is said', async () => {
    const made = await world('helm4');
    await helm(made, 'secret', 'install', 'app', chart);
    const line = `copy app -n ${made.namespace} --from secret --to configmap --yes`;
    await releases(made, line);
    await upgrade({ ...made, helm: 'helm3' }, 'secret', true);
    const again = await releases(made, line);
    expect(again.code).toBe(4);
    expect(again.out.replace(/\s+/g, ' ')).toContain('exists and differs in apply method');
  });
});

describe('an immutable record', () => {
  it('is moved as one, and back, and its plan says so', async () => {
    const made = await world('helm3');
    await helm(made, 'secret', 'install', 'app', chart);
    const path = `/api/v1/namespaces/${made.namespace}/secrets`;
    await govern(path, (secret) => ({ ...secret, immutable: true }));
    const backup = join(folder, `immutable-${made.namespace}`);
    const line = `relocate app -n ${made.namespace} --from secret --to configmap --delete-source --yes --backup ${backup}`;
    const moved = await releases(made, `${line} --check`);
    expect(moved.out.replace(/\s+/g, ' ')).toContain('its record is immutable, and so is the copy');
    expect(await releases(made, line)).toMatchObject({ code: 0 });
    expect([...(await recordsIn('configmap', made)).values()]).toMatchObject([{ immutable: true }]);
    const restored = await releases(made, `restore ${backup} --yes`);
    expect(restored, restored.err).toMatchObject({ code: 4 });
    expect(restored.out + restored.err).toContain('lives in configmap');
    const back = `relocate app -n ${made.namespace} --from configmap --to secret --delete-source --yes --backup ${backup}-2`;
    expect(await releases(made, back)).toMatchObject({ code: 0 });
    expect([...(await recordsIn('secret', made)).values()]).toMatchObject([{ immutable: true }]);
  });
});
