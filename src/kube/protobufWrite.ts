/** Objects to create, in Kubernetes' protobuf: see `protobuf.ts`. */
import { delimited, magic } from './protobuf.ts';

/** An object to create, as far as records have fields. A Secret's data are bytes, a ConfigMap's text. */
export interface ProtobufObject {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Texts;
    readonly annotations?: Texts;
  };
  /** A Secret's alone. */
  readonly type?: string;
  readonly data: Readonly<{ [key: string]: Uint8Array | string }>;
}

type Texts = Readonly<{ [name: string]: string }>;

/** @returns the body of a request with the content type `protobufType` */
export function encodeProtobuf({ kind, metadata, type, data }: ProtobufObject): Buffer {
  const { name, namespace, labels, annotations } = metadata;
  const object = [
    field(
      1,
      ...textField(1, name),
      ...textField(3, namespace),
      ...mapFields(11, labels),
      ...mapFields(12, annotations),
    ),
    ...mapFields(2, data),
    ...(kind === 'Secret' ? textField(3, type) : []),
  ];
  const typeMeta = field(1, ...textField(1, 'v1'), ...textField(2, kind));
  const { parts, length } = joined([typeMeta, field(2, ...object)]);
  return Buffer.concat([magic, ...parts], magic.length + length);
}

/** Bytes that stand one behind the other: copied once, at the end, however deep they are. */
interface Parts {
  readonly parts: readonly Uint8Array[];
  readonly length: number;
}

function joined(pieces: readonly Parts[]): Parts {
  return {
    parts: pieces.flatMap(({ parts }) => parts),
    length: pieces.reduce((sum, { length }) => sum + length, 0),
  };
}

function field(number: number, ...pieces: readonly Parts[]): Parts {
  const { parts, length } = joined(pieces);
  const head = Buffer.from([(number << 3) | delimited, ...varint(length)]);
  return { parts: [head, ...parts], length: head.length + length };
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

function textField(number: number, value: Uint8Array | string | undefined): Parts[] {
  if (value === undefined) return [];
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return [field(number, { parts: [bytes], length: bytes.length })];
}

function mapFields(number: number, map: ProtobufObject['data'] = {}): Parts[] {
  return Object.entries(map).map(([key, value]) =>
    field(number, ...textField(1, key), ...textField(2, value)),
  );
}
