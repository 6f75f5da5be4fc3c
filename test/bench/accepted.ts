/** Whether real Helm 3 and 4 take the migrated releases for their own. */
import type { Release } from '../../src/release.ts';
import type { ClientPaths, Run } from '../cluster/clients.ts';

/**
 * Every release must be in `helm list -A`; of a few, history, manifest and values are compared.
 * @throws Error when one isn't as it was
 */
export async function checkAccepted(
  clients: ClientPaths,
  run: Run,
  kubeconfig: string,
  made: readonly Release[],
): Promise<string> {
  const newest = made.filter(({ info }) => info?.status === 'deployed');
  const sample = newest.filter((_, i) => i % Math.ceil(newest.length / 5) === 0);
  for (const helm of Object.values(clients.helms)) {
    const ask = async (...args: string[]) => {
      const { code, stdout, stderr } = await run(helm, args, { kubeconfig, timeoutMs: 120_000 });
      if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr}`);
      return stdout;
    };
    const listed: { name: string; namespace: string; revision: string }[] = JSON.parse(
      await ask('list', '-A', '--max', '0', '-o', 'json'),
    );
    const have = new Set(listed.map((one) => `${one.namespace}/${one.name}/${one.revision}`));
    for (const { name, namespace, revision } of newest)
      if (!have.has(`${namespace}/${name}/${revision}`)) throw new Error(`${name} isn't listed`);
    for (const { name, namespace, revision, manifest } of sample) {
      const history: object[] = JSON.parse(
        await ask('history', name, '-n', namespace, '--max', '1000', '-o', 'json'),
      );
      if (history.length !== revision) throw new Error(`${name}: ${history.length} revisions`);
      const text = await ask('get', 'manifest', name, '-n', namespace);
      if (text.trim() !== manifest.trim()) throw new Error(`${name}: another manifest`);
      const values = JSON.parse(await ask('get', 'values', name, '-n', namespace, '-o', 'json'));
      if (!manifest.includes(values.image.tag)) throw new Error(`${name}: other values`);
    }
  }
  return `helm 3 and helm 4 list all ${newest.length}, and show ${sample.length} of them as they were`;
}
