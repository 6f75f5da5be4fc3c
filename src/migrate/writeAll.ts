/**
 * Writes the records of a plan's releases, and reads them back: those of many releases at once, because a
 * list of one release costs an API server almost as much as one of twenty.
 */
import { mapLimit } from '../parallel.ts';
import type { WantedRecord } from '../record.ts';
import type { Engine } from './apply.ts';
import { stopIfInterrupted } from './deleteSources.ts';
import { recordsOf } from './payloads.ts';
import type { CreateStep, KeepStep, ReleasePlan } from './plan.ts';
import { put, verifyEach, type Writer } from './write.ts';

/** Milliseconds and bytes of payload after which what was written is read back: nobody waits long for news. */
const [longestMs, mostBytes] = [1000, 16 * 1024 * 1024];

interface Written {
  readonly step: CreateStep | KeepStep;
  readonly record: WantedRecord;
  /** Absent for what was there before. */
  readonly writer?: Writer;
}

/** A release of which everything is written, and nothing read back. */
interface Waiting {
  readonly release: ReleasePlan;
  readonly done: readonly Written[];
}

/**
 * Releases side by side; within a release, one record after the other, newest first.
 * @returns why a release failed, for those that did: a ReleasesError
 */
export async function writeAll(
  releases: readonly ReleasePlan[],
  engine: Engine,
): Promise<Map<ReleasePlan, unknown>> {
  const failures = new Map<ReleasePlan, unknown>();
  let waiting: Waiting[] = [];
  let [bytes, since] = [0, Date.now()];

  async function lookBack(): Promise<void> {
    const batch = waiting;
    [waiting, bytes, since] = [[], 0, Date.now()];
    for (const [release, error] of await readBack(batch, engine)) failures.set(release, error);
  }

  await mapLimit(releases, engine.concurrency, async (release) => {
    try {
      const done = await writeRecords(release, engine);
      waiting.push({ release, done });
      for (const { record } of done) bytes += 'payload' in record ? record.payload.length : 0;
    } catch (error) {
      failures.set(release, error);
    }
    if (bytes > mostBytes || Date.now() - since > longestMs) await lookBack();
  });
  await lookBack();
  return failures;
}

/** Creates what is missing, newest first. When that stops, what has been written is read back here. */
async function writeRecords(release: ReleasePlan, engine: Engine): Promise<Written[]> {
  const creates = release.steps.filter((step) => step.do === 'create');
  const done: Written[] = [];
  try {
    for await (const [step, record] of recordsOf(creates, engine.from.get(release.from))) {
      stopIfInterrupted(engine);
      const writer = await put(engine.to, record, step.replaces);
      // What is copied is compared by its digest.
      done.push({ step, writer, record: 'parts' in step.record ? record : step.record });
    }
    stopIfInterrupted(engine);
  } catch (error) {
    // It counts in what the person is told.
    await readBack([{ release, done }], engine);
    throw error;
  }
  for (const step of release.steps)
    if (step.do === 'keep') done.push({ step, record: step.record });
  return done;
}

/** @returns the releases of which something isn't there as it was written, each with its ReleasesError */
async function readBack(
  batch: readonly Waiting[],
  engine: Engine,
): Promise<Map<ReleasePlan, unknown>> {
  // What is sealed later is read back then.
  const toRead = (one: Written) => !engine.to.seal || one.step.do === 'keep';
  const groups = batch.map(({ done }) => done.filter(toRead).map(({ record }) => record));
  const errors = await verifyEach(engine.to, groups);
  const failures = new Map<ReleasePlan, unknown>();
  for (const [i, { release, done }] of batch.entries()) {
    if (errors[i] !== undefined) failures.set(release, errors[i]);
    else for (const { step, writer } of done) engine.onStep?.(release, step, writer);
  }
  return failures;
}
