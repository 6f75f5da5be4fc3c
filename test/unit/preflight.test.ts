import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openRecord } from '../../src/codecs/index.ts';
import { convertToHelm3 } from '../../src/migrate/helm2to3/convert.ts';
import { findRemovedApis } from '../../src/migrate/preflight/apis.ts';
import type { CheckInput } from '../../src/migrate/preflight/check.ts';
import { findImmutable, findMutable } from '../../src/migrate/preflight/heritage.ts';
import { preflightChecks, runChecks } from '../../src/migrate/preflight/index.ts';
import { findGaps } from '../../src/migrate/preflight/revisionGaps.ts';
import { findLostValues } from '../../src/migrate/preflight/values.ts';
import { findForbidden } from '../../src/migrate/preflight/yamlCharacters.ts';
import type { Serves } from '../../src/objects/discovery.ts';
import { removedApi } from '../../src/objects/removedApis.ts';
import { isBad } from '../../src/record.ts';
import type { Release } from '../../src/release.ts';
import { readManifests } from '../../src/storage/files/manifests.ts';
import { sketchChart, sketchRelease } from './cli-records.ts';

/** What a server of Kubernetes 1.x serves, as far as the table knows. */
const servedBy =
  (minor: number): Serves =>
  (apiVersion, kind) => {
    const api = removedApi({ apiVersion, kind });
    return api === undefined || api.minor > minor;
  };
const serves = servedBy(35);

function fixture(file: string, key: string): Release {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  const found = readManifests(text, file).find(({ record }) => record.key === key);
  const opened = found && openRecord(found.record);
  if (!opened || isBad(opened)) throw new Error(`${key} is not in ${file}`);
  return opened.release;
}

function input(releases: readonly Release[]): CheckInput {
  const revisions = releases.map((before) => ({ before, after: convertToHelm3(before).release }));
  return { numbers: releases.map(({ revision }) => revision), revisions, serves };
}

const withManifest = (manifest: string, status = 'deployed', revision = 1) =>
  input([{ ...sketchRelease({ helm: 2, status, revision }), manifest }]);
const object = (apiVersion: string, kind: string, rest = '', name = 'a') =>
  `---\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: "${name}"}\n${rest}\n`;

describe('revision gaps', () => {
  it('are named, and what a bare rollback would miss', () => {
    expect(findGaps({ numbers: [9, 2, 3, 7] })).toEqual([
      {
        severity: 'note',
        message:
          'revisions 4-6 and 8 are missing: a bare `helm rollback` fails, as it looks for revision 8',
        fix: 'name the revision: helm rollback RELEASE 7',
      },
    ]);
    expect(findGaps({ numbers: [1, 3, 4] })[0]?.message).toMatch(/^revision 2 is missing/);
  });

  it('are none where old revisions were pruned, and cost nothing when huge', () => {
    expect(findGaps({ numbers: [5, 6, 7] })).toEqual([]);
    expect(findGaps({ numbers: [] })).toEqual([]);
    expect(findGaps({ numbers: [1, 2 ** 31] })[0]?.message).toContain('2-2147483647');
  });
});

