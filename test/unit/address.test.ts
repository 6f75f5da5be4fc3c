import { describe, expect, it } from 'vitest';
import { isReleasesError } from '../../src/errors.ts';
import { formatAddress, isNamespaced, parseAddress, types } from '../../src/storage/address.ts';
import { openAddress } from '../../src/storage/open.ts';

describe('addresses', () => {
  it('name a store and where it is', () => {
    expect(parseAddress('secret')).toEqual({ type: 'secret' });
    expect(parseAddress('secrets:web')).toEqual({ type: 'secret', location: 'web' });
    expect(parseAddress('configmaps')).toEqual({ type: 'configmap' });
    expect(parseAddress('cm:kube-system')).toEqual({ type: 'configmap', location: 'kube-system' });
    expect(parseAddress('dir:C:\\a b')).toEqual({ type: 'dir', location: 'C:\\a b' });
    expect(parseAddress('backups/all.zip')).toEqual({ type: 'file', location: 'backups/all.zip' });
    for (const text of ['secret', 'secret:web', 'configmap:kube-system', 'dir:./x'])
      expect(formatAddress(parseAddress(text))).toBe(text);
  });

  it('that say nothing are wrong usage, with the forms there are', () => {
    const wrong = (text: string) => {
      try {
        parseAddress(text);
      } catch (error) {
        if (isReleasesError(error, 'USAGE'))
          return [error.message, ...error.why, ...error.hints].join('\n');
      }
      return 'accepted';
    };
    for (const { form } of types) expect(wrong('etcd')).toContain(form);
    expect(wrong('')).toContain('is not a storage address');
    expect(wrong('./dump')).toContain('dir:./dump');
    expect(wrong('\u001b[31m')).not.toContain('\u001b');
    for (const text of [
      'dir',
      'dir:',
      'secret:',
      'secret:../x',
      'secret:A b',
      'configmap:-x',
      'Secret',
    ])
      expect(wrong(text)).not.toBe('accepted');
  });

  it('of folders are opened without a cluster', async () => {
    const kube = () => Promise.reject(new Error('asked for a cluster'));
    const env = {};
    const { storage } = await openAddress(parseAddress('dir:test'), { kube, env });
    expect(storage.address).toBe('dir:test');
    await expect(openAddress(parseAddress('secret'), { kube, env })).rejects.toThrow(
      'asked for a cluster',
    );
    await expect(openAddress(parseAddress('dir:no/such'), { kube, env })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    const made = await openAddress(parseAddress('dir:no/such'), { kube, env, create: true });
    for await (const page of made.storage.list({})) expect(page).toEqual([]);
  });
});

it('is in a namespace or at a path, by its type', () => {
  const where = ['secret', 'cm:tiller', 'sql', 'dir:./dump', 'file:x.zip', '-'].map((text) =>
    isNamespaced(parseAddress(text)),
  );
  expect(where).toEqual([true, true, true, false, false, false]);
});

it.each([
  ['postgres://helm:s3cret@db/helm', 'postgres://…@db/helm is not a storage address'],
  ['host=db password=s3cret', 'host=db password=… is not a storage address'],
  ['helm:s3cret@tcp(db)/helm', 'helm:…@tcp(db)/helm is not a storage address'],
  ['./a=b@c', './a=b@c is not a storage address'],
])('leaves out what may be a password: %s', (text, message) => {
  expect(() => parseAddress(text)).toThrow(message);
});
