/** What a Secret holds in the cluster, and in no manifest, is hidden wherever else a diff would show it. */
import { expect, it } from 'vitest';
import { hideSecrets } from '../../src/inspect/diff/hide.ts';
import { compareWithLive, type LiveObject, rollbackOnLive } from '../../src/inspect/diff/live.ts';
import { compareManifests, type ObjectsDiff } from '../../src/inspect/diff/objects.ts';
import type { JsonObject } from '../../src/json.ts';
import { readManifest } from '../../src/objects/manifest.ts';
import type { Release } from '../../src/release.ts';
import { sketchRelease } from './cli-records.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const secret = (data: object, more: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, type: 'Opaque', data },
  ...more,
});
const config = (a: string, annotations: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', annotations }, data: { a } },
});
const text = (...objects: object[]) =>
  objects.map((one) => `---\n${JSON.stringify(one)}\n`).join('');

const newest = text(secret({ k: base64('InTheManifest1') }), config('plain', { note: 'none' }));
const older = text(secret({ k: base64('InTheManifest1') }), config('before', { note: 'old' }));
/** Whether the Secret differs in what the manifest says makes no difference; a list leaves out its kind. */
const lives: readonly (readonly [string, object])[] = [
  ['with a key more', secret({ k: base64('InTheManifest1'), new: base64('LiveNewest44') })],
  ['in a list', secret({ k: base64('x'), new: base64('LiveNewest44') }, { kind: undefined })],
  [
    'as it was applied',
    {
      ...secret({ k: base64('InTheManifest1') }),
      metadata: {
        name: 's',
        annotations: {
          'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(
            secret({ new: base64('LiveNewest44') }),
          ),
        },
      },
    },
  ],
];

function answers(manifest: string, creds: object): LiveObject[] {
  const live = {
    s: creds,
    c: config('x InTheManifest1 y LiveNewest44', { note: 'LiveNewest44' }),
  } as { readonly [name: string]: object };
  return readManifest(manifest).objects.map((object) => ({
    object,
    live: { is: 'there', fields: live[object.name] as JsonObject },
  }));
}

it.each(lives)('--live, %s', (_, creds) => {
  const release = { ...sketchRelease({}), manifest: newest, hooks: [] };
  const manifest = compareWithLive(readManifest(newest), answers(newest, creds));
  expectHidden(manifest, [release]);
});

it.each(lives)('--rollback --live, %s', (_, creds) => {
  const [now, then] = [
    { ...sketchRelease({}), manifest: newest, hooks: [] },
    { ...sketchRelease({}), manifest: older, hooks: [] },
  ] as const;
  const side = (one: Release) => ({
    name: 'r',
    namespace: 'n',
    manifest: readManifest(one.manifest),
  });
  const diff = compareManifests(side(now), side(then));
  const wanted = answers(older, creds).map((one, at) => ({
    ...one,
    object: diff.after[at] ?? one.object,
  }));
  expectHidden(rollbackOnLive(diff, wanted, []), [now, then]);
});

function expectHidden(manifest: ObjectsDiff, releases: Parameters<typeof hideSecrets>[1]): void {
  const { diff, hidden } = hideSecrets({ manifest }, releases);
  expect(hidden.length).toBeGreaterThan(0);
  const shown = JSON.stringify(diff.manifest?.changes);
  expect(shown).toContain('(hidden)');
  for (const one of ['LiveNewest44', 'InTheManifest1', base64('LiveNewest44')])
    expect(shown).not.toContain(one);
}
