/** Runs the built program, and puts small records on the server, for the tests of the commands. */

import type { ReleaseRecord } from '../../src/record.ts';
import { objectOf } from '../../src/storage/objects.ts';
import type { Run, RunOptions, RunResult } from '../cluster/clients.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { runCli } from '../unit/cli-io.ts';
import { withArguments } from './program.ts';

export type Program = (args: readonly string[], options?: RunOptions) => Promise<RunResult>;

/** The bundle in a process of its own, as the cluster's admin unless a kubeconfig is given. */
export function builtProgram(run: Run, kubeconfig: string): Program {
  return (args, options) => run(...withArguments(args), { kubeconfig, ...options });
}

/**
 * For hundreds of questions about what the commands say, where it isn't the process that is asked about: the same
 * code in the test's own process, which spares the start of Node for each. Another program (`TEST_PROGRAM`) is
 * started. `cwd` and `input` are not for this one.
 */
export function spokenProgram(run: Run, kubeconfig: string): Program {
  if (process.env['TEST_PROGRAM'] !== undefined) return builtProgram(run, kubeconfig);
  return async (args, options = {}) => {
    const env = { KUBECONFIG: options.kubeconfig ?? kubeconfig, ...options.env };
    const { code, out, err } = await runCli(args, { env });
    return { code, stdout: out, stderr: err };
  };
}

/** Creates the records as they are. */
export async function put(cluster: Cluster, ...records: readonly ReleaseRecord[]): Promise<void> {
  for (const record of records)
    await cluster.must(
      'POST',
      `/api/v1/namespaces/${record.namespace}/${record.kind.toLowerCase()}s`,
      objectOf(record),
    );
}
