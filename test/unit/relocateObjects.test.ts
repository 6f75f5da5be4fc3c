/** What another name or namespace of a release means for its live objects. */
import { describe, expect, it } from 'vitest';
import { encodePayload } from '../../src/codecs/index.ts';
import { ReleasesError } from '../../src/errors.ts';
import { adoptObject } from '../../src/migrate/adopt/adoptObject.ts';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import type { Plan } from '../../src/migrate/plan.ts';
import type { ObjectOptions } from '../../src/migrate/relocate/objectOptions.ts';
import { withObjects } from '../../src/migrate/relocate/objects.ts';
import type { Relocation } from '../../src/migrate/relocate/placement.ts';
import { planRelocation } from '../../src/migrate/relocate/plan.ts';
import { surveyRelocation } from '../../src/migrate/relocate/survey.ts';
import { surveyRelocationTarget } from '../../src/migrate/relocate/target.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { type FakeObject, fakeApi, object } from './adoptApi.ts';
import { manifestOf, nameKey, namespaceKey, ownedBy } from './adoptScene.ts';
import { type Sketch, sketchRecord, sketchRelease } from './cli-records.ts';

/** A Helm 3 record whose chart's only template is this text. */
function helm3(
  objects: readonly string[],
  { template = '', ...sketch }: Sketch & { readonly template?: string } = {},
): ReleaseRecord {
  const release = { ...sketchRelease(sketch), manifest: manifestOf(objects) };
  const templates = [{ name: 'templates/all.yaml', data: Buffer.from(template) }];
  const chart = release.chart && { ...release.chart, templates };
  const whole = { ...release, ...(chart && { chart }) };
  return { ...sketchRecord(sketch), payload: encodePayload('helm3', whole) };
}

const plain: Relocation = { own: false, namespaces: new Map() };
const renamed: Relocation = { ...plain, name: 'invoices' };
const elsewhere: Relocation = { ...plain, namespace: 'money' };
const here: ObjectOptions = { leave: false, sameCluster: true };

function world(records: readonly ReleaseRecord[], objects: FakeObject[]) {
  return { api: fakeApi(objects), store: openMemory({ records }) };
}
type World = ReturnType<typeof world>;

async function planFor(
  { api, store }: World,
  relocation: Relocation,
  options: ObjectOptions & { readonly keep?: true } = here,
): Promise<Plan> {
  const { releases } = await surveyRelocation([store], new Set(), relocation);
  const stores = new Map([[store.address, store]]);
  const target = await surveyRelocationTarget(store, releases, stores, 4, () => true);
  const how = { deleteSources: options.keep !== true, revisions: 'all' } as const;
  const records = planRelocation(releases, target, how);
  return withObjects(records, releases, options, api, 4, 'relocate');
}

const carryOut = (plan: Plan, { api, store }: World) =>
  applyPlan(plan, {
    ...{ from: new Map([[store.address, store]]), to: store, concurrency: 4 },
    ...{ backup: openMemory(), adopt: (_, step) => adoptObject(api, step) },
  });

const findings = ({ releases }: Plan, at = 0) =>
  releases[at]?.findings.map(({ severity, message }) => `${severity}: ${message}`) ?? [];
const marked = ({ releases }: Plan) =>
  releases.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.do === 'adopt' ? step.object.name : [])),
  );
const mine = (name: string, namespace = 'pay') =>
  object('configmaps', namespace, name, ownedBy('billing', 'pay'));

