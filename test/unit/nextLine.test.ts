/** What to look at next: every release that was moved, wherever its namespace is. */
import { describe, expect, it } from 'vitest';
import { type Destination, nextLine } from '../../src/output/plans/destination.ts';
import type { Owner, RecordKind } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';

const flags = { ours: ' --context new', helm: ' --kube-context new' };

function destination(kind: RecordKind | undefined, more: Partial<Destination> = {}): Destination {
  const memory = openMemory();
  const storage = {
    ...memory,
    address: kind?.toLowerCase() ?? 'the cluster',
    kinds: kind ? [kind] : (['Secret', 'ConfigMap'] as const),
    capabilities: { ...memory.capabilities, inCluster: kind !== 'SQL' },
  };
  return { storage, kind, namespace: undefined, own: true, ...more };
}

describe.each<[string, readonly Owner[]]>([
  ['of Helm 3 and 4', ['helm']],
  ['of Helm 2', ['tiller']],
  ['of both', ['helm', 'tiller']],
  ['of none', []],
])('releases %s', (_, owners) => {
  it.each<RecordKind | undefined>(['Secret', 'ConfigMap', 'SQL', undefined])('in %s', (kind) => {
    const line = nextLine(destination(kind), 'kubectl releases', flags, new Set(owners));
    const [ours = ''] = line.match(/kubectl releases list.*/) ?? [];
    expect(ours).toContain('kubectl releases list -A');
    expect(ours.includes('--storage sql')).toBe(kind === 'SQL');
  });
});

it('a database that flags name is named again, and none where records go elsewhere', () => {
  const named = { database: '"$OLD"' };
  const say = (to: Destination) => nextLine(to, 'kubectl releases', flags, new Set(['helm']));
  const old = 'HELM_DRIVER_SQL_CONNECTION_STRING="$OLD"';
  expect(say(destination('SQL', named))).toBe(
    `${old} HELM_DRIVER=sql helm list -A · ${old} kubectl releases list -A --storage sql`,
  );
  const second = say(destination('SQL', { ...named, secondDatabase: '"$NEW"' }));
  expect(second).toContain('HELM_DRIVER_SQL_CONNECTION_STRING="$NEW"');
  expect(second).not.toContain('OLD');
  expect(say(destination('Secret', named))).not.toContain('SQL_CONNECTION');
});
