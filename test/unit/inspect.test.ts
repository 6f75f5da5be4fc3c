import { describe, expect, it } from 'vitest';
import { ReleasesError } from '../../src/errors.ts';
import { findReleases, openRevision } from '../../src/inspect/find.ts';
import { newestRevisions } from '../../src/inspect/newest.ts';
import { releaseRow, statusWord } from '../../src/inspect/rows.ts';
import { type ReadSource, readSources } from '../../src/inspect/sources.ts';
import { mapLimit } from '../../src/parallel.ts';
import type { ReadRecord, RecordMeta } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Selection, Storage } from '../../src/storage/storage.ts';
import { broken, sketchRecord, sketchRelease } from './cli-records.ts';

/** A store that can leave payloads out, and counts what it hands out. */
function frugal(records: readonly ReadRecord[]) {
  const inner = openMemory({ records });
  const handed = { meta: 0, bodies: 0, gets: 0 };
  async function* count<T>(pages: AsyncIterable<readonly T[]>, what: 'meta' | 'bodies') {
    for await (const page of pages) {
      handed[what] += page.length;
      yield page;
    }
  }
  async function* withoutPayload(selection: Selection) {
    for await (const page of inner.list(selection))
      yield page.map((record): RecordMeta => {
        const { kind, namespace, key, labels, uid, resourceVersion } = record;
        return {
          kind,
          namespace,
          key,
          labels,
          uid: uid ?? '',
          resourceVersion: resourceVersion ?? '',
        };
      });
  }
  const storage: Storage = {
    ...inner,
    address: 'secret',
    capabilities: { ...inner.capabilities, metadataOnly: true },
    list: (selection) => count(inner.list(selection), 'bodies'),
    listMeta: (selection) => count(withoutPayload(selection), 'meta'),
    get: (ref) => {
      handed.gets += 1;
      return inner.get(ref);
    },
  };
  return { storage, handed };
}

function source(storage: Storage, more: Partial<ReadSource> = {}): ReadSource {
  return { storage, selection: {}, optional: false, ...more };
}

const revisions = (name: string, namespace: string, numbers: readonly number[]) =>
  numbers.map((revision) =>
    sketchRecord({
      ...{ name, namespace, revision },
      status: revision === Math.max(...numbers) ? 'deployed' : 'superseded',
    }),
  );

async function rows(from: ReadSource) {
  return newestRevisions(from, (one) => releaseRow(one, from.storage));
}