describe('under another name', () => {
  it('says which part of the manifest can not be read, and adopts what the others name', async () => {
    const record = sketchRecord({ manifest: `${manifestOf(['ConfigMap web'])}---\na: [\n` });
    const one = world([record], [object('configmaps', 'pay', 'web', ownedBy('billing', 'pay'))]);
    const plan = await planFor(one, renamed);
    expect(marked(plan)).toEqual(['web']);
    expect(findings(plan)).toContainEqual(
      expect.stringMatching(
        /^note: document 2 of the manifest can't be read: it is not valid YAML .*; its objects are not adopted$/,
      ),
    );
  });

  it('objects of the old name are told the new one, and those of others are left', async () => {
    const one = world(
      [helm3(['ConfigMap web', 'ConfigMap free', 'ConfigMap theirs'])],
      [
        mine('web'),
        object('configmaps', 'pay', 'free'),
        object('configmaps', 'pay', 'theirs', ownedBy('billing', 'other')),
      ],
    );
    const plan = await planFor(one, renamed);
    expect(marked(plan)).toEqual(['web', 'free']);
    expect(findings(plan).join('\n')).toMatch(
      /^loss: ConfigMap theirs is owned by release billing/m,
    );
    expect(plan.releases[0]?.steps.map((step) => step.do)).toEqual([
      ...['create', 'adopt', 'adopt', 'delete'],
    ]);
    expect(await carryOut(plan, one)).toMatchObject([{ result: 'migrated', deleted: 1 }]);
    const web = one.api.objects.find(({ metadata }) => metadata.name === 'web');
    expect(web?.metadata.annotations).toEqual({ [nameKey]: 'invoices', [namespaceKey]: 'pay' });
  });

  it('an object that another release took in between is left alone', async () => {
    const one = world([helm3(['ConfigMap web'])], [mine('web')]);
    const plan = await planFor(one, renamed);
    const taken = { ...ownedBy('cart', 'pay'), resourceVersion: '2' };
    one.api.objects.splice(0, 1, object('configmaps', 'pay', 'web', taken));
    const outcomes = await carryOut(plan, one);
    expect(outcomes).toMatchObject([{ result: 'failed', error: { code: 'CONFLICT' } }]);
  });

  it('names that the chart makes from it are named, with what keeps them', async () => {
    const template = '{{ .Values.fullnameOverride | default .Release.Name }}';
    const objects = ['ConfigMap billing-web', 'ConfigMap rebilling'];
    const live = () => [mine('billing-web'), mine('rebilling')];
    const plan = await planFor(world([helm3(objects, { template })], live()), renamed);
    expect(plan.releases[0]).toMatchObject({
      verdict: 'with losses',
      findings: [{ severity: 'loss', fix: expect.stringContaining('fullnameOverride') }],
    });
    expect(findings(plan)[0]).toMatch(/^loss: ConfigMap billing-web has the release's name in its/);
    const fixed = await planFor(world([helm3(objects)], live()), renamed);
    expect(fixed.releases[0]).toMatchObject({ verdict: 'ready', findings: [] });
  });

  it('is warned of where the old one is in a selector, which can never change', async () => {
    const manifest = [
      'apiVersion: apps/v1',
      'kind: Deployment',
      'metadata: {name: web}',
      'spec: {selector: {matchLabels: {app.kubernetes.io/instance: billing}}}',
    ].join('\n');
    const release = { ...sketchRelease({}), manifest };
    const templates = [{ name: 'templates/web.yaml', data: Buffer.from('{{ .Release.Name }}') }];
    const chart = release.chart && { ...release.chart, templates };
    const payload = encodePayload('helm3', { ...release, ...(chart && { chart }) });
    const live = object('deployments', 'pay', 'web', ownedBy('billing', 'pay'), 'apps/v1');
    const plan = await planFor(world([{ ...sketchRecord({}), payload }], [live]), renamed);
    expect(findings(plan)).toEqual([
      expect.stringMatching(
        /^loss: the release's name is in spec\.selector of Deployment web, which/,
      ),
    ]);
  });

  it('a release that stays under its old name too is refused, until somebody decides', async () => {
    const one = () => world([helm3(['ConfigMap web'])], [mine('web')]);
    const kept = { ...here, keep: true } as const;
    const undecided = await planFor(one(), renamed, kept);
    expect(undecided.releases[0]).toMatchObject({ verdict: 'refused', steps: [] });
    expect(findings(undecided)[0]).toMatch(
      /^refusal: ConfigMap web would be billing \(pay\) and invoices \(pay\)'s, both/,
    );
    const alone = await planFor(one(), renamed, { ...kept, adopt: false });
    expect(alone.releases[0]?.steps.map((step) => step.do)).toEqual(['create']);
    expect(alone.releases[0]?.verdict).toBe('with losses');
    const taken = await planFor(one(), renamed, { ...kept, adopt: true });
    expect(taken.releases[0]?.steps.map((step) => step.do)).toEqual(['create', 'adopt']);
    const nothing = await planFor(world([helm3(['ConfigMap web'])], []), renamed, kept);
    expect(nothing.releases[0]?.verdict).toBe('ready');
  });

  it('a copy that was made without its objects takes none of them when it is run again', async () => {
    const one = world([helm3(['ConfigMap web'])], [mine('web')]);
    const kept = { ...here, keep: true } as const;
    await carryOut(await planFor(one, renamed, { ...kept, adopt: false }), one);
    const { releases } = await planFor(one, renamed, kept);
    expect(releases.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['billing', 'done'],
      ['invoices', 'done'],
    ]);
  });
});

