/** Kubernetes' protobuf without a server: what is written reads back, and what is damaged is an error. */
import { describe, expect, it } from 'vitest';
import { isReleasesError } from '../../src/errors.ts';
import { decodeProtobuf, isProtobuf } from '../../src/kube/protobuf.ts';
import { listReader } from '../../src/kube/protobufList.ts';
import { encodeProtobuf } from '../../src/kube/protobufWrite.ts';

const message = "the answer of the API server is not Kubernetes' protobuf";

const secret = encodeProtobuf({
  kind: 'Secret',
  metadata: { name: 'a', namespace: 'web', labels: { owner: 'helm', ['__proto__']: '' } },
  type: 'Opaque',
  data: { release: Buffer.from('payload'), other: Buffer.from([0, 255]) },
});

/** One field of bytes, for messages that only a server would write. */
function field(number: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const value = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([number * 8 + 2, value.length]), value]);
}

function answer(kind: string, ...fields: readonly Buffer[]): Buffer {
  const typeMeta = field(1, field(1, 'v1'), field(2, kind));
  return Buffer.concat([Buffer.from('k8s\0'), typeMeta, field(2, ...fields)]);
}

it('reads back what it wrote', () => {
  const read = decodeProtobuf(secret);
  expect(read).toEqual({
    kind: 'Secret',
    metadata: {
      name: 'a',
      namespace: 'web',
      labels: Object.fromEntries([
        ['owner', 'helm'],
        ['__proto__', ''],
      ]),
    },
    type: 'Opaque',
    data: { release: Buffer.from('payload'), other: Buffer.from([0, 255]) },
  });
  const metadata = { name: 'b', labels: {}, annotations: { note: 'ü' } };
  const data = { release: 'x'.repeat(100_000) };
  expect(decodeProtobuf(encodeProtobuf({ kind: 'ConfigMap', metadata, data }))).toEqual({
    kind: 'ConfigMap',
    metadata: { name: 'b', annotations: { note: 'ü' } },
    data,
  });
});

it.each(['Secret', 'ConfigMap'] as const)('reads and writes that a %s is immutable', (kind) => {
  const object = { kind, metadata: { name: 'a', labels: {} }, data: { release: 'x' } };
  const read = (immutable: boolean) =>
    decodeProtobuf(encodeProtobuf({ ...object, ...(immutable && { immutable }) }));
  expect(read(true)).toMatchObject({ immutable: true });
  expect(read(false)).not.toHaveProperty('immutable');
  // A server that was told false says false.
  const number = kind === 'Secret' ? 5 : 4;
  const said = answer(kind, field(1, field(1, 'a')), Buffer.from([number * 8, 0]));
  expect(decodeProtobuf(said)).toMatchObject({ immutable: false });
});

it('leaves out what has no value, and passes over what it does not know', () => {
  const metadata = field(
    1,
    field(1, 'a'),
    field(5, ''),
    field(15, 'cluster'),
    field(4, 'link'),
    Buffer.from([56, 9]),
  );
  const unknown = Buffer.from([...[73, 1, 2, 3, 4, 5, 6, 7, 8], ...[77, 1, 2, 3, 4]]);
  const list = answer('SecretList', field(1, field(2, '7')), field(2, metadata, unknown));
  expect(decodeProtobuf(list)).toEqual({
    kind: 'SecretList',
    metadata: { resourceVersion: '7' },
    items: [{ metadata: { name: 'a' } }],
  });
  const next = answer('PartialObjectMetadataList', field(1, field(3, 'more')));
  expect(decodeProtobuf(next)).toMatchObject({ metadata: { continue: 'more' }, items: [] });
});

it('reads what an object goes with, and what its deletion waits for', () => {
  const owner = (kind: string, name: string) =>
    field(
      13,
      field(1, kind),
      field(3, name),
      field(4, 'uid'),
      field(5, 'v1'),
      Buffer.from([48, 1]),
    );
  const metadata = [
    field(1, 'a'),
    owner('HelmRelease', 'web'),
    owner('Job', 'b'),
    field(14, 'x/y'),
  ];
  expect(decodeProtobuf(answer('Secret', field(1, ...metadata)))).toEqual({
    kind: 'Secret',
    metadata: {
      name: 'a',
      ownerReferences: [
        { kind: 'HelmRelease', name: 'web' },
        { kind: 'Job', name: 'b' },
      ],
      finalizers: ['x/y'],
    },
  });
});

it('reads the time at which an object began to leave', () => {
  const seconds = Buffer.from([8, 0x80, 0xca, 0x8c, 0xc3, 6]);
  const leaving = answer('Secret', field(1, field(1, 'a'), field(9, seconds)));
  expect(decodeProtobuf(leaving)).toMatchObject({
    metadata: { deletionTimestamp: '2025-07-01T00:00:00Z' },
  });
  const never = Buffer.from([8, ...Array.from({ length: 9 }, () => 0xff), 1]);
  expect(() => decodeProtobuf(answer('Secret', field(1, field(1, 'a'), field(9, never))))).toThrow(
    message,
  );
});

