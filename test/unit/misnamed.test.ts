/** A record whose key and labels disagree is never passed over, whichever of the two names the release. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordKey } from '../../src/record.ts';
import type { HelmVersion } from '../../src/release.ts';
import { objectOf } from '../../src/storage/objects.ts';
import { runCli } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'misnamed-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Two sound revisions, and a third with another key or another label. */
function write(helm: HelmVersion, wrong: { key?: string; NAME?: string; VERSION?: string }): void {
  for (const revision of [1, 2, 3]) {
    const record = sketchRecord({ helm, revision });
    const { key, ...labels } = wrong;
    const cased = Object.entries(labels).map(([name, value]) => [
      helm === 2 ? name : name.toLowerCase(),
      value,
    ]);
    const owner = helm === 2 ? 'tiller' : 'helm';
    const changed = {
      ...record,
      ...(key !== undefined && { key: recordKey(owner, key, revision) }),
      labels: { ...record.labels, ...Object.fromEntries(cased) },
    };
    const object = objectOf(revision === 3 ? changed : record);
    writeFileSync(join(dir, `r${revision}.json`), JSON.stringify(object));
  }
}

const run = (...args: readonly string[]) => runCli([...args, '--storage', `dir:${dir}`]);

describe.each<{ helm: HelmVersion }>([{ helm: 2 }, { helm: 3 }])('Helm $helm', ({ helm }) => {
  it.each([
    ['a label with another name', { NAME: 'other' }, 'its name label names other', 2],
    ['a label with another version', { VERSION: '9' }, 'its version label says 9', 3],
    ['a key with another name', { key: 'other' }, 'its key names other', 3],
  ])('%s', async (_, wrong, reason, newest) => {
    write(helm, wrong);
    const said = { code: 0, err: expect.stringContaining(reason) };
    // By its content, as each Helm lists it.
    const listed = await run('list');
    expect(listed).toMatchObject({ ...said, out: expect.stringMatching(/^billing +pay +3 /m) });
    const history = await run('history', 'billing');
    expect(history).toMatchObject({ ...said, out: expect.stringMatching(/^3 /m) });
    // By the name label, as each Helm looks for a release's newest revision.
    const got = await run('get', 'metadata', 'billing');
    expect(got).toMatchObject({ ...said, out: expect.stringContaining(`REVISION: ${newest}`) });
    expect(got.err).toContain('(r3.json): ');
  });
});

it('get says nothing where nothing is wrong', async () => {
  write(3, {});
  expect(await run('get', 'metadata', 'billing')).toMatchObject({ code: 0, err: '' });
});
