/** How long, as people type it: `15m`, `36h`, `30d`. */

const units: Readonly<{ [unit: string]: number }> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * Whole numbers with their units, the larger first or not: `1h30m`; beside Go's there are days and weeks.
 * @returns milliseconds; undefined for what is no such text
 */
export function parseSpan(text: string): number | undefined {
  if (!/^(?:[0-9]{1,9}[smhdw])+$/.test(text)) return undefined;
  const parts = text.matchAll(/([0-9]+)([smhdw])/g);
  return [...parts].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 0),
    0,
  );
}
