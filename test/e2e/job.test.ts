/** The printed Job on a real API server: taken by it, and its shards run as its ServiceAccount. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { useClients, useCluster } from '../cluster/shared.ts';
import { runCli } from '../unit/cli-io.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { put } from './kubectl-program.ts';
import { withArguments } from './program.ts';

const cluster = useCluster();
const { kubectl, run } = useClients();
const shards = 3;
const releases = 24;
const revisions = 2;

interface JobAnswer {
  readonly spec: {
    readonly completionMode: string;
    readonly backoffLimitPerIndex: number;
    readonly podFailurePolicy: { readonly rules: readonly unknown[] };
    readonly template: {
      readonly spec: {
        readonly serviceAccountName: string;
        readonly containers: readonly { readonly args: readonly string[] }[];
      };
    };
  };
}

let [pay, ops] = ['', ''];
beforeAll(async () => {
  [pay, ops] = [await cluster.namespace('pay'), await cluster.namespace('ops')];
  const names = Array.from({ length: releases }, (_, i) => `app-${i}`);
  for (const name of names)
    for (let revision = 1; revision <= revisions; revision++)
      await put(
        cluster,
        sketchRecord({
          ...{ name, namespace: pay, revision },
          status: revision < revisions ? 'superseded' : 'deployed',
        }),
      );
}, 120_000);

/** Prints the Job, applies all but it, and asks the server what it would make of it. */
async function printed(...line: readonly string[]): Promise<JobAnswer> {
  const common = ['job', '--shards', String(shards), '--image', 'releases:1', '-n', ops];
  const { code, out, err } = await runCli([...common, '-o', 'json', ...line]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const { items } = JSON.parse(out) as { items: { kind: string }[] };
  const [job, ...others] = items.reverse();
  expect(job?.kind).toBe('Job');
  const file = join(cluster.folder, `${ops}.json`);
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: others }));
  const kubeconfig = cluster.adminKubeconfig;
  const applied = await run(kubectl, ['apply', '-f', file], { kubeconfig });
  expect(applied.code, applied.stderr).toBe(0);
  const yaml = await runCli([...common, ...line]);
  const dry = ['apply', '--dry-run=server', '-f', '-'];
  const asText = await run(kubectl, dry, { kubeconfig, input: yaml.out });
  expect(asText.code, asText.stderr).toBe(0);
  const path = `/apis/batch/v1/namespaces/${ops}/jobs?dryRun=All&fieldValidation=Strict`;
  return (await cluster.must('POST', path, job)) as JobAnswer;
}

/** As a pod runs it: with its index, and no right but its ServiceAccount's. */
async function startShard(job: JobAnswer, index: number) {
  const { serviceAccountName: account, containers } = job.spec.template.spec;
  const answer = await cluster.must(
    'POST',
    `/api/v1/namespaces/${ops}/serviceaccounts/${account}/token`,
    { spec: { expirationSeconds: 3600 } },
  );
  const { token } = (answer as { status: { token: string } }).status;
  const args = (containers[0]?.args ?? []).map((arg) =>
    arg.replaceAll('$(JOB_COMPLETION_INDEX)', String(index)),
  );
  const where = ['--server', cluster.server, '--certificate-authority', cluster.caFile];
  const child = spawn(...withArguments([...args, ...where, '--token', token]), {
    env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (part: Buffer) => out.push(part));
  child.stderr.on('data', (part: Buffer) => err.push(part));
  const ended = new Promise<{ code: number | null; out: string; err: string }>((done, fail) => {
    child.on('error', fail).on('close', (code) => {
      done({ code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() });
    });
  });
  return { ended, kill: () => child.kill('SIGKILL') };
}

async function configMaps(): Promise<string[]> {
  const path = `/api/v1/namespaces/${pay}/configmaps?labelSelector=owner=helm`;
  const { items } = (await cluster.must('GET', path)) as {
    items: { metadata: { name: string } }[];
  };
  return items.map(({ metadata }) => metadata.name);
}

describe('a Job', () => {
  it('is taken by the API server, and its shards together copy everything, once', async () => {
    const line = ['copy', '--all', '-n', pay, '--from', 'secret', '--to', 'configmap'];
    const job = await printed(...line, '--concurrency', '1');
    expect(job.spec).toMatchObject({ completionMode: 'Indexed', backoffLimitPerIndex: 3 });
    expect(job.spec.podFailurePolicy.rules).toHaveLength(1);
    const mark = await cluster.auditMark();
    const [killed, ...others] = await Promise.all([0, 1, 2].map((index) => startShard(job, index)));
    // One is killed as soon as something of the work is done, and started again.
    while ((await configMaps()).length === 0) await new Promise((done) => setTimeout(done, 5));
    killed?.kill();
    expect((await killed?.ended)?.code).toBeNull();
    for (const { ended } of others) expect(await ended).toMatchObject({ code: 0 });
    const some = (await configMaps()).length;
    expect(some).toBeLessThan(releases * revisions);
    const again = await startShard(job, 0);
    const last = await again.ended;
    expect(last, last.err).toMatchObject({ code: 0 });
    expect(await configMaps()).toHaveLength(releases * revisions);
    const asked = await cluster.auditSince(mark, { verb: 'create', resource: 'configmaps' });
    const created = asked.filter(({ namespace, code }) => namespace === pay && code === 201);
    expect(created).toHaveLength(releases * revisions);
    expect(new Set(created.map(({ name }) => name)).size).toBe(created.length);
  });

  it('has no right beyond its command’s', async () => {
    const job = await printed('copy', '--all', '-n', pay, '--from', 'secret', '--to', 'configmap');
    const other = { ...job.spec.template.spec, containers: [{ args: ['list', '-A'] }] };
    const asked = await startShard({ spec: { ...job.spec, template: { spec: other } } }, 0);
    const { code, err } = await asked.ended;
    expect(code).toBe(1);
    expect(err).toContain('no permission to list secrets in all namespaces');
  });
});
