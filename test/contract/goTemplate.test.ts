/** `get all --template` beside the real helms: each template of the table, on the same record. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type HelmShape, helms, newestHelm4 } from '../../src/helms.ts';
import { parseGoTemplate } from '../../src/output/templates/goTemplate.ts';
import { helmWords } from '../cluster/clients.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { put } from '../e2e/kubectl-program.ts';
import { sketchRecord, sketchRelease } from '../unit/cli-records.ts';
import { helmTemplates, templateRelease } from '../unit/goTemplates.ts';

const { helms: programs, run } = useClients();
const cluster = useCluster();
const kubeconfig = cluster.adminKubeconfig;
let namespace: string;

beforeAll(async () => {
  namespace = await cluster.namespace('templates');
  await put(cluster, sketchRecord({ ...templateRelease, namespace }));
});

/** Errors are the same where they name the same thing; helm prints what came before one, too. */
function ours(template: string, shape: HelmShape) {
  try {
    const release = sketchRelease({ ...templateRelease, namespace });
    return { code: 0, text: parseGoTemplate(template)(release, {}, shape) };
  } catch {
    return { code: 1, text: '' };
  }
}

// Memory addresses mean nothing, so that they are errors here.
const addresses = /0x[0-9a-f]{8,}/;
const atOnce = 4;

describe.each(helmWords)('beside %s', (word) => {
  const helm = programs[word];
  const shape = helms[word] ?? newestHelm4;
  const table = helmTemplates.filter((one) => word !== 'helm3.8' || !one.newer);

  it.each(
    Array.from({ length: Math.ceil(table.length / 40) }, (_, i) =>
      table.slice(i * 40, i * 40 + 40),
    ),
  )('$template and the 39 after it', async (...templates) => {
    const differences: unknown[] = [];
    const queue = [...templates];
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const { template } = next;
        const args = ['get', 'all', 'tpl', '-n', namespace, '--template', template];
        const { code, stdout, stderr } = await run(helm, args, { kubeconfig });
        const mine = ours(template, shape);
        const wanted = addresses.test(stdout) ? { code: 1, text: '' } : { code, text: stdout };
        const equal = mine.code === wanted.code && (code !== 0 || mine.text === wanted.text);
        if (!equal) differences.push({ template, theirs: { code, stdout, stderr }, ours: mine });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    expect(differences).toEqual([]);
  });
});
