/**
 * What a world begins with, as plain data that fast-check makes and shrinks: releases of any Helm, odd in
 * any part, in two places.
 */
import fc from 'fast-check';

export const names = ['web', 'api', 'db'] as const;
export const namespaces = ['apps', 'pay'] as const;

/** One thing of one record that is not as its Helm writes it. */
export const oddities = [
  'key of another',
  'key of nobody',
  'key without prefix',
  'name label missing',
  'name label of another',
  'version label missing',
  'version label of another',
  'version label no number',
  'owner label missing',
  'owner label of nobody',
  'owner label of both Helms',
  'status label missing',
  'status label of another',
  'type of another',
  'type of a later Helm',
  'content name of another',
  'content revision of another',
  'content status of another',
  'content namespace of another',
  'payload cut in half',
  'payload plain text',
  'payload not packed',
  'labels of its own',
  'annotations',
  'immutable',
  'other data',
  'owned',
  'finalizer',
  'integers beyond 2^53',
] as const;
export type Oddity = (typeof oddities)[number];

export interface Odd {
  readonly what: Oddity;
  /** Counted from the newest. */
  readonly revision: number;
}

export interface ReleaseSketch {
  readonly helm: 2 | 3 | 4;
  readonly name: number;
  readonly namespace: number;
  /** Secrets for Helm 2, ConfigMaps for Helm 3 and 4. */
  readonly otherKind: boolean;
  readonly revisions: number;
  /** This many of the oldest but one are gone. */
  readonly gap: number;
  readonly newest: 'deployed' | 'failed' | 'pending-upgrade' | 'uninstalled';
  readonly severalDeployed: boolean;
  readonly odd: readonly Odd[];
  readonly where: 'A' | 'B' | 'both';
}

/** What an admission policy makes of a record that is created in a place. */
export type Policy = 'status label' | 'type' | 'no custom labels' | 'immutable' | 'none';

export interface WorldSketch {
  /** One folder: B is a link to A. */
  readonly stores: 'memory' | 'folder' | 'one folder';
  readonly releases: readonly ReleaseSketch[];
  readonly policy: Policy;
  /** From this request on; it stays to the end. */
  readonly policyFrom: number;
}

/** Of several kinds, whatever is shrunk becomes the first one in the end. */
export const simplest = { withCrossShrink: true };

const odd: fc.Arbitrary<Odd> = fc.record({
  what: fc.constantFrom(...oddities),
  revision: fc.oneof(simplest, { weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 3 })),
});

const release: fc.Arbitrary<ReleaseSketch> = fc.record({
  helm: fc.constantFrom(3, 2, 4),
  name: fc.nat({ max: names.length - 1 }),
  namespace: fc.nat({ max: namespaces.length - 1 }),
  otherKind: rarely(),
  revisions: fc.integer({ min: 1, max: 5 }),
  gap: fc.oneof(simplest, { weight: 4, arbitrary: fc.constant(0) }, fc.nat({ max: 2 })),
  newest: fc.oneof(
    simplest,
    { weight: 4, arbitrary: fc.constant('deployed' as const) },
    fc.constantFrom('failed', 'pending-upgrade', 'uninstalled'),
  ),
  severalDeployed: rarely(),
  odd: fc.oneof(
    simplest,
    { weight: 3, arbitrary: fc.constant([]) },
    fc.array(odd, { minLength: 1, maxLength: 2 }),
  ),
  where: fc.oneof(
    simplest,
    { weight: 4, arbitrary: fc.constant('A' as const) },
    { weight: 1, arbitrary: fc.constantFrom('both', 'B') },
  ),
});

export const world: fc.Arbitrary<WorldSketch> = fc.record({
  stores: fc.oneof(
    simplest,
    { weight: 14, arbitrary: fc.constant('memory' as const) },
    { weight: 2, arbitrary: fc.constant('folder' as const) },
    { weight: 1, arbitrary: fc.constant('one folder' as const) },
  ),
  releases: fc.array(release, { minLength: 1, maxLength: 3 }),
  policy: fc.oneof(
    simplest,
    { weight: 5, arbitrary: fc.constant('none' as const) },
    fc.constantFrom('status label', 'type', 'no custom labels', 'immutable'),
  ),
  policyFrom: fc.nat({ max: 4 }),
});

function rarely(): fc.Arbitrary<boolean> {
  return fc.oneof(simplest, { weight: 6, arbitrary: fc.constant(false) }, fc.boolean());
}
