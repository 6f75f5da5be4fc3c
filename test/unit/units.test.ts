import { describe, expect, it } from 'vitest';
import { age } from '../../src/output/terminal/units.ts';

describe('age', () => {
  const [minute, hour, day] = [60, 3600, 86_400];
  // What k8s.io/apimachinery's HumanDuration says of the same.
  it.each([
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [150, '2m30s'],
    [10 * minute + 1, '10m'],
    [3 * hour - 1, '179m'],
    [3 * hour, '3h'],
    [3 * hour + 5 * minute, '3h5m'],
    [8 * hour + 5 * minute, '8h'],
    [47 * hour, '47h'],
    [2 * day + hour, '2d1h'],
    [8 * day + hour, '8d'],
    [729 * day, '729d'],
    [730 * day, '2y'],
    [800 * day, '2y70d'],
    [365 * 9 * day, '9y'],
    [-5, '0s'],
  ])('%d s is %s', (seconds, text) => {
    const made = Date.parse('2026-11-20T18:04:11Z');
    expect(age('2026-11-20T18:04:11Z', made + seconds * 1000)).toBe(text);
  });

  it('is a dash where there is no time', () => {
    expect(age('never')).toBe('-');
  });
});