describe('the newest revisions', () => {
  it('reads one payload for each release and no more', async () => {
    const { storage, handed } = frugal([
      ...revisions('billing', 'pay', [1, 2, 10, 9]),
      ...revisions('billing', 'shop', [1, 2]),
      ...revisions('search', 'web', [7]),
    ]);
    const found = await rows(source(storage, { selection: { owner: 'helm' } }));
    expect(found.map((row) => [row.name, row.namespace, row.revision]).sort()).toEqual([
      ['billing', 'pay', 10],
      ['billing', 'shop', 2],
      ['search', 'web', 7],
    ]);
    expect(handed).toEqual({ meta: 7, bodies: 3, gets: 0 });
  });

  it('fetches the newest one by itself where its label says superseded', async () => {
    const odd = sketchRecord({ revision: 3, status: 'superseded' });
    const { storage, handed } = frugal([...revisions('billing', 'pay', [1, 2]), odd]);
    const found = await rows(source(storage, { selection: { owner: 'helm' } }));
    expect(found).toMatchObject([{ revision: 3, status: 'superseded' }]);
    expect(handed.gets).toBe(1);
  });

  it('gives the same answer from a store that always reads everything', async () => {
    const records = [
      ...revisions('billing', 'pay', [3, 1, 2]),
      ...revisions('search', 'web', [12, 7]),
      sketchRecord({ helm: 2, name: 'legacy', revision: 9, status: 'uninstalled' }),
    ];
    const all = await rows(source(openMemory({ records, pageSize: 2 })));
    const few = await rows(source(frugal(records).storage));
    const facts = (list: typeof all) =>
      list.map(({ name, namespace, revision, status }) => ({ name, namespace, revision, status }));
    expect(facts(few)).toEqual(facts(all));
    expect(facts(all)).toContainEqual({
      ...{ name: 'legacy', namespace: 'pay', revision: 9, status: 'DELETED' },
    });
  });

  it('falls back to the one before when the newest vanishes while we read', async () => {
    const records = revisions('billing', 'pay', [1, 2]);
    const { storage } = frugal(records);
    const gone: Storage = {
      ...storage,
      list: () => frugal([]).storage.list({}),
      get: async (ref) => (ref.key.endsWith('.v2') ? undefined : storage.get(ref)),
    };
    expect(await rows(source(gone))).toMatchObject([{ revision: 1 }]);
  });

  it('makes a row of a newest record that can not be read, and loses no neighbour', async () => {
    const [first, second] = revisions('billing', 'pay', [1, 2]);
    if (!first || !second) throw new Error('two records');
    const { storage } = frugal([first, broken(second), ...revisions('search', 'web', [1])]);
    const found = await rows(source(storage, { selection: { owner: 'helm' } }));
    expect(found).toHaveLength(2);
    expect(found).toContainEqual(
      expect.objectContaining({
        ...{ name: 'billing', revision: 2, status: 'unreadable', namespace: 'pay' },
        ...{ storage: 'secret', place: 'secret pay/sh.helm.release.v1.billing.v2' },
      }),
    );
    expect(found).toContainEqual(expect.objectContaining({ name: 'search', status: 'deployed' }));
  });

  it('shows a record whose labels belong to another one, beside that other one', async () => {
    const [one] = revisions('billing', 'pay', [4]);
    if (!one) throw new Error('one record');
    const liar = { ...one, key: 'sh.helm.release.v1.search.v9' };
    const found = await rows(source(frugal([one, liar]).storage));
    expect(found).toHaveLength(2);
    expect(found).toContainEqual(expect.objectContaining({ name: 'billing', status: 'deployed' }));
    expect(found).toContainEqual(
      expect.objectContaining({
        ...{ name: 'billing', revision: 4, status: 'deployed' },
        disagreements: [
          {
            part: 'name',
            message:
              'its key names search, its name label names billing, its content names billing',
          },
          { part: 'revision', message: 'its key says revision 9, its content 4' },
        ],
      }),
    );
  });
});

describe('a flipped bit', () => {
  it.each([2, 3] as const)(
    'in a Helm %d record is refused or changes nothing, and hides no neighbour',
    async (helm) => {
      const neighbour = sketchRecord({ name: 'search' });
      const record = sketchRecord({ helm, config: helm === 2 ? 'a: 1\n' : { a: 1 } });
      const whole = await newestOpened(source(openMemory({ records: [record] })));
      const bytes = Buffer.from(record.payload, 'base64');
      let refused = 0;
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = Buffer.from(bytes);
        flipped[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const bad = { ...record, payload: flipped.toString('base64') };
        const { storage } = frugal([neighbour, bad]);
        const opened = await newestOpened(source(storage));
        expect(opened).toHaveLength(2);
        const one = opened.find((each) => !('release' in each) || each.release.name === 'billing');
        if (one && 'release' in one) expect([one.release]).toEqual(releasesOf(whole));
        else refused += 1;
      }
      expect(refused).toBeGreaterThan(bytes.length * 7);
    },
  );

  function newestOpened(from: ReadSource) {
    return newestRevisions(from, (opened) => opened);
  }

  function releasesOf(opened: Awaited<ReturnType<typeof newestOpened>>) {
    return opened.flatMap((one) => ('release' in one ? one.release : []));
  }
});

