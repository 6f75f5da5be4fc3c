/** The preflight checks that need nothing but the records and what the server serves. */
import type { Finding } from '../plan.ts';
import { removedApisCheck } from './apis.ts';
import type { Check, CheckInput } from './check.ts';
import { tillerInImmutable, tillerInSelectors } from './heritage.ts';
import { unreadableManifests } from './manifests.ts';
import { revisionGaps } from './revisionGaps.ts';
import { subchartValues } from './values.ts';
import { controlCharacters } from './yamlCharacters.ts';

export const preflightChecks: readonly Check[] = [
  revisionGaps,
  tillerInImmutable,
  tillerInSelectors,
  removedApisCheck,
  controlCharacters,
  unreadableManifests,
  subchartValues,
];

/** All of them, on one release. */
export function runChecks(input: CheckInput): Finding[] {
  return preflightChecks.flatMap(({ check }) => check(input));
}