describe('Tiller in immutable fields', () => {
  it('is found in real StatefulSets', () => {
    for (const [file, key, name] of [
      ['test/fixtures/helm2/manifests.yaml', 'store-heritage.v1', 'store-heritage'],
      ['demo/tiller/configmaps.yaml', 'legacy.v9', 'legacy'],
    ] as const) {
      const found = findImmutable(input([fixture(file, key)]));
      expect(found.map(({ severity, message }) => `${severity}: ${message.split(',')[0]}`)).toEqual(
        [
          `loss: Tiller is in spec.selector of StatefulSet ${name}`,
          `loss: Tiller is in spec.volumeClaimTemplates of StatefulSet ${name}`,
        ],
      );
    }
  });

  it('comes with advice that leaves no pods without an owner', () => {
    const claims = 'volumeClaimTemplates: [{metadata: {labels: {heritage: Tiller}}}]';
    const fixes = (selector: string) =>
      findImmutable(
        withManifest(object('apps/v1', 'StatefulSet', `spec: {${selector} ${claims}}`)),
      ).map(({ fix }) => fix ?? '');
    expect(fixes('')).toEqual([expect.stringContaining('--cascade=orphan')]);
    const both = fixes('selector: {matchLabels: {heritage: Tiller}},');
    expect(both.map((fix) => fix.includes('orphan'))).toEqual([false, false]);
  });

  it('is not found in labels, which change freely', () => {
    const release = fixture('test/fixtures/helm2/manifests.yaml', 'web-full.v1');
    expect(release.manifest).toContain('heritage: Tiller');
    expect(findImmutable(input([release]))).toEqual([]);
    expect(findMutable(input([release]))).toEqual([]);
  });

  it('is found in Jobs, and in selectors that old versions took from the pod template', () => {
    const template = 'spec: {template: {metadata: {labels: {heritage: Tiller}}}}';
    const found = (apiVersion: string, kind: string) =>
      findImmutable(withManifest(object(apiVersion, kind, template))).map((one) => one.message);
    expect(found('batch/v1', 'Job')[0]).toContain('in spec.template of Job a');
    expect(found('extensions/v1beta1', 'Deployment')[0]).toContain("pod template's labels");
    expect(found('apps/v1', 'Deployment')).toEqual([]);
  });

  it('is a note in selectors of Services', () => {
    const manifest = object('v1', 'Service', 'spec: {selector: {heritage: Tiller}}');
    expect(findMutable(withManifest(manifest))).toMatchObject([{ severity: 'note' }]);
    expect(findImmutable(withManifest(manifest))).toEqual([]);
  });

  it('does not matter when the release is uninstalled', () => {
    const manifest = object(
      'apps/v1',
      'Deployment',
      'spec: {selector: {matchLabels: {h: Tiller}}}',
    );
    expect(findImmutable(withManifest(manifest))).toHaveLength(1);
    expect(findImmutable(withManifest(manifest, 'uninstalled'))).toEqual([]);
  });

  it('is looked for in the deployed revision too when the newest failed', () => {
    const manifest = object(
      'apps/v1',
      'Deployment',
      'spec: {selector: {matchLabels: {h: Tiller}}}',
    );
    const failed = withManifest('', 'failed', 2);
    const both = {
      ...failed,
      revisions: [...failed.revisions, ...withManifest(manifest).revisions],
    };
    expect(findImmutable(both)).toMatchObject([{ revisions: [1] }]);
  });
});

describe('removed APIs', () => {
  const manifest =
    object('extensions/v1beta1', 'Deployment') +
    object('extensions/v1beta1', 'Ingress', '', 'b\\e[1m') +
    object('policy/v1beta1', 'PodSecurityPolicy') +
    object('apps/v1', 'Deployment') +
    object('admissionregistration.k8s.io/v1beta1', 'MutatingAdmissionPolicy');
  const found = (asked: Serves | undefined) =>
    findRemovedApis({ ...withManifest(manifest), serves: asked });

  it('are those that the server does not serve', () => {
    expect(found(servedBy(15))).toEqual([]);
    expect(found(servedBy(16)).map(({ message }) => message)).toEqual([
      'the API server does not serve extensions/v1beta1 Deployment, removed in Kubernetes 1.16: the next Helm 3 upgrade fails at Deployment a',
    ]);
    expect(found(servedBy(22))).toHaveLength(2);
    const gone = found(serves);
    expect(gone).toHaveLength(3);
    expect(gone[2]?.fix).toMatch(/^nothing replaces it/);
    expect(gone[1]?.message).toContain('Ingress b\\u001b[1m');
    expect(found(undefined)).toEqual([]);
    expect(found(() => undefined)).toEqual([]);
  });

  it('are known by asking, not from the table', () => {
    const all = found(() => false).map(({ message, fix }) => `${message}; ${fix}`);
    expect(all).toHaveLength(5);
    expect(all[3]).toMatch(/serve apps\/v1 Deployment: .*; install first what serves it/);
  });

  it('stop what starts from their revision: an upgrade from the deployed one, the rest from the newest', () => {
    const failed = withManifest(object('extensions/v1beta1', 'Deployment'), 'failed', 2);
    const old = withManifest(object('extensions/v1beta1', 'DaemonSet'));
    const both = { ...failed, revisions: [...failed.revisions, ...old.revisions] };
    const messages = (input: CheckInput) =>
      findRemovedApis(input).map(({ message }) => message.split(': ')[1]);
    expect(messages(both)).toEqual([
      'a Helm 3 rollback or uninstall fails at Deployment a',
      'the next Helm 3 upgrade fails at DaemonSet a',
    ]);
    expect(messages(failed)).toEqual(['the next Helm 3 upgrade fails at Deployment a']);
  });

  it('are known for the latest versions', () => {
    const policy = withManifest(
      object('admissionregistration.k8s.io/v1beta1', 'ValidatingAdmissionPolicy'),
    );
    const on = (minor: number) =>
      findRemovedApis({ ...policy, serves: servedBy(minor) }).map(({ fix }) => fix);
    expect(on(33)).toEqual([]);
    expect(on(34)[0]).toContain('rewrite the stored manifest to admissionregistration.k8s.io/v1 ');
  });
});

