/** What people type from habit, of kubectl, helm and helm-diff, says what does it. */
import { expect, it } from 'vitest';
import { runCli } from './cli-io.ts';

it.each([
  ['list cart', 'kubectl releases status cart  shows one release'],
  ['list backups/all.zip', 'kubectl releases list --storage backups/all.zip'],
  ['diff revision cart 3 5', 'kubectl releases diff cart 3 5'],
  ['diff rollback cart 3', 'kubectl releases diff cart --rollback 3'],
  ['diff release cart front', 'kubectl releases diff cart --to-release front'],
])('%s', async (line, hint) => {
  const { code, out, err } = await runCli(line.split(' '));
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(`try: ${hint}`);
});

it('a release may be called so', async () => {
  const { err } = await runCli('diff rollback 3 5 --storage dir:/nonexistent'.split(' '));
  expect(err).not.toContain('diff has no');
});
