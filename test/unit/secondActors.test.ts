/**
 * Somebody else works at the same time, at every request there is: the move the other way round, another move
 * to the same name, a `helm install`. Stores in memory, and every interleaving of the kind.
 */
import { describe, expect, test } from 'vitest';
import { openRecord } from '../../src/codecs/index.ts';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import type { Outcome } from '../../src/migrate/engine/engine.ts';
import type { Plan } from '../../src/migrate/plan.ts';
import { isBad, type ReadRecord, type ReleaseRecord } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { sketchRecord } from './cli-records.ts';
import { asItIs, copying, planFor } from './relocations.ts';

/** Nobody waits longer for another one to give way than these tests can. */
const patienceMs = 8;

/** Lets its owner make so many requests, and holds it then until there are more. */
class Turn {
  seen = 0;
  private left = 0;
  private waiting: (() => void)[] = [];
  readonly isHeld = () => this.waiting.length > 0;

  async step(): Promise<void> {
    while (this.left <= 0) await new Promise<void>((done) => this.waiting.push(done));
    this.left -= 1;
    this.seen += 1;
  }

  allow(requests: number): void {
    this.left += requests;
    const waiting = this.waiting.splice(0);
    for (const done of waiting) done();
  }
}

function paced(store: Storage, turn: Turn): Storage {
  return {
    ...store,
    async *list(selection) {
      await turn.step();
      yield* store.list(selection);
    },
    async *listMeta(selection) {
      await turn.step();
      yield* store.listMeta(selection);
    },
    get: (ref) => turn.step().then(() => store.get(ref)),
    create: (record) => turn.step().then(() => store.create(record)),
    replace: (record, over) => turn.step().then(() => store.replace(record, over)),
    delete: (record) => turn.step().then(() => store.delete(record)),
  };
}

interface Actor {
  readonly turn: Turn;
  readonly ended: Promise<readonly Outcome[]>;
}

/** Carries a plan out at its own pace. */
function start(plan: Plan, from: Storage, to: Storage, backup: Storage): Actor {
  const turn = new Turn();
  const ended = turn.step().then(() =>
    applyPlan(plan, {
      from: new Map([[from.address, paced(from, turn)]]),
      to: paced(to, turn),
      ...{ backup, concurrency: 1, patienceMs },
    }),
  );
  return { turn, ended };
}

const forever = Number.POSITIVE_INFINITY;

/** Until it is held, or has ended. */
async function settled({ turn, ended }: Actor): Promise<void> {
  let done = false;
  ended.then(
    () => (done = true),
    () => (done = true),
  );
  do await new Promise((tick) => setImmediate(tick));
  while (!done && !turn.isHeld());
}

/** The first one up to its n-th request, the second up to its m-th; then the first to its end, and the second. */
async function interleaved(one: Actor, other: Actor, n: number, m: number) {
  one.turn.allow(n);
  await settled(one);
  other.turn.allow(m);
  await settled(other);
  one.turn.allow(forever);
  const first = await one.ended;
  other.turn.allow(forever);
  return [first, await other.ended] as const;
}

async function all(store: Storage): Promise<ReadRecord[]> {
  const found: ReadRecord[] = [];
  for await (const page of store.list({})) found.push(...page);
  return found;
}

/** `rc 3: deployed`, by content. */
async function contents(store: Storage): Promise<string[]> {
  return (await all(store))
    .map((record) => {
      const opened = openRecord(record);
      if (isBad(opened)) return record.key;
      const { name, revision, info } = opened.release;
      return `${name} ${revision}: ${info?.description}`;
    })
    .sort();
}

const results = (outcomes: readonly Outcome[]) => outcomes.map(({ result }) => result).join();

