/** `get all --template` beside the real helms: each template of the table, on the same record. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type HelmShape, helms, newestHelm3, newestHelm4 } from '../../src/helms.ts';
import { parseGoTemplate } from '../../src/output/templates/goTemplate.ts';
import { helmWords } from '../cluster/clients.ts';
import { drawn } from '../cluster/drawn.ts';
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
/** Between templates that helm is asked in one: no space, so that none is trimmed. */
const between = '<~|~>';

describe.each(helmWords)('beside %s', (word) => {
  const helm = programs[word];
  const shape = helms[word] ?? newestHelm4;
  const isNewest = [newestHelm3.word, newestHelm4.word].includes(word);
  const table = helmTemplates.filter((one) => word !== 'helm3.8' || !one.newer);
  const theirs = (template: string) =>
    run(helm, ['get', 'all', 'tpl', '-n', namespace, '--template', template], { kubeconfig });

  it.each(
    Array.from({ length: Math.ceil(table.length / 40) }, (_, i) =>
      table.slice(i * 40, i * 40 + 40),
    ),
  )('$template and the 39 after it', async (...templates) => {
    const mine = templates.map(({ template }) => ({ template, ...ours(template, shape) }));
    // Those that go well for us are one template of helm's; it is asked for each one unless all are equal.
    const well = mine.filter(({ code }) => code === 0);
    const joined = await theirs(
      well.map(({ template }) => `${between}${template}${between}`).join(''),
    );
    const texts = well.map(({ text }) => `${between}${text}${between}`).join('');
    const isSame = joined.code === 0 && joined.stdout === texts && !addresses.test(texts);
    const differences: unknown[] = [];
    // What goes wrong takes a helm each, of which the whole suite asks the newest a half and an old one a quarter.
    const wrong = mine.filter(({ code }) => code !== 0);
    const queue = [...drawn(word, wrong, isNewest ? 2 : 4), ...(isSame ? [] : well)];
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const { code, stdout, stderr } = await theirs(next.template);
        const wanted = addresses.test(stdout) ? { code: 1, text: '' } : { code, text: stdout };
        const equal = next.code === wanted.code && (code !== 0 || next.text === wanted.text);
        if (!equal) differences.push({ theirs: { code, stdout, stderr }, ours: next });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    expect(differences).toEqual([]);
  });
});
