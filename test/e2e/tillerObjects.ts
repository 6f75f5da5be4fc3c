/** Tiller itself on a real API server, without anybody to run it. */
import type { Cluster } from '../cluster/cluster.ts';

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const labels = { app: 'helm', name: 'tiller' };

/**
 * As `helm init --service-account tiller --tiller-tls-verify` leaves it, and bindings of its
 * account: `role` in its namespace; `own-NAMESPACE`, and `shared-NAMESPACE` with somebody else, in all.
 */
export async function installTiller(cluster: Cluster, namespace: string): Promise<void> {
  const post = (path: string, body: object) => cluster.must('POST', path, body);
  const core = `/api/v1/namespaces/${namespace}`;
  const metadata = { name: 'tiller-deploy', labels };
  const image = 'ghcr.io/helm/tiller:v2.17.0';
  await post(`${core}/serviceaccounts`, { metadata: { name: 'tiller' } });
  await post(`${core}/secrets`, {
    ...{ metadata: { name: 'tiller-secret', labels }, data: { 'tls.key': 'a2V5LWNhbmFyeQ==' } },
  });
  await post(`${core}/services`, {
    ...{ metadata, spec: { selector: labels, ports: [{ name: 'tiller', port: 44134 }] } },
  });
  await post(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
    metadata,
    spec: {
      ...{ replicas: 1, selector: { matchLabels: labels } },
      template: {
        metadata: { labels },
        spec: { serviceAccountName: 'tiller', containers: [{ name: 'tiller', image }] },
      },
    },
  });
  const account = { kind: 'ServiceAccount', name: 'tiller', namespace };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
  await post(`${rbac}/namespaces/${namespace}/rolebindings`, {
    ...{ metadata: { name: 'role' }, roleRef, subjects: [account] },
  });
  await post(`${rbac}/clusterrolebindings`, {
    ...{ metadata: { name: `own-${namespace}` }, roleRef, subjects: [account] },
  });
  const eve = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'eve' };
  await post(`${rbac}/clusterrolebindings`, {
    ...{ metadata: { name: `shared-${namespace}` }, roleRef, subjects: [account, eve] },
  });
}
