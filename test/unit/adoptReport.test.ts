/** What a report keeps of an adoption: enough to undo it by hand. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeReport } from '../../src/output/plans/report.ts';
import { object } from './adoptApi.ts';
import { carryOut, helm2, managedBy, planFor, scene, web } from './adoptScene.ts';
import { captureIO } from './cli-io.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'adopt-report-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function reported(ending: string, rehearsed: boolean): Promise<string> {
  const tillers = object('configmaps', 'pay', 'old', { labels: { [managedBy]: '<Tiller>' } });
  const one = scene([helm2(['ConfigMap web', 'ConfigMap old'])], [web, tillers]);
  const plan = await planFor(one);
  const outcomes = await carryOut(plan, one);
  const path = join(folder, `report${ending}`);
  const tried = rehearsed ? { rehearsed: true as const } : {};
  await writeReport(path, { plan, outcomes, ...tried }, captureIO());
  return readFileSync(path, 'utf8');
}

test('as JSON: the three fields before and after, object by object', async () => {
  const data = JSON.parse(await reported('.json', false));
  expect(data.outcomes).toMatchObject([{ result: 'migrated' }]);
  expect(data.releases[0].steps.slice(1)).toMatchObject([
    { do: 'adopt', name: 'web', uid: web.metadata.uid, before: {} },
    { do: 'adopt', name: 'old', before: { [managedBy]: '<Tiller>' } },
  ]);
});

test('as Markdown and as HTML: a row an object', async () => {
  expect(await reported('.md', false)).toMatch(
    /\n\| Release \| Adopted object \| Its ownership before \|\n.*\n\| billing \| ConfigMap pay\/web \| none \|\n\| billing \| ConfigMap pay\/old \| app\.kubernetes\.io\/managed-by: \\<Tiller\\> \|\n$/,
  );
  expect(await reported('.html', false)).toContain(
    '<td>ConfigMap pay/old</td><td>app.kubernetes.io/managed-by: &#60;Tiller&#62;</td></tr>\n</table>\n</body>',
  );
});

test('of a trial, that nothing has migrated', async () => {
  const data = JSON.parse(await reported('.json', true));
  expect(data).toMatchObject({ dryRun: 'server', outcomes: [{ result: 'accepted' }] });
  expect(await reported('.md', true)).toMatch(/^\| billing \| pay \| 1 \| ready \| accepted \|/m);
});