describe('values of subcharts', () => {
  const db = sketchChart('db', 'port: CANARY\nname: b\n');
  const sketch = (config: string, revision = 1) =>
    sketchRelease({ helm: 2, values: 'a: 1\n', subcharts: [db], config, revision });

  it('are counted by subchart, and never shown', () => {
    const found = findLostValues(input([sketch('db: {port: 5}', 2), sketch('', 1)]));
    expect(found.map(({ severity, revisions }) => [severity, revisions])).toEqual([
      ['loss', [2]],
      ['loss', [1]],
    ]);
    expect(found[0]?.message).toContain('loses values of db (1 key)');
    expect(found[1]?.message).toContain('loses values of db (2 keys)');
    expect(JSON.stringify(found)).not.toContain('CANARY');
  });

  it('are a note when the user gave them all, and nothing without subcharts', () => {
    expect(findLostValues(input([sketch('db: {port: 5, name: c}')]))).toMatchObject([
      { severity: 'note' },
    ]);
    expect(findLostValues(input([sketchRelease({ helm: 2 })]))).toEqual([]);
  });

  it('are unknown when a subchart can not be read', () => {
    const release = fixture('test/fixtures/helm2/subcharts.yaml', 'subchart-unreadable.v1');
    expect(findLostValues(input([release]))[0]?.message).toContain("isn't known");
  });
});

describe('characters that no YAML may hold', () => {
  const manifest = (text: string) => object('v1', 'ConfigMap', `data: {a: "${text}"}`);

  it.each(['\u0000', '\u0007', '\u001b', '\u007f', '\u0080', '\ufffe'])(
    '%j is found, by its line',
    (bad) => {
      expect(findForbidden(withManifest(manifest(`x${bad}y`)))).toEqual([
        {
          severity: 'loss',
          message:
            'line 5 of the manifest holds a control character, at which Helm 3 fails to upgrade or roll back',
          revisions: [1],
          fix: 'take it out of the stored manifest after the migration',
        },
      ]);
    },
  );

  it.each(['\t', '\\u0007', '\u0085', '\u00a0', '\u{1f389}'])('%j is none', (good) => {
    expect(findForbidden(withManifest(manifest(good)))).toEqual([]);
  });

  it('do not matter in what is uninstalled', () => {
    expect(findForbidden(withManifest(manifest('\u0007'), 'uninstalled'))).toEqual([]);
  });
});

describe('all checks', () => {
  it('have names of their own and find nothing graver than they say', () => {
    const rank = ['note', 'loss', 'decision', 'refusal'];
    expect(new Set(preflightChecks.map(({ name }) => name)).size).toBe(preflightChecks.length);
    const release = fixture('demo/tiller/configmaps.yaml', 'legacy.v9');
    const broken = { ...input([{ ...release, manifest: `${release.manifest}\n---\na: [` }]) };
    const all = preflightChecks.flatMap(({ check, severity }) =>
      check(broken).map((finding) => rank.indexOf(finding.severity) <= rank.indexOf(severity)),
    );
    expect(all).toEqual([true, true, true]);
    expect(runChecks(broken).at(-1)?.message).toMatch(/^document 3 of the manifest can't be read/);
  });
});