describe('two moves, each the other way round', () => {
  const three = [1, 2, 3].map((revision) =>
    sketchRecord({ revision, status: revision === 3 ? 'deployed' : 'superseded' }),
  );
  const moving = { ...copying, deleteSources: true };

  async function opposite(records: readonly ReleaseRecord[], n: number, m: number) {
    const [a, b] = [openMemory({ records }), openMemory({ records })];
    const [here, there] = [
      { ...a, address: 'a' },
      { ...b, address: 'b' },
    ];
    const [one, other] = [openMemory(), openMemory()];
    const forth = start(await planFor(here, there, asItIs, moving), here, there, one);
    const back = start(await planFor(there, here, asItIs, moving), there, here, other);
    const ends = await interleaved(forth, back, n, m);
    const left = new Set([...(await contents(a)), ...(await contents(b))]);
    const kept = [await contents(one), await contents(other)];
    return { ends, left, kept, requests: [forth.turn.seen, back.turn.seen] as const };
  }

  test.each([
    ['of three revisions', three],
    ['of one', three.slice(2)],
  ])(
    '%s: never gone from both without an error, and then it is in both backups',
    async (_, records) => {
      const whole = records.map(({ key }) => key).length;
      let lost = 0;
      let cases = 0;
      let [most, others] = [1, 1];
      for (let n = 1; n <= most; n++)
        for (let m = 1; m <= others; m++) {
          const { ends, left, kept, requests } = await opposite(records, n, m);
          [most, others] = [Math.max(most, requests[0]), Math.max(others, requests[1])];
          const at = `${n}, ${m}: ${ends.map(results)} ${[...left]} ${kept}`;
          cases++;
          if (left.size === whole) continue;
          expect(ends.map(results).join(), at).toContain('failed');
          // Of several, the newest stays somewhere.
          if (records.length > 1) expect([...left].join(), at).toContain('billing 3');
          const failed = ends.flat().flatMap((end) => (end.result === 'failed' ? end : []));
          if (left.size === 0)
            expect(
              failed.some((end) => end.lost),
              at,
            ).toBe(true);
          if (left.size === 0) lost++;
          for (const one of kept) expect(one.length === whole || one.length === 0, at).toBe(true);
          expect(
            kept.some((one) => one.length === whole),
            at,
          ).toBe(true);
        }
      expect(cases).toBeGreaterThan(50);
      // That it can happen is why it is looked for.
      if (records.length === 1) expect(lost).toBeGreaterThan(0);
    },
  );
});

describe('two moves to one name', () => {
  const release = (name: string, revisions: readonly number[], updated: string) =>
    revisions.map((revision) => {
      const status = revision === revisions.at(-1) ? 'deployed' : 'superseded';
      const config = { from: name };
      return sketchRecord({ name, revision, status, updated, config, description: name });
    });
  const [day, other] = ['2026-11-20T18:04:11.1Z', '2026-11-21T18:04:11.1Z'];
  const toRc = { ...asItIs, name: 'rc' };

  async function meet(
    a: readonly ReleaseRecord[],
    b: readonly ReleaseRecord[],
    deleteSources: boolean,
    n: number,
    m: number,
  ) {
    const stores = [a, b].map((records, at) => ({
      ...openMemory({ records }),
      address: `from-${at}`,
    }));
    const to = { ...openMemory(), address: 'to' };
    const actors: Actor[] = [];
    for (const from of stores) {
      const plan = await planFor(from, to, toRc, { ...copying, deleteSources });
      actors.push(start(plan, from, to, openMemory()));
    }
    const [first, second] = actors as [Actor, Actor];
    const ends = await interleaved(first, second, n, m);
    const sources = await Promise.all(stores.map((store) => contents(store)));
    return { ends, target: await contents(to), sources, seen: [first.turn.seen, second.turn.seen] };
  }

  test.each([
    ['1–2 and 3–4', [1, 2], [3, 4], day, other, true],
    ['1–2 and 3–4, first deployed at one moment', [1, 2], [3, 4], day, day, false],
    ['3–4 and 1–2', [3, 4], [1, 2], day, other, false],
    ['1–2 and 2–3', [1, 2], [2, 3], day, other, false],
    ['1–2 and 1–2', [1, 2], [1, 2], day, other, false],
  ])(
    '%s: one of them whole, and the other as if it had never been',
    async (_, a, b, one, two, deletes) => {
      let [most, others] = [1, 1];
      let [whole, none] = [0, 0];
      for (let n = 1; n <= most; n++)
        for (let m = 1; m <= others; m++) {
          const { ends, target, sources, seen } = await meet(
            ...([release('a', a, one), release('b', b, two), deletes, n, m] as const),
          );
          [most, others] = [Math.max(most, seen[0] ?? 0), Math.max(others, seen[1] ?? 0)];
          const at = `${n}, ${m}: ${ends.map(results)}: ${target.join()}; ${sources.join(' | ')}`;
          const done = ends.map((end) => end[0]?.result === 'migrated');
          const expected = [
            ...(done[0] ? a.map((revision) => `rc ${revision}: a`) : []),
            ...(done[1] ? b.map((revision) => `rc ${revision}: b`) : []),
          ];
          expect(done.filter(Boolean).length, at).toBeLessThan(2);
          expect(target, at).toEqual(expected.sort());
          for (const [i, revisions] of [a, b].entries()) {
            const gone = deletes && done[i];
            expect(sources[i]?.length, at).toBe(gone ? 0 : revisions.length);
            const end = ends[i]?.[0];
            if (end?.result === 'failed') expect(end.error.code, at).toBe('CONFLICT');
          }
          if (done.some(Boolean)) whole++;
          else none++;
        }
      expect(whole + none).toBeGreaterThan(50);
      // Neither only where one of them slept while the other waited for it to give way.
      expect(none).toBeLessThan(whole / 2);
    },
  );
});

