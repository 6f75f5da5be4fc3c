/** The job command: which command lines become a Job, and which no pod could do. */
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { runCli } from './cli-io.ts';

const job = (line: string) => runCli(['job', '--shards', '2', '--image', 'i', ...line.split(' ')]);

interface Manifest {
  readonly kind: string;
  readonly rules?: readonly { readonly resources: readonly string[] }[];
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly { readonly args: readonly string[] }[];
        readonly volumes?: readonly unknown[];
      };
    };
  };
}

async function printed(line: string): Promise<readonly Manifest[]> {
  const { code, out, err } = await job(line);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return parseAllDocuments(out).map((document) => document.toJS() as Manifest);
}

describe('a Job', () => {
  it('runs the command as it was given, with its shard, and without a question', async () => {
    const manifests = await printed('copy -A --to configmap --map-namespace a=b');
    expect(manifests.map(({ kind }) => kind)).toEqual([
      ...['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Job'],
    ]);
    const [container] = manifests[3]?.spec.template.spec.containers ?? [];
    expect(container?.args).toEqual([
      ...['copy', '--shard=$(JOB_COMPLETION_INDEX)/2', '--yes'],
      ...['-A', '--to', 'configmap', '--map-namespace', 'a=b'],
    ]);
  });

  it.each([
    ['-A /backup/all-$(JOB_COMPLETION_INDEX).zip', ['configmaps', 'secrets']],
    ['billing -A /backup/b-$(JOB_COMPLETION_INDEX).zip', ['secrets']],
  ])('may read what its backup means: %s', async (line, resources) => {
    const manifests = await printed(`--claim kept backup ${line}`);
    const role = manifests.find(({ kind }) => kind === 'ClusterRole');
    const read = (role?.rules ?? []).flatMap((rule) => rule.resources);
    expect([...new Set(read)].sort()).toEqual(resources);
  });

  it('keeps backups on a claim, one folder a shard', async () => {
    const line = '--claim kept migrate2to3 --all -n pay --delete-v2-releases --no-adopt --yes';
    const last = (await printed(line)).at(-1)?.spec.template.spec;
    expect(last?.containers[0]?.args).toContain('--backup=/backup/shard-$(JOB_COMPLETION_INDEX)');
    expect(last?.volumes).toEqual([
      { name: 'backup', persistentVolumeClaim: { claimName: 'kept' } },
    ]);
  });

  it.each([
    '--env-from pg copy -A --to sql',
    '--claim kept copy -A --to file:/backup/x-$(JOB_COMPLETION_INDEX).zip',
    '--claim kept copy -A --to dir:/backup/all',
    '--claim kept backup -A all-$(JOB_COMPLETION_INDEX).zip',
  ])('is printed for %s', async (line) => {
    expect((await job(line)).code).toBe(0);
  });

  it.each([
    ['relocate --all --to configmap --delete-source', '--claim is missing'],
    ['backup --all all.zip', '--claim is missing'],
    ['--claim kept backup --all all.zip', 'all pods would write one file'],
    ['copy -A --to sql --context other', '--context has no place in a Job'],
    ['copy -A --to sql --to-context other', '--to-context has no place in a Job'],
    ['copy -A --to sql --shard 0/2', '--shard is what job adds'],
    ['copy -A --to sql --unknown', 'unknown flag "--unknown"'],
    ['list', '"list" is no command that is done in shards'],
    ['-n Ops copy -A --to configmap', '--namespace "Ops" is no name'],
    ['copy --to configmap', 'which releases?'],
    ['--claim kept backup /backup/a-$(JOB_COMPLETION_INDEX).zip', 'which releases?'],
    ['migrate2to3', 'which releases?'],
    ['copy -A', 'where to?'],
    ['copy -A --revisions foo --to configmap', '--revisions is all, deployed or a number'],
    ['copy -A --from - --to configmap', 'a pod has no standard input'],
    ['copy -A --to sql', '--env-from is missing'],
    ['copy -A --helm-release-storage-type sql', '--env-from is missing'],
    ['copy -A --to file:x.zip', '--claim is missing'],
    ['copy -A --from dir:old --to secret', '--claim is missing'],
    ['--claim kept copy -A --to file:/backup/x.zip', 'all pods would write one file'],
    ['--claim kept copy -A --to dir:/var/x', 'a pod has nothing in /var/x'],
  ])('is refused for %s', async (line, says) => {
    const { code, out, err } = await job(line);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(says);
  });

  it.each([
    [['job', '--image', 'i', 'copy'], '--shards is missing'],
    [['job', '--shards', '2', 'copy'], '--image is missing'],
    [['job', '--shards', '0', '--image', 'i', 'copy'], '--shards takes a whole number from 1'],
    [['job', '--shards', '2', '--image', 'i'], '"" is no command'],
  ])('%j', async (line, says) => {
    const { code, err } = await runCli(line);
    expect(code).toBe(2);
    expect(err).toContain(says);
  });
});
