/** Certificates and keys, from a kubeconfig or the files that it names. */
import { X509Certificate } from 'node:crypto';
import { printable, ReleasesError } from '../errors.ts';
import { readNamedSync } from '../namedFile.ts';
import { type KubeCluster, maxCredentialFile } from './kubeconfig.ts';

/** PEM from base64 in the kubeconfig, or else from a file, in client-go's order. */
export function pem(
  data: string | undefined,
  file: string | undefined,
  what: string,
): Buffer | undefined {
  if (data) return Buffer.from(data, 'base64');
  if (!file) return undefined;
  try {
    return readNamedSync(file, maxCredentialFile);
  } catch (error) {
    throw new ReleasesError('KUBECONFIG', `can't read the ${what}`, {
      why: [`${printable(file)}: ${(error as NodeJS.ErrnoException).code}`],
    });
  }
}

/**
 * The certificates that a server's is checked by; undefined: the system's, as for an empty file.
 * @throws ReleasesError KUBECONFIG for what holds no certificate (client-go's rootCertPool)
 */
export function authorityOf({ caData, caFile }: KubeCluster): Buffer | undefined {
  const ca = pem(caData, caFile, 'certificate authority');
  if (!ca || ca.length === 0) return undefined;
  const blocks = ca.toString('latin1').match(certificateBlock) ?? [];
  if (blocks.some(isCertificate)) return ca;
  throw new ReleasesError('KUBECONFIG', 'the certificate authority holds no certificate', {
    why: [caData ? 'certificate-authority-data is not PEM of one' : printable(caFile ?? '')],
  });
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function isCertificate(block: string): boolean {
  try {
    new X509Certificate(block);
    return true;
  } catch {
    return false;
  }
}
