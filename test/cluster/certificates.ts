/**
 * The certificates of a test cluster: an authority, and what it signs. Node makes keys and signatures
 * but no X.509 certificates; the few DER shapes of RFC 5280 that Go's verifier asks for are written
 * here, so that a fresh machine needs no openssl.
 */
import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

/** Both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends KeyPair {
  /** The subject's common name: certificates it signs name it as their issuer. */
  readonly name: string;
}

/** Whom a certificate is for: Kubernetes reads the user from CN and the groups from O. */
interface Subject {
  readonly name: string;
  readonly groups?: readonly string[];
}

const lifetimeMs = 7 * 24 * 3600 * 1000;
const clockSkewMs = 3600 * 1000;

const oids = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
};

export function makeAuthority(name: string): Authority {
  const keys = makeKeys();
  const extensions = [
    extension(oids.basicConstraints, sequence(tlv(0x01, Buffer.from([0xff]))), true),
    // keyCertSign and cRLSign: bits 5 and 6.
    extension(oids.keyUsage, bits(Buffer.from([0x06]), 1), true),
  ];
  const cert = certificate({ name }, keys.spki, extensions, { name, key: keys.key });
  return { name, cert, key: keys.key };
}

/** A server's certificate for the host names and addresses given. */
export function serverCertificate(authority: Authority, hosts: readonly string[]): KeyPair {
  const names = hosts.map((host) =>
    isIP(host) === 4
      ? tlv(0x87, Buffer.from(host.split('.').map(Number)))
      : tlv(0x82, Buffer.from(host, 'ascii')),
  );
  return leaf(authority, { name: hosts[0] ?? 'localhost' }, [
    extension(oids.extendedKeyUsage, sequence(oid(oids.serverAuth))),
    extension(oids.subjectAltName, sequence(...names)),
  ]);
}

/** A user's certificate. */
export function clientCertificate(
  authority: Authority,
  user: string,
  groups: readonly string[],
): KeyPair {
  return leaf(authority, { name: user, groups }, [
    extension(oids.extendedKeyUsage, sequence(oid(oids.clientAuth))),
  ]);
}

function leaf(authority: Authority, subject: Subject, more: readonly Buffer[]): KeyPair {
  const keys = makeKeys();
  // digitalSignature: bit 0.
  const usage = extension(oids.keyUsage, bits(Buffer.from([0x80]), 7), true);
  return { cert: certificate(subject, keys.spki, [usage, ...more], authority), key: keys.key };
}

/** An EC key on P-256: `spki` is its public half in DER, `key` its private half in PEM. */
function makeKeys(): { readonly key: string; readonly spki: Buffer } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    spki: publicKey.export({ type: 'spki', format: 'der' }),
  };
}

function certificate(
  subject: Subject,
  spki: Buffer,
  extensions: readonly Buffer[],
  issuer: { readonly name: string; readonly key: string },
): string {
  const algorithm = sequence(oid(oids.ecdsaWithSha256));
  const now = Date.now();
  const body = sequence(
    tlv(0xa0, integer(Buffer.from([2]))),
    integer(randomBytes(8)),
    algorithm,
    distinguishedName({ name: issuer.name }),
    sequence(utcTime(now - clockSkewMs), utcTime(now + lifetimeMs)),
    distinguishedName(subject),
    spki,
    tlv(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, createPrivateKey(issuer.key));
  const der = sequence(body, algorithm, bits(signature, 0));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function distinguishedName({ name, groups = [] }: Subject): Buffer {
  const attribute = (type: string, value: string) =>
    tlv(0x31, sequence(oid(type), tlv(0x0c, Buffer.from(value, 'utf8'))));
  return sequence(
    ...groups.map((group) => attribute(oids.organization, group)),
    attribute(oids.commonName, name),
  );
}

function extension(type: string, value: Buffer, critical = false): Buffer {
  const flag = critical ? [tlv(0x01, Buffer.from([0xff]))] : [];
  return sequence(oid(type), ...flag, tlv(0x04, value));
}

function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const size = body.length;
  const length =
    size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, ...parts);
}

/** A positive integer from its big-endian bytes. */
function integer(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Buffer.from([0]) : bytes.subarray(start);
  const negative = ((digits[0] ?? 0) & 0x80) !== 0;
  return tlv(0x02, negative ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}

function bits(bytes: Buffer, unused: number): Buffer {
  return tlv(0x03, Buffer.from([unused]), bytes);
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tlv(0x06, Buffer.from(bytes));
}

/** UTCTime has two digits for the year, which RFC 5280 reads as 1950 to 2049. */
function utcTime(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]|\.[0-9]{3}/g, '');
  return tlv(0x17, Buffer.from(text.slice(2), 'ascii'));
}