it('knows protobuf by its content type alone', () => {
  const is = (type: string) => isProtobuf({ headers: { 'content-type': type } });
  expect(is('application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;v=v1')).toBe(true);
  expect([is('application/json'), is(''), isProtobuf({ headers: {} })]).toEqual(
    Array(3).fill(false),
  );
});

const tooLong = [10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1];

it.each([
  ['nothing', Buffer.alloc(0)],
  ['JSON', Buffer.from('{"kind":"Secret"}')],
  ['no more than its beginning', Buffer.from('k8s\0')],
  ['another kind', answer('Pod', field(1, field(1, 'a')))],
  ['a list of lists', answer('SecretListList')],
  ['an object without metadata', answer('Secret')],
  ['an object without a name', answer('Secret', field(1, field(3, 'web')))],
  ['a list of objects without a name', answer('SecretList', field(2, field(1)))],
  ['a length beyond the end', Buffer.concat([Buffer.from('k8s\0'), Buffer.from([10, 100])])],
  ['a length of more than 64 bits', Buffer.from([...Buffer.from('k8s\0'), ...tooLong])],
  ['a group', answer('Secret', Buffer.from([11, 12]))],
  ['the field number 0', answer('Secret', Buffer.from([2, 0]))],
])('refuses %s', (_, body) => {
  expect(() => decodeProtobuf(body)).toThrow(message);
});

it('refuses whatever is cut short, and reads no byte outside of what is there', () => {
  // In a buffer with more behind it: that must not be seen.
  const around = Buffer.concat([secret, secret]);
  for (let length = 0; length < secret.length; length++)
    expect(() => decodeProtobuf(around.subarray(0, length)), `${length} bytes`).toThrow(message);
  expect(decodeProtobuf(around.subarray(0, secret.length))).toEqual(decodeProtobuf(secret));
});

it('reads damaged bytes as something or refuses them in its own words', () => {
  let refused = 0;
  for (let at = 0; at < secret.length; at++)
    for (let bit = 0; bit < 8; bit++) {
      const bytes = Buffer.from(secret);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at);
      try {
        expect(decodeProtobuf(bytes)).toHaveProperty('kind');
      } catch (error) {
        if (!isReleasesError(error, 'API')) throw error;
        refused += 1;
      }
    }
  expect(refused).toBeGreaterThan(100);
});

describe('a list that is read while it arrives', () => {
  const names = ['a', 'b', 'c'];
  const item = (name: string) =>
    field(2, field(1, field(1, name), field(11, field(1, 'owner'), field(2, 'helm'))));
  const token = field(1, field(2, '7'), field(3, 'more'));
  const listed = answer('SecretList', token, ...names.map(item));
  // What a server writes behind the list: the encoding and the type of its content.
  const whole = Buffer.concat([listed, field(3), field(4)]);

  function inPieces(body: Buffer, length: number) {
    const reader = listReader();
    const items: unknown[] = [];
    for (let at = 0; at < body.length; at += length)
      items.push(...reader.take(body.subarray(at, at + length)));
    return { ...reader.end(), items };
  }

  it('gives the same in pieces of any length', () => {
    const said = { next: 'more', version: '7' };
    const { items } = decodeProtobuf(whole) as { items: unknown[] };
    expect(items).toHaveLength(3);
    for (let length = 1; length <= whole.length; length++)
      expect(inPieces(whole, length), `${length} bytes`).toEqual({ ...said, items });
    expect(inPieces(answer('ConfigMapList'), 3)).toEqual({ next: '', version: '', items: [] });
  });

  it('hands an item on when its last byte is there', () => {
    const reader = listReader();
    const counts = [...whole].map((byte) => reader.take(Buffer.from([byte])).length);
    const ends = counts.flatMap((count, i) => (count > 0 ? i + 1 : []));
    expect(ends).toEqual(names.map((name, i) => listed.length - (2 - i) * item(name).length));
  });

  it.each([
    ['JSON', Buffer.from('{"kind":"SecretList","items":[]}')],
    ['a single object', secret],
    ['a list of other objects', answer('PodList', field(2, field(1, field(1, 'a'))))],
    ['nothing', Buffer.alloc(0)],
  ])('refuses %s', (_, body) => {
    for (const length of [1, 5, 1000]) expect(() => inPieces(body, length)).toThrow(message);
  });

  it('refuses whatever is cut short, and damaged bytes in its own words', () => {
    for (let length = 0; length < listed.length; length++)
      expect(() => inPieces(listed.subarray(0, length), 7), `${length} bytes`).toThrow(message);
    let refused = 0;
    for (let at = 0; at < whole.length * 8; at++) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3);
      try {
        inPieces(bytes, 16);
      } catch (error) {
        if (!isReleasesError(error, 'API')) throw error;
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});
