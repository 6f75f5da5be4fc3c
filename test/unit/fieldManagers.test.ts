/**
 * Whose the marks are: what becomes of `metadata.managedFields`. The values are a Service's on Kubernetes
 * 1.35, as helm 3.22.0 and 4.3.2 left them, and then a mark with another name and namespace.
 */
import { describe, expect, test } from 'vitest';
import {
  handedOver,
  managerFor,
  managerOf,
  operationFor,
} from '../../src/migrate/adopt/fieldManagers.ts';
import { isUnderOurName } from '../../src/objects/managers.ts';

const both = { 'f:meta.helm.sh/release-name': {}, 'f:meta.helm.sh/release-namespace': {} };
const labels = { 'f:app': {}, 'f:app.kubernetes.io/managed-by': {}, 'f:heritage': {} };
const kind = { apiVersion: 'v1', fieldsType: 'FieldsV1' };
const port = 'k:{"port":80,"protocol":"TCP"}';

/** What an install has, with the annotations or without. */
function applied(annotations?: object, manager = 'helm', time = '2026-11-30T16:40:56Z') {
  const metadata = { ...(annotations && { 'f:annotations': annotations }), 'f:labels': labels };
  const spec = { 'f:ports': { [port]: { '.': {}, 'f:port': {} } }, 'f:selector': {} };
  const fieldsV1 = { 'f:metadata': metadata, 'f:spec': spec };
  return { manager, operation: 'Apply', ...kind, time, fieldsV1 };
}

function updated(annotations?: object, manager = 'helm', time = '2026-11-30T16:40:57Z') {
  const ports = {
    '.': {},
    [port]: { '.': {}, 'f:port': {}, 'f:protocol': {}, 'f:targetPort': {} },
  };
  const spec = {
    ...{ 'f:internalTrafficPolicy': {}, 'f:ports': ports, 'f:selector': {} },
    ...{ 'f:sessionAffinity': {}, 'f:type': {} },
  };
  const metadata = {
    ...(annotations && { 'f:annotations': annotations }),
    'f:labels': { '.': {}, ...labels },
  };
  const fieldsV1 = { 'f:metadata': metadata, 'f:spec': spec };
  return { manager, operation: 'Update', ...kind, time, fieldsV1 };
}

const marked = '2026-11-30T16:40:58Z';
const ours = (metadata: object, operation = 'Update') => ({
  ...{ manager: 'kubectl-releases', operation, ...kind, time: marked },
  fieldsV1: { 'f:metadata': metadata },
});
const oursNow = ours({ 'f:annotations': both });
const oursBefore = ours(
  { 'f:annotations': both, 'f:labels': { 'f:app.kubernetes.io/managed-by': {} } },
  'Apply',
);
const [apply, update] = [
  { name: 'helm', operation: 'Apply' },
  { name: 'helm', operation: 'Update' },
] as const;

describe('marks under our name', () => {
  test('go to what helm applied', () => {
    const object = { managedFields: [applied(), oursNow] };
    expect(handedOver(object, apply)).toEqual([applied(both, 'helm', marked)]);
  });

  test('go to what helm updated, of which the map itself was left', () => {
    const object = { managedFields: [oursBefore, updated({})] };
    expect(isUnderOurName(object)).toBe(true);
    const now = handedOver(object, update);
    expect(now).toEqual([updated({ '.': {}, ...both }, 'helm', marked)]);
    expect(isUnderOurName({ managedFields: now })).toBe(false);
  });

  test('are an entry of helm’s where it has none of that operation', () => {
    const others = [updated(undefined, 'tiller'), applied(undefined, 'argocd')];
    const fieldsV1 = oursBefore.fieldsV1;
    const entry = { manager: 'helm', ...kind, time: marked, fieldsV1 };
    const object = { managedFields: [oursBefore, ...others] };
    expect(handedOver(object, update)).toEqual([...others, { ...entry, operation: 'Update' }]);
    expect(handedOver(object, apply)).toEqual([...others, { ...entry, operation: 'Apply' }]);
  });

  test('of two runs go together, and a later time stays', () => {
    const late = '2026-11-30T17:00:00Z';
    const object = { managedFields: [oursBefore, oursNow, updated({}, 'helm', late)] };
    expect(handedOver(object, update)).toEqual([updated({ '.': {}, ...both }, 'helm', late)]);
  });

  test('go to the entry of their own version, and to none of a subresource', () => {
    const scale = { ...updated({}), subresource: 'scale' };
    const old = { ...updated({}), apiVersion: 'v1beta1' };
    const object = { managedFields: [oursNow, scale, old, updated({})] };
    const whole = updated({ '.': {}, ...both }, 'helm', marked);
    expect(handedOver(object, update)).toEqual([scale, old, whole]);
    const onlyOld = { ...whole, apiVersion: 'v1beta1' };
    expect(handedOver({ managedFields: [oursNow, scale, old] }, update)).toEqual([scale, onlyOld]);
  });

  test('take along nothing that somebody else has written under that name', () => {
    const theirs = ours({ 'f:annotations': { ...both, 'f:note': {} } });
    const object = { managedFields: [theirs, updated({})] };
    expect(isUnderOurName(object)).toBe(false);
    expect(handedOver(object, update)).toBeUndefined();
  });

  test.each([
    ['none', undefined],
    ['an empty list', []],
    ['one empty entry', [{}]],
    ['helm’s alone', [updated(both)]],
  ])('are not there: %s', (_, managedFields) => {
    expect(handedOver({ managedFields }, update)).toBeUndefined();
    expect(isUnderOurName({ managedFields })).toBe(false);
  });
});

describe('the manager', () => {
  const flux = { managedFields: [applied(both, 'helm-controller')] };
  const unmarked = { managedFields: [updated(undefined, 'tiller')] };

  test('is who has the marks on the object, else on most of the release’s, else helm', () => {
    const terraform = { managedFields: [applied(both, 'terraform-provider-helm_v3.0.2_x5')] };
    const release = managerOf([unmarked, terraform, flux, flux], 'Apply');
    expect(release).toEqual({ name: 'helm-controller', operation: 'Apply' });
    expect(managerFor(terraform, release).name).toBe('terraform-provider-helm_v3.0.2_x5');
    expect(managerFor(unmarked, release).name).toBe('helm-controller');
    expect(managerOf([unmarked], 'Update')).toEqual(update);
    expect(managerOf([], 'Apply')).toEqual(apply);
  });

  test('is never this program, nor who has nothing but the label', () => {
    const mine = { managedFields: [oursBefore, updated({}, 'tiller')] };
    expect(managerOf([mine], 'Update')).toEqual(update);
  });

  test('of two with the marks is the one that changes objects as the release does', () => {
    const mixed = { managedFields: [updated(both, 'helm'), applied(both, 'helm-controller')] };
    expect(managerFor(mixed, managerOf([], 'Apply')).name).toBe('helm-controller');
    expect(managerFor(mixed, managerOf([], 'Update')).name).toBe('helm');
  });

  test.each([
    ['ssa', 'Apply'],
    ['csa', 'Update'],
    ['', 'Update'],
    [undefined, 'Update'],
  ])('of a release with apply method %s has an entry %s', (method, operation) => {
    expect(operationFor(method)).toBe(operation);
  });
});
