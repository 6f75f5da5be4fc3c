/** Each kubeconfig of the table with the real kubectl and with ours: taken by both, or refused by both. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { isReleasesError } from '../../src/errors.ts';
import { openKube } from '../../src/kube/kube.ts';
import type { KubeOptions } from '../../src/kube/options.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { kubeconfigs, type Parts } from './kubeconfigs.ts';

const { kubectl, run } = useClients();
const { adminKubeconfig } = useCluster();
let folder: string;
let pems: Pick<Parts, 'caData' | 'certData' | 'keyData'>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeconfigs-'));
  const { clusters, users } = parse(readFileSync(adminKubeconfig, 'utf8'));
  pems = {
    caData: clusters[0].cluster['certificate-authority-data'],
    certData: users[0].user['client-certificate-data'],
    keyData: users[0].user['client-key-data'],
  };
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A server that nobody gets an answer from, and whether somebody came. */
async function listen() {
  let came = false;
  let tell = () => {};
  const arrival = new Promise<void>((done) => {
    tell = done;
  });
  const server = createServer((socket) => {
    came = true;
    tell();
    socket.destroy();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return { port, arrival, came: () => came, close: () => server.close() };
}

function partsIn(home: string, port: number): Parts {
  const file = (name: string, content: string | Buffer, mode = 0o600) => {
    writeFileSync(join(home, name), content);
    chmodSync(join(home, name), mode);
    return join(home, name);
  };
  const pem = (data: string) => Buffer.from(data, 'base64');
  const credential = '{"apiVersion":"\'$V\'","kind":"ExecCredential","status":{"token":"t"}}';
  const versions =
    '*v1beta1*) V=client.authentication.k8s.io/v1beta1;; *) V=client.authentication.k8s.io/v1;;';
  return {
    server: `https://127.0.0.1:${port}`,
    http: `http://127.0.0.1:${port}`,
    ca: file('ca', pem(pems.caData)),
    cert: file('cert', pem(pems.certData)),
    key: file('key', pem(pems.keyData)),
    token: file('token', 't'),
    empty: file('empty', ''),
    plugin: file(
      'plugin',
      `#!/bin/sh\ncase "$KUBERNETES_EXEC_INFO" in ${versions} esac\necho '${credential}'\n`,
      0o700,
    ),
    ...pems,
  };
}

/** kubectl's flags, as our options. */
function optionsOf(args: readonly string[]): KubeOptions {
  const options: { [name: string]: string | true } = {};
  for (let i = 0; i < args.length; i++) {
    const name = (args[i] ?? '').slice(2).replace(/-([a-z])/g, (_, letter) => letter.toUpperCase());
    if (name === 'insecureSkipTlsVerify') options[name] = true;
    else options[name] = args[++i] ?? '';
  }
  return options as KubeOptions;
}

describe.each(kubeconfigs)('$name', ({ file, args = () => [] }) => {
  it('is taken, or refused before anything is sent, as kubectl does it', async () => {
    const verdicts = { kubectl: false, ours: false };
    const said: string[] = [];
    for (const who of ['kubectl', 'ours'] as const) {
      const listener = await listen();
      const home = mkdtempSync(join(folder, 'k-'));
      const parts = partsIn(home, listener.port);
      const content = file(parts);
      const path = join(home, 'config');
      mkdirSync(home, { recursive: true });
      writeFileSync(
        path,
        typeof content === 'string'
          ? content
          : stringify(JSON.parse(JSON.stringify(content)), { version: '1.1' }),
      );
      // Relative: what stands in the file counts from its folder all the same.
      const kubeconfig = relative(process.cwd(), path);
      const flags = args(parts);
      if (who === 'kubectl') {
        const env = { KUBECONFIG: kubeconfig };
        const result = await run(
          kubectl,
          ['get', '--raw', '/version', '--request-timeout=20s', ...flags],
          { env, cwd: process.cwd() },
        );
        said.push(result.stderr);
      } else {
        try {
          const env = { HOME: home, PATH: process.env.PATH };
          const kube = openKube({ kubeconfig, ...optionsOf(flags), requestTimeout: '20s' }, env);
          const call: Promise<unknown> = kube.api.call({
            verb: 'get',
            apiVersion: '',
            resource: 'version',
            path: ['version'],
          });
          await Promise.race([call, listener.arrival]).finally(() => kube.close());
        } catch (error) {
          if (!isReleasesError(error)) throw error;
          said.push(`${error.code}: ${error.message}: ${error.why.join('; ')}`);
        }
      }
      verdicts[who] = listener.came();
      listener.close();
    }
    expect(verdicts, said.join('\n')).toEqual({ ...verdicts, ours: verdicts.kubectl });
  });
});
