/** A live view over a store that tells of changes when the test says so. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { ReleasesError } from '../../src/errors.ts';
import {
  type Followed,
  type FollowOptions,
  follow,
  removedStatus,
} from '../../src/inspect/follow.ts';
import type { ReleaseRow } from '../../src/inspect/rows.ts';
import { metaOnly, type ReleaseRecord, refId } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { RecordEvent, Storage } from '../../src/storage/storage.ts';
import { broken, type Sketch, sketchRecord } from './cli-records.ts';

/** Records with versions of their own, and the events that the test sends. */
function server(...first: readonly ReleaseRecord[]) {
  const held = new Map<string, ReleaseRecord>();
  const events: RecordEvent[] = [];
  const read: string[] = [];
  let version = 0;
  let wake = () => {};
  let failing: ReleasesError | undefined;
  const keep = (record: ReleaseRecord) => {
    version += 1;
    const kept = { ...record, resourceVersion: String(version) };
    held.set(refId(record), kept);
    return metaOnly(kept);
  };
  const send = (event: RecordEvent) => {
    events.push(event);
    wake();
  };
  const all = () => ({ is: 'listed', records: [...held.values()].map(metaOnly) }) as const;
  for (const record of first) keep(record);
  const storage: Storage = {
    ...openMemory(),
    async *list() {
      yield [...held.values()];
    },
    async *listMeta() {
      yield all().records;
    },
    async get(ref) {
      read.push(ref.key);
      await sleep(5);
      if (failing) throw failing;
      return held.get(refId(ref));
    },
    async *watch(_, signal) {
      yield all();
      signal.addEventListener('abort', () => wake());
      while (!signal.aborted) {
        const event = events.shift();
        if (event) yield event;
        else
          await new Promise<void>((done) => {
            wake = done;
          });
      }
    },
  };
  return {
    storage,
    read,
    keep,
    send,
    fail: (error: ReleasesError | undefined) => {
      failing = error;
    },
    put: (record: ReleaseRecord) => send({ is: 'changed', record: keep(record) }),
    remove(record: ReleaseRecord) {
      held.delete(refId(record));
      send({ is: 'removed', record: metaOnly(record) });
    },
    forget: (record: ReleaseRecord) => held.delete(refId(record)),
    again: () => send(all()),
  };
}

function view({ storage }: { storage: Storage }, options: Partial<FollowOptions> = {}) {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const events = follow({ storage, selection: {}, optional: false }, 'helm', {
    ...{ rows: 'newest', shows: () => true, look: looks, signal: stop.signal },
    ...options,
  });
  return async () => {
    const { value } = await events.next();
    return words(value);
  };
}

const looks = ({ name, revision, status }: ReleaseRow) => `${name} ${revision} ${status}`;

function words(told: Followed | undefined): string {
  if (!told) return 'ended';
  return 'rows' in told ? `${told.is}: ${told.rows.map(looks).sort().join(', ')}` : told.is;
}

const one = (name: string, revision = 1, more: Sketch = {}) =>
  sketchRecord({ name, revision, ...more });

it('shows what is there, and then each change of the newest revision', async () => {
  const there = server(one('a', 1, { status: 'superseded' }), one('a', 2), one('b'));
  const next = view(there);
  expect(await next()).toBe('rows: a 2 deployed, b 1 deployed');
  there.put(one('a', 1, { status: 'failed' }));
  there.put(one('a', 3, { status: 'pending-upgrade' }));
  expect(await next()).toBe('changes: a 3 pending-upgrade');
  there.remove(one('a', 3));
  expect(await next()).toBe('changes: a 2 deployed');
  there.remove(one('a', 1));
  there.remove(one('a', 2));
  expect(await next()).toBe(`changes: a 2 ${removedStatus}`);
  there.put(one('a'));
  expect(await next()).toBe('changes: a 1 deployed');
});

it('reads a body once for each version, and says nothing of what looks the same', async () => {
  const there = server(one('a'), one('b'));
  const next = view(there);
  await next();
  there.read.splice(0);
  there.put(one('a'));
  there.put(one('b', 2));
  expect(await next()).toBe('changes: b 2 deployed');
  there.again();
  there.again();
  there.put(one('c'));
  expect(await next()).toBe('changes: c 1 deployed');
  expect(there.read.sort()).toEqual([one('a').key, one('b', 2).key, one('c').key].sort());
});

it('finds out what differs when all is listed again', async () => {
  const there = server(one('a'), one('b'), one('c'));
  const next = view(there);
  await next();
  there.forget(one('a'));
  there.keep(one('b', 1, { status: 'failed' }));
  there.keep(one('d'));
  there.again();
  expect(await next()).toBe('changes: a 1 removed, b 1 failed, d 1 deployed');
});

it('keeps no queue: of many changes the last is shown', async () => {
  const there = server(one('a'));
  const next = view(there);
  await next();
  for (let revision = 2; revision <= 500; revision++) there.put(one('a', revision));
  const shown = [await next()];
  while (!shown.at(-1)?.includes(' 500 ')) shown.push(await next());
  expect(shown.length).toBeLessThan(5);
});

it('shows every revision by itself where each is wanted', async () => {
  const there = server(one('a', 1, { status: 'superseded' }), one('a', 2));
  const next = view(there, { rows: 'each' });
  expect(await next()).toBe('rows: a 1 superseded, a 2 deployed');
  there.remove(one('a', 1));
  expect(await next()).toBe('changes: a 1 removed');
});

it('shows a row that is no longer wanted once, and then not until it is', async () => {
  const there = server(one('a', 1, { status: 'failed' }), one('b'));
  const next = view(there, { shows: ({ status }) => status === 'failed' });
  expect(await next()).toBe('rows: a 1 failed');
  there.put(one('a'));
  expect(await next()).toBe('changes: a 1 deployed');
  there.put(one('a', 2));
  there.remove(one('b'));
  there.put(one('a', 3, { status: 'failed' }));
  expect(await next()).toBe('changes: a 3 failed');
});

it('shows records that can not be read, and those that are nobody’s', async () => {
  const there = server(one('a'));
  const next = view(there);
  await next();
  there.put(broken(one('a')));
  expect(await next()).toBe('changes: a 1 unreadable');
  there.put({ ...broken(one('b')), key: 'no-revision', labels: { owner: 'helm' } });
  expect(await next()).toMatch(/^changes: no-revision undefined unreadable/);
});

it('reads again what it could not read, says what it is told, and ends with what lasts', async () => {
  const there = server(one('a'));
  const next = view(there);
  await next();
  there.fail(new ReleasesError('UNREACHABLE', 'away'));
  there.put(one('a', 2));
  there.send({ is: 'lost', error: new ReleasesError('UNREACHABLE', 'away') });
  expect(await next()).toBe('lost');
  there.fail(undefined);
  there.send({ is: 'back' });
  expect([await next(), await next()].sort()).toEqual(['back', 'changes: a 2 deployed']);
  there.fail(new ReleasesError('FORBIDDEN', 'no permission'));
  there.put(one('a', 3));
  await expect(next()).rejects.toMatchObject({ code: 'FORBIDDEN' });
});
