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
    ['a label with another name', { NAME: 'other' }, 'its name and its name label disagree'],
    ['a label with another version', { VERSION: '9' }, 'its name and its version label disagree'],
    ['a key with another name', { key: 'other' }, 'its name and its name label disagree'],
  ])('%s', async (_, wrong, reason) => {
    write(helm, wrong);
    const listed = await run('list');
    expect(listed).toMatchObject({ code: 3, err: expect.stringContaining(`(r3.json): ${reason}`) });
    const history = await run('history', 'billing');
    expect(history).toMatchObject({ code: 3, err: expect.stringContaining(reason) });
    expect(history.out).toContain(reason);
    const got = await run('get', 'metadata', 'billing');
    expect(got).toMatchObject({ code: 0, out: expect.stringContaining('REVISION: 2') });
    expect(got.err).toMatch(/^note: a record that may be of billing can't be read: /);
    expect(got.err).toContain(`(r3.json): ${reason}\n`);
  });
});

it('get says nothing where nothing is wrong', async () => {
  write(3, {});
  expect(await run('get', 'metadata', 'billing')).toMatchObject({ code: 0, err: '' });
});
