/**
 * Writes the records of a plan's releases, and reads them back: those of many releases at once, because a
 * list of one release costs an API server almost as much as one of twenty.
 */
import { isReleasesError } from '../../errors.ts';
import { mapLimit } from '../../parallel.ts';
import { type ReleaseRecord, refId, type WantedRecord } from '../../record.ts';
import type { CreateStep, KeepStep, ReleasePlan } from '../plan.ts';
import { stopIfInterrupted } from './engine.ts';
import { holdName } from './holdName.ts';
import { recordsOf, withDigest } from './payloads.ts';
import type { Run } from './run.ts';
import { findSound, put, verifyEach, type Writer } from './write.ts';

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
  run: Run,
): Promise<Map<ReleasePlan, unknown>> {
  const failures = new Map<ReleasePlan, unknown>();
  let waiting: Waiting[] = [];
  let [bytes, since] = [0, Date.now()];

  async function lookBack(): Promise<void> {
    const batch = waiting;
    [waiting, bytes, since] = [[], 0, Date.now()];
    for (const [release, error] of await readBack(batch, run)) failures.set(release, error);
  }

  await mapLimit(releases, run.concurrency, async (release) => {
    try {
      const done = await writeRecords(release, run);
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
async function writeRecords(release: ReleasePlan, run: Run): Promise<Written[]> {
  const creates = release.steps.filter((step) => step.do === 'create');
  const done: Written[] = [];
  try {
    for await (const [step, record] of recordsOf(creates, run.from.get(release.from))) {
      stopIfInterrupted(run);
      const writer = await write(step, record, release, run);
      // What is copied is compared by its digest.
      done.push({
        step,
        writer,
        record: 'unpacked' in step.record ? withDigest(record) : step.record,
      });
    }
    stopIfInterrupted(run);
  } catch (error) {
    // It counts in what the person is told.
    await readBack([{ release, done }], run);
    throw error;
  }
  for (const step of release.steps)
    if (step.do === 'keep') done.push({ step, record: step.record });
  return done;
}

/** Where somebody else has the key, one of the two gives way: see `names.ts`. */
async function write(
  step: CreateStep,
  record: ReleaseRecord,
  release: ReleasePlan,
  run: Run,
): Promise<Writer> {
  const did = run.did(release);
  const { done, created, replaced, unread } = did;
  if (step.replaces) did.replacing = true;
  const wanted = withDigest(record);
  const unsure = () => void unread.set(step, { record: wanted });
  const writer = await put(run.to, record, step.replaces, unsure).catch(async (error: unknown) => {
    if (step.replaces || !isReleasesError(error, 'EXISTS')) throw error;
    await holdName(release, run);
    return put(run.to, record, undefined, unsure);
  });
  unread.set(step, { record: wanted, writer });
  done.add(refId(record));
  if (writer === 'this run' && step.replaces) replaced.push(step);
  else if (writer === 'this run') created.push({ step, record: wanted });
  return writer;
}

/** @returns the releases of which something isn't there as it was written, each with its ReleasesError */
async function readBack(batch: readonly Waiting[], run: Run): Promise<Map<ReleasePlan, unknown>> {
  // What is sealed later is read back then.
  const toRead = (one: Written) => !run.to.seal || one.step.do === 'keep';
  const groups = batch.map(({ done }) => done.filter(toRead).map(({ record }) => record));
  const errors = await verifyEach(run.to, groups, (there) => {
    if (there.uid !== undefined) run.uids.set(refId(there), there.uid);
  });
  const failures = new Map<ReleasePlan, unknown>();
  for (const [i, { release, done }] of batch.entries()) {
    const isFailed = errors[i] !== undefined;
    if (isFailed) failures.set(release, errors[i]);
    // What stands as it was written counts, whatever became of the others.
    const sound = isFailed ? await findSound(run.to, groups[i] ?? []) : undefined;
    // Where nobody can look now, it is tried again at the end.
    if (isFailed && !sound) continue;
    const { unread } = run.did(release);
    for (const { step, record, writer } of done) {
      if (step.do === 'create') unread.delete(step);
      if (!sound || sound.has(refId(record))) run.onStep?.(release, step, writer);
    }
  }
  return failures;
}
