/** Progress: a bar on a terminal, sparse lines in a log, nothing for what is over at once. */
import { describe, expect, test } from 'vitest';
import { startProgress } from '../../src/output/terminal/progress.ts';

function watch(isTTY: boolean, columns: number | undefined, msPerStep: number, steps: number) {
  const written: string[] = [];
  let time = 0;
  const write = (text: string) => written.push(text);
  const stderr = { isTTY, columns, write, drained: async () => {} };
  const progress = startProgress('Migrating', 'records', steps, { stderr }, () => time);
  for (let i = 0; i < steps; i++) {
    time += msPerStep;
    progress.step(`${i} releases done`);
  }
  progress.end();
  return written;
}

describe('in a log', () => {
  test('a plain line every five seconds, with the time left', () => {
    const lines = watch(false, undefined, 1000, 12);
    expect(lines).toEqual([
      'Migrating: 5/12 records  4 releases done  00:07 left\n',
      'Migrating: 10/12 records  9 releases done  00:02 left\n',
    ]);
  });

  test('nothing for what is over at once', () => {
    expect(watch(false, undefined, 1, 100)).toEqual([]);
  });
});

describe('on a terminal', () => {
  test('a bar that fits the line, drawn ten times a second, full at the end, then taken away', () => {
    const drawn = watch(true, 60, 25, 100);
    expect(drawn.length).toBeLessThan(30);
    for (const text of drawn) expect(text.replaceAll('\r', '').length).toBeLessThan(60);
    expect(drawn.at(-2)).toContain('██████████████████████  100/100 records');
    expect(drawn.at(-1)).toMatch(/^\r +\r$/);
  });
});