describe('in another namespace', () => {
  const objects = ['ConfigMap web', 'ConfigMap shared/dash', 'ClusterRole reader'];
  const role = () =>
    object(
      ...(['clusterroles', undefined, 'reader', ownedBy('billing', 'pay')] as const),
      'rbac.authorization.k8s.io/v1',
    );

  it('objects that follow the release and stay behind are refused, and may be left', async () => {
    const one = () => world([helm3(objects)], [mine('web'), mine('dash', 'shared'), role()]);
    const plan = await planFor(one(), elsewhere);
    expect(plan.releases[0]).toMatchObject({ verdict: 'refused', steps: [] });
    expect(findings(plan)[0]).toMatch(
      /^refusal: ConfigMap web has its release's namespace and stays behind in pay: .* second copy in money/,
    );
    const left = await planFor(one(), elsewhere, { ...here, leave: true });
    expect(left.releases[0]?.verdict).toBe('with losses');
    expect(marked(left)).toEqual(['dash', 'reader']);
    expect(findings(left)).toContain(
      'note: ConfigMap shared/dash names its namespace in the manifest, and nothing changes there',
    );
  });

  it('what somebody has moved there already belongs to it', async () => {
    const one = world([helm3(['ConfigMap web'])], [mine('web', 'money')]);
    const plan = await planFor(one, elsewhere);
    expect(plan.releases[0]?.verdict).toBe('ready');
    expect(await carryOut(plan, one)).toMatchObject([{ result: 'migrated' }]);
    const [moved] = one.api.objects.map(({ metadata }) => metadata.annotations);
    expect(moved).toEqual({ [nameKey]: 'billing', [namespaceKey]: 'money' });
  });

  it('one of the same name there does not hide that its own stays behind', async () => {
    const one = () => world([helm3(['ConfigMap web'])], [mine('web', 'money'), mine('web')]);
    const plan = await planFor(one(), elsewhere);
    expect(plan.releases[0]).toMatchObject({ verdict: 'refused', steps: [] });
    expect(findings(plan)).toEqual([
      expect.stringMatching(/^refusal: ConfigMap web has .* stays behind in pay: money has one/),
    ]);
    const left = await planFor(one(), elsewhere, { ...here, leave: true });
    expect(left.releases[0]?.verdict).toBe('with losses');
    expect(marked(left)).toEqual(['web']);
  });

  it('what has the marks of its new name before it was there is somebody else’s', async () => {
    const theirs = object('configmaps', 'money', 'web', ownedBy('billing', 'money'));
    const one = () => world([helm3(['ConfigMap web'])], [theirs]);
    const plan = await planFor(one(), elsewhere);
    expect(plan.releases[0]).toMatchObject({ verdict: 'refused', steps: [] });
    expect(findings(plan)[0]).toMatch(
      /^refusal: ConfigMap web is marked as billing \(money\)'s already, which isn't this release/,
    );
    const taken = await planFor(one(), elsewhere, { ...here, adopt: true });
    expect(taken.releases[0]?.verdict).toBe('with losses');
    // After a run that was stopped before its deletes, the marks are its own.
    const stopped = one();
    await carryOut(
      await planFor(stopped, elsewhere, { ...here, adopt: true, keep: true }),
      stopped,
    );
    const again = await planFor(stopped, elsewhere);
    expect(again.releases[0]).toMatchObject({ name: 'billing', verdict: 'ready', findings: [] });
  });

  it('is refused where another driver has a release of its name, and objects of that', async () => {
    const other = { ...sketchRecord({ namespace: 'money' }), kind: 'ConfigMap' as const };
    const one = world([helm3([])], []);
    const neighbours = [openMemory({ records: [other], kinds: ['ConfigMap'] })];
    const plan = await planFor(one, elsewhere, { ...here, neighbours });
    expect(plan.releases[0]).toMatchObject({ verdict: 'refused', steps: [] });
    expect(findings(plan)[0]).toMatch(
      /^refusal: another release billing \(money\) is in memory:money/,
    );
    const alone = await planFor(one, elsewhere, { ...here, neighbours, adopt: false });
    expect(alone.releases[0]?.verdict).toBe('with losses');
    const forbidden: Storage = {
      ...openMemory(),
      async *listMeta() {
        yield [];
        throw new ReleasesError('FORBIDDEN', 'no');
      },
    };
    const unseen = await planFor(one, elsewhere, { ...here, neighbours: [forbidden] });
    expect(unseen.releases[0]).toMatchObject({
      verdict: 'ready',
      findings: [
        {
          severity: 'change',
          message: expect.stringMatching(/no permission to list .*configmaps in namespace money$/),
        },
      ],
    });
  });

  it('is refused where another driver has a release of its old name, which has the objects too', async () => {
    const twin = { ...helm3(['ConfigMap web']), kind: 'ConfigMap' as const };
    const one = () => world([helm3(['ConfigMap web'])], [mine('web')]);
    const beside = (record: ReleaseRecord, world: World) => ({
      ...here,
      neighbours: [world.store, openMemory({ records: [record], kinds: ['ConfigMap'] })],
    });
    const first = one();
    const plan = await planFor(first, renamed, beside(twin, first));
    expect(plan.releases[0]).toMatchObject({ verdict: 'refused', steps: [] });
    expect(findings(plan)[0]).toMatch(
      /^refusal: a release billing \(pay\) is in memory:pay, too: ConfigMap web would be taken/,
    );
    expect(marked(plan)).toEqual([]);
    const forced = await planFor(first, renamed, { ...beside(twin, first), adopt: true });
    expect(findings(forced)[0]).toMatch(/^loss: a release billing/);
    expect(marked(forced)).toEqual(['web']);
    // What takes nothing from it, and who has no objects any more, is in nobody's way.
    const records = await planFor(first, renamed, { ...beside(twin, first), adopt: false });
    expect(findings(records).join()).not.toContain('a release billing');
    const gone = helm3(['ConfigMap web'], { revision: 2, status: 'uninstalled' });
    const history = [twin, { ...gone, kind: 'ConfigMap' as const }];
    const uninstalled = { ...here, neighbours: [openMemory({ records: history })] };
    expect((await planFor(first, renamed, uninstalled)).releases[0]?.verdict).toBe('ready');
    const other = { ...sketchRecord({ name: 'search' }), kind: 'ConfigMap' as const };
    expect((await planFor(first, renamed, beside(other, first))).releases[0]?.verdict).toBe(
      'ready',
    );
  });

  it('finds no other release in its own records, nor in those of other names', async () => {
    const one = world([helm3([])], []);
    const search = sketchRecord({ name: 'search', namespace: 'money' });
    const neighbours = [one.store, openMemory({ records: [search] })];
    const plan = await planFor(one, elsewhere, { ...here, neighbours });
    expect(plan.releases[0]).toMatchObject({ verdict: 'ready', findings: [] });
  });

  it('a namespace that the chart takes from the release is a second copy too', async () => {
    const named = ['ConfigMap pay/web'];
    const template = 'namespace: {{ .Release.Namespace }}';
    const plan = await planFor(world([helm3(named, { template })], [mine('web')]), elsewhere);
    expect(findings(plan)[0]).toMatch(/^refusal: ConfigMap pay\/web names pay, which the chart/);
    const fixed = await planFor(world([helm3(named)], [mine('web')]), elsewhere);
    expect(fixed.releases[0]?.verdict).toBe('ready');
    expect(marked(fixed)).toEqual(['web']);
  });

  it('nothing stays behind where nothing lives: of an uninstalled one, or in another cluster', async () => {
    const gone = helm3(['ConfigMap web'], { status: 'uninstalled' });
    const plan = await planFor(world([gone], [mine('web')]), elsewhere);
    expect(plan.releases[0]).toMatchObject({ verdict: 'ready', findings: [] });
    const empty = await planFor(world([helm3(['ConfigMap web'])], []), elsewhere);
    expect(empty.releases[0]?.verdict).toBe('ready');
    const other = { leave: false, sameCluster: false, adopt: false };
    const blind = world([helm3(['ConfigMap web'])], [mine('web')]);
    expect((await planFor(blind, elsewhere, other)).releases[0]?.verdict).toBe('ready');
    expect(blind.api.calls.filter(({ path }) => !path)).toEqual([]);
    // In one cluster it is taken as living where nobody may look.
    const unseen = await planFor(blind, elsewhere, { ...other, sameCluster: true });
    expect(unseen.releases[0]?.verdict).toBe('refused');
  });
});
