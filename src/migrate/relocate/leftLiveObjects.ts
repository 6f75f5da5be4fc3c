/** What a move into another cluster means for live objects, which stay where they are: pure. */
import { statusLabel } from '../../record.ts';
import type { Finding, Plan, ReleasePlan } from '../plan.ts';
import { amend, isMovable } from '../plan.ts';

/** @param cluster the one that releases leave, safe to print: `context old` */
export function withLeaving(plan: Plan, cluster: string): Plan {
  return { ...plan, releases: plan.releases.map((release) => leaving(release, cluster)) };
}

function leaving(release: ReleasePlan, cluster: string): ReleasePlan {
  const [newest] = release.sources;
  const status = newest ? statusLabel(newest) : '';
  if (!isMovable(release) || /^(uninstalled|deleted)$/.test(status)) return release;
  const deletes = release.steps.some(({ do: act }) => act === 'delete');
  const finding: Finding = deletes
    ? {
        severity: 'change',
        message: `only its records move: its live objects stay in ${cluster}, where no release has them any more`,
      }
    : {
        severity: 'note',
        message: `only its records are copied: its live objects stay in ${cluster}`,
      };
  return amend(release, { findings: [...release.findings, finding] });
}