describe('reading several sources', () => {
  const forbidden = new ReleasesError('FORBIDDEN', 'no permission to list secrets');
  const sources = [false, true].map((optional) => source(openMemory(), { optional }));

  it('leaves out an optional one without permission, and says so', async () => {
    const { results, skipped } = await readSources(sources, async ({ optional }) => {
      if (optional) throw forbidden;
      return 'read';
    });
    expect(results).toEqual(['read']);
    expect(skipped).toMatchObject([{ source: { optional: true }, error: { code: 'FORBIDDEN' } }]);
  });

  it('fails for one that must be read, and for an optional one that fails otherwise', async () => {
    const failing = (which: boolean, error: Error) =>
      readSources(sources, async ({ optional }) => {
        if (optional === which) throw error;
      });
    await expect(failing(false, forbidden)).rejects.toBe(forbidden);
    const unreachable = new ReleasesError('UNREACHABLE', "can't reach the API server");
    await expect(failing(true, unreachable)).rejects.toBe(unreachable);
  });

  it('never works on more items than it may, and keeps their order', async () => {
    let [now, most] = [0, 0];
    const doubled = await mapLimit([5, 1, 4, 2, 3], 2, async (n) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, n));
      now -= 1;
      return n * 2;
    });
    expect(doubled).toEqual([10, 2, 8, 4, 6]);
    expect(most).toBe(2);
  });
});

describe('finding a release', () => {
  const records = [
    ...revisions('billing', 'pay', [1, 2, 10]),
    sketchRecord({ helm: 2, revision: 7 }),
    sketchRecord({ revision: 1 }, { kind: 'ConfigMap' }),
    sketchRecord({ helm: 2, revision: 1, namespace: 'shop' }, { namespace: 'tiller' }),
    ...revisions('search', 'web', [1]),
  ];

  it('names every place with its revisions, the likeliest first', async () => {
    const { releases } = await findReleases([source(openMemory({ records }))], 'billing');
    expect(
      releases.map((one) => [
        one.owner,
        one.kind,
        one.namespace,
        one.revisions,
        one.releaseNamespace,
      ]),
    ).toEqual([
      ['helm', 'Secret', 'pay', [1, 2, 10], 'pay'],
      ['helm', 'ConfigMap', 'pay', [1], 'pay'],
      ['tiller', 'ConfigMap', 'kube-system', [7], 'pay'],
      ['tiller', 'ConfigMap', 'tiller', [1], 'shop'],
    ]);
  });

  it('keeps to a release namespace, and keeps what might be in it', async () => {
    const unknown = broken(sketchRecord({ helm: 2, revision: 3 }, { namespace: 'other' }));
    const storage = openMemory({ records: [...records, unknown] });
    const { releases } = await findReleases(
      [source(storage, { releaseNamespace: 'shop' })],
      'billing',
    );
    expect(releases.map((one) => [one.namespace, one.releaseNamespace])).toEqual([
      ['tiller', 'shop'],
      ['other', undefined],
    ]);
  });

  it('names records that carry the name and are no revision of it', async () => {
    const one = sketchRecord({ name: 'later' });
    const later = { ...one, key: 'sh.helm.release.v2.later.v1', type: 'helm.sh/release.v2' };
    const { releases, tied } = await findReleases(
      [source(openMemory({ records: [later, ...records] }))],
      'later',
    );
    expect(releases).toEqual([]);
    expect(tied).toMatchObject([{ key: later.key, unreadable: expect.any(String) }]);
  });

  it('opens the revision that was asked for', async () => {
    const { releases } = await findReleases([source(openMemory({ records }))], 'billing');
    const [first] = releases;
    if (!first) throw new Error('found none');
    expect(await openRevision(first, 2)).toMatchObject({ release: { revision: 2 } });
    expect(await openRevision(first, 3)).toBeUndefined();
  });
});

describe('status words', () => {
  it.each([
    ['deployed', 'DEPLOYED'],
    ['uninstalled', 'DELETED'],
    ['uninstalling', 'DELETING'],
    ['pending-upgrade', 'PENDING_UPGRADE'],
    ['superseded', 'SUPERSEDED'],
  ])('%s is %s in Helm 2', (status, word) => {
    expect(statusWord(sketchRelease({ helm: 2, status }))).toBe(word);
    expect(statusWord(sketchRelease({ helm: 3, status }))).toBe(status);
  });
});
