/** Lines of what to try that are about a cluster. */
import type { ClusterHint } from '../errors.ts';

/** What kubectl would be asked, about the same cluster. */
export function kubectlLine(command: string, before = '', on?: ClusterHint['on']): ClusterHint {
  return { ...(on && { on }), say: ({ kubectl }) => `${before}${kubectl} ${command}` };
}

/** @param other the same of the cluster that records go to, where it is another one */
export function byCluster(first: string, other: string, before = ''): ClusterHint {
  return { say: ({ isOther }) => `${before}${isOther ? other : first}` };
}

/** A flag that chooses the cluster: `--context NAME`, and `--to-context NAME` for the other one. */
export function chooses(flag: string, what: string): ClusterHint {
  const isOwn = flag === 'context' || flag === 'kubeconfig';
  return byCluster(`--${flag}${what}`, `--${isOwn ? 'to-' : ''}${flag}${what}`);
}

/** For an answer that no API server gives. */
export function checkServer(
  before = '',
  after = ': is it a Kubernetes API server, or something before it?',
): ClusterHint {
  const [first, other] = ['check --server', 'check the server in its kubeconfig'];
  return byCluster(`${first}${after}`, `${other}${after}`, before);
}
