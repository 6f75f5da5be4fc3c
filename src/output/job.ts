/** A Kubernetes Indexed Job of this program: https://kubernetes.io/docs/tasks/job/indexed-parallel-processing-static/ */
import { exitCodes } from '../errors.ts';
import type { Json } from '../json.ts';

export interface JobSpec {
  /** Of the Job, its ServiceAccount and its Roles. */
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  /** The words after the program's name; `$(JOB_COMPLETION_INDEX)` is the shard's number. */
  readonly args: readonly string[];
  readonly shards: number;
  /** Pods at a time. */
  readonly parallelism: number;
  /** The PersistentVolumeClaim that is there as `backupPath`. */
  readonly claim: string | undefined;
  /** A Secret whose keys are environment variables. */
  readonly envFrom: string | undefined;
}

/** What the Job controller puts into each pod's environment, and Kubernetes into arguments. */
export const shardIndex = '$(JOB_COMPLETION_INDEX)';
/** Where the claim is mounted. */
export const backupPath = '/backup';

/** Nothing a pod would do better at the second try. */
const noRetry = [exitCodes.usage, exitCodes.needsPerson, exitCodes.refused];
const retries = 3;

/** The account that the pods run as, and the Job; its Roles come from `rbac`. */
export function jobObjects(spec: JobSpec): { readonly account: Json; readonly job: Json } {
  const { name, namespace, shards, parallelism } = spec;
  const metadata = { name, namespace };
  return {
    account: { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    job: {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { ...metadata, labels: { 'app.kubernetes.io/name': 'kubectl-releases' } },
      spec: {
        completionMode: 'Indexed',
        completions: shards,
        parallelism,
        backoffLimitPerIndex: retries,
        podFailurePolicy: {
          rules: [{ action: 'FailIndex', onExitCodes: { operator: 'In', values: noRetry } }],
        },
        template: { spec: pod(spec) },
      },
    },
  };
}

/** As the `restricted` Pod Security Standard asks. */
function pod({ name, image, args, claim, envFrom }: JobSpec): Json {
  return {
    serviceAccountName: name,
    restartPolicy: 'Never',
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'releases',
        image,
        command: ['kubectl-releases'],
        args: [...args],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        ...(envFrom !== undefined && { envFrom: [{ secretRef: { name: envFrom } }] }),
        ...(claim !== undefined && {
          workingDir: backupPath,
          volumeMounts: [{ name: 'backup', mountPath: backupPath }],
        }),
      },
    ],
    ...(claim !== undefined && {
      volumes: [{ name: 'backup', persistentVolumeClaim: { claimName: claim } }],
    }),
  };
}
