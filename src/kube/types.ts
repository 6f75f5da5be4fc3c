/** What is asked of an API server, and what its objects have in common. */
import type { OutgoingHttpHeaders } from 'node:http';

/** What is asked of the server. The path is made here, so that no name can leave its place. */
export interface Call {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';
  /** `v1` for the core group, or `GROUP/VERSION`. */
  readonly apiVersion: string;
  /** The plural in the path, lower case: `secrets`. */
  readonly resource: string;
  readonly namespace?: string | undefined;
  /** The object; for `create` only named for messages, the server takes it from the body. */
  readonly name?: string | undefined;
  /** Segments of a URL that is no resource's: `/version`, `/apis/apps/v1`. The rest names it in messages. */
  readonly path?: readonly string[];
  readonly query?: Readonly<{ [key: string]: string | undefined }>;
  /** Sent as JSON; bytes as they are, with their `contentType`. */
  readonly body?: unknown;
  /** A change in name only, such as a review of permissions: tried again like a read. */
  readonly keepsNothing?: true;
  readonly contentType?: string;
  readonly accept?: string;
  /** Bytes of answer to take; absent: `maxAnswer`. */
  readonly maxBytes?: number | undefined;
  /**
   * Asked each time when a good answer in protobuf begins: who takes it piece by piece. `call` then
   * returns undefined. An answer that breaks off is asked for again.
   */
  readonly taker?: (() => Taker) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the server keeps, as far as this program looks into it. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: KubeMetadata;
  readonly [field: string]: unknown;
}

export interface KubeMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<{ [name: string]: string }>;
  readonly annotations?: Readonly<{ [name: string]: string }>;
  /** Read by `migrate/adopt/fieldManagers.ts` alone. */
  readonly managedFields?: unknown;
  readonly [field: string]: unknown;
}

/** A promise holds the rest back until it is done. What it throws ends the request. */
export type Taker = (piece: Buffer) => Promise<void> | undefined;

export interface Credentials {
  readonly headers: OutgoingHttpHeaders;
  /** PEM */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

export interface CredentialSource {
  /** There are credentials, and they stay here: the server is not spoken to by TLS. */
  readonly withheld: boolean;
  get(): Promise<Credentials>;
  /** After a 401: forgets what can be fetched anew. False when there is nothing to fetch. */
  refresh(): boolean;
  /** Ends a plugin that still runs: nobody needs its answer any more. */
  close(): void;
}

export interface IdToken {
  readonly token: string;
  /** milliseconds since 1970 */
  readonly expires: number;
}