describe('helm installs another release of the name', () => {
  const source = (revisions: readonly number[]) =>
    revisions.map((revision) =>
      sketchRecord({
        ...{ name: 'web', revision, description: 'ours' },
        status: revision === revisions.at(-1) ? 'deployed' : 'superseded',
      }),
    );
  const installed = sketchRecord({
    ...{ name: 'rc', revision: 1, description: 'theirs', updated: '2026-11-29T10:00:00Z' },
  });

  test.each([
    ['a move of 3–4', [3, 4], true],
    ['a copy of 3–4', [3, 4], false],
    ['a move of 1–2', [1, 2], true],
    ['a copy of 1–2', [1, 2], false],
  ])(
    '%s: at every request up to the last look its record stays alone',
    async (_, revisions, deleteSources) => {
      let looks = 1;
      let refused = 0;
      for (let n = 1; n <= looks; n++) {
        const from = { ...openMemory({ records: source(revisions) }), address: 'from' };
        const to = { ...openMemory(), address: 'to' };
        const plan = await planFor(
          from,
          to,
          { ...asItIs, name: 'rc' },
          { ...copying, deleteSources },
        );
        let lastLook = 0;
        const turn = new Turn();
        const watched: Storage = {
          ...paced(to, turn),
          async *listMeta(selection) {
            await turn.step();
            // What comes once sources are deleted comes too late to be anybody's mistake but helm's.
            if ((await all(from)).length > 0) lastLook = turn.seen;
            yield* to.listMeta(selection);
          },
        };
        const ended = applyPlan(plan, {
          from: new Map([[from.address, paced(from, turn)]]),
          to: watched,
          ...{ backup: openMemory(), concurrency: 1, patienceMs },
        });
        turn.allow(n);
        await settled({ turn, ended });
        const took = await to.create(installed).then(
          () => true,
          () => false,
        );
        turn.allow(forever);
        const [end] = await ended;
        if (n === 1) looks = lastLook || 12;
        looks = Math.max(looks, Math.min(lastLook, 40));
        const target = await contents(to);
        const at = `${n} of ${looks}: ${end?.result} ${target.join()}`;
        if (end?.result === 'migrated') {
          // It came where all was over, or to a name that was taken.
          expect(!took || n >= lastLook, at).toBe(true);
          continue;
        }
        refused++;
        expect(end?.result === 'failed' && end.error.code, at).toBe('CONFLICT');
        expect(took, at).toBe(true);
        const left = (await all(from)).length;
        // Where sources are deleted already, their copies are all there is.
        const both = left < revisions.length;
        const ours = both ? revisions.map((revision) => `rc ${revision}: ours`) : [];
        expect(target, at).toEqual(['rc 1: theirs', ...ours]);
        if (both) {
          const [why = ''] = end?.result === 'failed' ? end.error.why : [];
          expect(why, at).toContain('both stand there');
          continue;
        }
        expect((await all(from)).length, at).toBe(revisions.length);
      }
      expect(refused).toBeGreaterThan(2);
    },
  );
});

test('Helm that upgrades what was written a moment ago is no stranger', async () => {
  const from = openMemory({ records: [sketchRecord({ name: 'web', revision: 1 })] });
  const memory = openMemory();
  const plan = await planFor(from, memory);
  let upgraded = false;
  const to: Storage = {
    ...memory,
    async *list(selection) {
      yield* memory.list(selection);
      if (upgraded) return;
      upgraded = true;
      const [old] = await all(memory);
      if (!old) return;
      const superseded = sketchRecord({ name: 'web', revision: 1, status: 'superseded' });
      await memory.replace(superseded, old);
      await memory.create(sketchRecord({ name: 'web', revision: 2, description: 'upgraded' }));
    },
    // So that it is read back by a list.
    get: memory.get,
  };
  const stores = new Map([[from.address, from]]);
  const outcomes = await applyPlan(plan, { from: stores, to, concurrency: 1, patienceMs });
  expect(outcomes).toMatchObject([{ result: 'migrated' }]);
});
