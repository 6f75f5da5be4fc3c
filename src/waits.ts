/** Waits that nobody chose: each is said once it has lasted a second, to whoever listens. */
import { channel } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';

/** A wait with less than this of it behind it isn't spoken of. */
const unsaidMs = 1000;
/** Of many requests that wait at once, one line tells. */
const silentMs = 5000;

const waits = channel('kubectl-releases.wait');
let lastSaid = Number.NEGATIVE_INFINITY;

/**
 * @param listener hears what is waited for, in words that are safe to print
 * @returns ends it
 */
export function hearWaits(listener: (text: string) => void): () => void {
  const heard = (text: unknown) => listener(String(text));
  waits.subscribe(heard);
  lastSaid = Number.NEGATIVE_INFINITY;
  return () => {
    waits.unsubscribe(heard);
  };
}

/** Says what is waited for, unless `work` is over soon. */
export async function sayingWait<T>(text: string, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => {
    const now = performance.now();
    if (now - lastSaid < silentMs) return;
    lastSaid = now;
    waits.publish(text);
  }, unsaidMs);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}

/** @throws AbortError of the signal */
export async function waitFor(ms: number, text: string, signal?: AbortSignal): Promise<void> {
  await sayingWait(text, sleep(ms, undefined, signal ? { signal } : {}));
}
