/** Objects to create, in Kubernetes' protobuf: see `protobuf.ts`. */
import protobuf from 'protobufjs/minimal.js';
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
  readonly immutable?: boolean;
  readonly data: Readonly<{ [key: string]: Uint8Array | string }>;
}

/** `immutable` in k8s.io/api/core/v1's generated.proto. */
const immutableField = { Secret: 5, ConfigMap: 4 } as const;

type Texts = Readonly<{ [name: string]: string }>;

/** @returns the body of a request with the content type `protobufType` */
export function encodeProtobuf({ kind, metadata, type, immutable, data }: ProtobufObject): Buffer {
  const writer = protobuf.Writer.create();
  writer.raw(magic);
  message(writer, 1, () => {
    textField(writer, 1, 'v1');
    textField(writer, 2, kind);
  });
  message(writer, 2, () => {
    message(writer, 1, () => {
      textField(writer, 1, metadata.name);
      textField(writer, 3, metadata.namespace);
      mapFields(writer, 11, metadata.labels);
      mapFields(writer, 12, metadata.annotations);
    });
    mapFields(writer, 2, data);
    if (kind === 'Secret') textField(writer, 3, type);
    if (immutable) writer.uint32(immutableField[kind] << 3).bool(true);
  });
  const { buffer, byteOffset, length } = writer.finish();
  return Buffer.from(buffer, byteOffset, length);
}

type Writer = protobuf.Writer;

function message(writer: Writer, number: number, write: () => void): void {
  tag(writer, number).fork();
  write();
  writer.ldelim();
}

function textField(writer: Writer, number: number, value: Uint8Array | string | undefined): void {
  if (value === undefined) return;
  // protobufjs would write half a surrogate pair as bytes that aren't UTF-8.
  tag(writer, number).bytes(typeof value === 'string' ? Buffer.from(value) : value);
}

function mapFields(writer: Writer, number: number, map: ProtobufObject['data'] = {}): void {
  for (const [key, value] of Object.entries(map))
    message(writer, number, () => {
      textField(writer, 1, key);
      textField(writer, 2, value);
    });
}

function tag(writer: Writer, number: number): Writer {
  return writer.uint32((number << 3) | delimited);
}
