/** A real admission webhook: the API server asks it before it stores a record of one namespace. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { serverCertificate } from '../cluster/certificates.ts';
import type { Cluster } from '../cluster/cluster.ts';

/** A JSON patch (RFC 6902) of the object that is about to be stored; a text denies it with these words. */
export type Verdict = readonly object[] | string;

export interface Asked {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly name: string;
  readonly object: { readonly metadata: { readonly name: string } } | null;
}

export interface Webhook {
  close(): Promise<void>;
}

/**
 * @param namespace the only one whose Secrets and ConfigMaps are asked about
 * @param decide an empty list lets the object be stored as it is
 */
export async function admit(
  cluster: Cluster,
  namespace: string,
  decide: (asked: Asked) => Verdict,
): Promise<Webhook> {
  const read = (name: string) => readFileSync(join(cluster.folder, name), 'utf8');
  const authority = { name: read('ca.name'), cert: read('ca.crt'), key: read('ca.key') };
  const listener = createServer(
    serverCertificate(authority, ['127.0.0.1']),
    (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const { apiVersion, kind, request: asked } = JSON.parse(Buffer.concat(parts).toString());
        const verdict = decide(asked);
        const answer =
          typeof verdict === 'string'
            ? { allowed: false, status: { message: verdict } }
            : {
                allowed: true,
                ...(verdict.length > 0 && {
                  patchType: 'JSONPatch',
                  patch: Buffer.from(JSON.stringify(verdict)).toString('base64'),
                }),
              };
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ apiVersion, kind, response: { uid: asked.uid, ...answer } }));
      });
    },
  );
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  const { port } = listener.address() as AddressInfo;
  const group = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
  await cluster.must('POST', group, {
    metadata: { name: namespace },
    webhooks: [
      {
        name: 'records.attack.example',
        clientConfig: {
          url: `https://127.0.0.1:${port}/`,
          caBundle: Buffer.from(authority.cert).toString('base64'),
        },
        rules: [
          {
            apiGroups: [''],
            apiVersions: ['v1'],
            operations: ['CREATE', 'UPDATE', 'DELETE'],
            resources: ['secrets', 'configmaps'],
          },
        ],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
      },
    ],
  });
  await inForce(cluster, namespace, port);
  return {
    async close() {
      await cluster.must('DELETE', `${group}/${namespace}`);
      listener.closeAllConnections();
      await new Promise((done) => listener.close(done));
    },
  };

  /** The API server takes a second or so to notice a new configuration. */
  async function inForce(of: Cluster, where: string, _port: number): Promise<void> {
    for (let i = 0; i < 100; i++) {
      let asked = false;
      const before = decide;
      decide = (one) => {
        asked ||= one.name === 'probe';
        return one.name === 'probe' ? [] : before(one);
      };
      const body = { metadata: { name: 'probe' } };
      const path = `/api/v1/namespaces/${where}/configmaps`;
      await of.must('POST', `${path}?dryRun=All`, body);
      decide = before;
      if (asked) return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error('the API server never asked the webhook');
  }
}
