/** A migration of a scenario by the real program, and what must be true during and after it. */
import { expect } from 'vitest';
import { isWrite } from '../cluster/audit.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Client, Ended, Start } from './client.ts';
import { type ProxiedRequest, startProxy } from './proxy.ts';
import type { Contents, Scenario } from './scenario.ts';

export interface Way {
  readonly title: string;
  readonly deletes: boolean;
}

export const ways: readonly Way[] = [
  { title: 'keeping the sources', deletes: false },
  { title: '--delete-v2-releases', deletes: true },
];

/** The command line of a migration of everything that the scenario's Tiller has. */
export function migration({ tiller }: Scenario, { deletes }: Way): string[] {
  const from = ['--from', `configmap:${tiller}`];
  return ['migrate2to3', '--all', '--yes', ...from, ...(deletes ? ['--delete-v2-releases'] : [])];
}

/** What a migration that nothing disturbs makes of the scenario. */
export interface Reference {
  readonly sources: Contents;
  readonly targets: Contents;
  readonly objects: Contents;
  /** The requests it takes. */
  readonly requests: number;
  /** The questions among them whether something is allowed. */
  readonly reviews: number;
}

export async function undisturbed(
  cluster: Cluster,
  start: Start,
  scenario: Scenario,
  way: Way,
): Promise<Reference> {
  await scenario.reset();
  const sources = await scenario.sources();
  let [requests, reviews] = [0, 0];
  const proxy = await startProxy(cluster, ({ number, path }) => {
    requests = number;
    if (isReview(path)) reviews += 1;
    return 'pass';
  });
  const ended = await start(proxy.kubeconfig, migration(scenario, way)).ended;
  await proxy.close();
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  const targets = await scenario.targets();
  expect(targets.size).toBe(sources.size);
  const objects = await scenario.objects();
  for (const [place, text] of objects) expect(text, place).toContain('meta.helm.sh/release-name');
  return { sources, targets, objects, requests, reviews };
}

/** Every revision is there, as it was or as it shall be: nothing is lost at this moment. */
export async function expectNothingLost(scenario: Scenario, reference: Reference): Promise<void> {
  // Sources first: a record that is deleted between the two looks has its copy already.
  const [sources, targets] = [await scenario.sources(), await scenario.targets()];
  const lost = scenario.records.filter(({ key }) => {
    const place = targetOf(reference, key);
    const inSource = sources.get(key) === reference.sources.get(key);
    const inTarget = targets.get(place) === reference.targets.get(place);
    return !inSource && !inTarget;
  });
  expect(lost.map(({ key }) => key)).toEqual([]);
}

/** What has been written so far is as it shall be, and nothing else is there. */
export async function expectNothingWrong(scenario: Scenario, reference: Reference): Promise<void> {
  const targets = [...(await scenario.targets())];
  const wrong = targets.filter(([place, text]) => reference.targets.get(place) !== text);
  expect(wrong.map(([place]) => place)).toEqual([]);
}

/** Asks whether something is allowed: the questions are in the bodies, all under one path. */
export function isReview(path: string): boolean {
  return path.includes('accessreviews');
}

/** Asks for a change that would stay: not a review of permissions, not a rehearsal. */
export function isWriteRequest({ method, path }: ProxiedRequest): boolean {
  return method !== 'GET' && !isReview(path) && !path.includes('dryRun=');
}

function targetOf({ targets }: Reference, key: string): string {
  const place = [...targets.keys()].find((name) => name.endsWith(`/sh.helm.release.v1.${key}`));
  if (place === undefined) throw new Error(`${key} has no place in the target`);
  return place;
}

/** All of it is in the target, once and equal, and the sources are as the way says. */
export async function expectMigrated(
  scenario: Scenario,
  reference: Reference,
  way: Way,
): Promise<void> {
  expect(await scenario.targets()).toEqual(reference.targets);
  expect(await scenario.sources()).toEqual(way.deletes ? new Map() : reference.sources);
  expect(await scenario.objects()).toEqual(reference.objects);
}

/** Runs the migration once more and counts, in the audit log, what it asked to be changed. */
export async function writesOfRerun(
  cluster: Cluster,
  start: Start,
  scenario: Scenario,
  way: Way,
): Promise<{ ended: Ended; writes: string[] }> {
  const mark = await cluster.auditMark();
  const proxy = await startProxy(cluster, () => 'pass');
  const ended = await start(proxy.kubeconfig, migration(scenario, way)).ended;
  await proxy.close();
  const entries = await cluster.auditSince(mark, { user: proxy.user });
  // Otherwise the audit log was not asked about this client.
  expect(entries.length).toBeGreaterThan(0);
  return { ended, writes: entries.filter(isWrite).map(({ verb, uri }) => `${verb} ${uri}`) };
}

/** Runs the migration and kills it at its `point`-th request: before the server sees it, or after. */
export async function killedAt(
  cluster: Cluster,
  start: Start,
  args: readonly string[],
  point: number,
  when: 'before' | 'after',
): Promise<Ended> {
  let client: Client | undefined;
  const proxy = await startProxy(cluster, ({ number }) => {
    if (number < point) return 'pass';
    if (number > point) return 'drop';
    if (when === 'after') return { afterwards: () => client?.kill() };
    client?.kill();
    return 'drop';
  });
  client = start(proxy.kubeconfig, args);
  const ended = await client.ended;
  await proxy.idle();
  await proxy.close();
  return ended;
}
