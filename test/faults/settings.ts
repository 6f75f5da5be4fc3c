/** How much to try: little in the suite, what `test/campaigns/faults.mjs` asks for otherwise. */

function numberFrom(name: string, otherwise: number, least = 1): number {
  const text = process.env[name];
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw new Error(`${name}=${text}: not a count`);
  return value;
}

export const settings = {
  releases: numberFrom('FAULTS_RELEASES', 4),
  revisions: numberFrom('FAULTS_REVISIONS', 3),
  /** Kill points for each way to migrate; more than there are means every one. */
  points: numberFrom('FAULTS_POINTS', 2),
  /** Runs under faults, each with a seed of its own. */
  seeds: numberFrom('FAULTS_SEEDS', 2),
  /** Moments at which the second writer comes in. */
  moments: numberFrom('FAULTS_MOMENTS', 1),
  /** How many kill points to leave out: a campaign that was stopped goes on behind them. */
  from: numberFrom('FAULTS_FROM', 0, 0),
  firstSeed: numberFrom('FAULTS_SEED', 1),
};

/** Whole campaigns take hours; a test in the suite that takes minutes is stuck. */
export const timeoutMs = process.env['FAULTS_CAMPAIGN'] === undefined ? 200_000 : 24 * 3600_000;

/** A line for whoever watches a campaign; nothing in the suite. */
export function say(line: string): void {
  if (process.env['FAULTS_CAMPAIGN'] !== undefined) process.stderr.write(`${line}\n`);
}
