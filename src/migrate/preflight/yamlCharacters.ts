/**
 * Characters in a manifest that Go's YAML refuses: raw control characters above all. Helm 3 and 4 read
 * the stored manifest before they change anything (`KubeClient.Build` in pkg/action), and stop there.
 */
import { forbiddenLine } from '../../go/yaml/cursor.ts';
import type { Finding } from '../plan.ts';
import { type Check, type CheckInput, liveRevisions, merged } from './check.ts';

export const controlCharacters: Check = {
  name: 'control-characters',
  severity: 'loss',
  describe: 'characters in the newest manifest that Helm can not read',
  check: findForbidden,
};

export function findForbidden(input: CheckInput): Finding[] {
  const findings = liveRevisions(input).flatMap(({ manifest, revision }): Finding[] => {
    const line = forbiddenLine(manifest);
    if (line === undefined) return [];
    return [
      {
        severity: 'loss',
        message: `line ${line} of the manifest holds a control character, at which Helm 3 fails to upgrade or roll back`,
        revisions: [revision],
        fix: 'take it out of the stored manifest after the migration',
      },
    ];
  });
  return merged(findings);
}
