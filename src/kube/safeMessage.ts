/**
 * What may be shown of a metav1.Status. Messages quote: an admission webhook the object that it denies,
 * a validation the value that it refuses, and so Secrets. Only sentences that are known to name nothing
 * but users, resources and rules are shown, and of those no more than what is known of them.
 *
 * The words are those of k8s.io/apimachinery (pkg/apis/meta/v1/types.go, pkg/api/errors,
 * pkg/util/validation/field) and of the API server's RBAC, quota, admission and lifecycle plugins.
 */
import { printable } from '../errors.ts';

const reasons = new Set([
  ...['Unauthorized', 'Forbidden', 'NotFound', 'AlreadyExists', 'Conflict', 'Gone', 'Invalid'],
  ...['ServerTimeout', 'StoreReadError', 'Timeout', 'TooManyRequests', 'BadRequest', 'Expired'],
  ...['MethodNotAllowed', 'NotAcceptable', 'RequestEntityTooLarge', 'UnsupportedMediaType'],
  ...['InternalError', 'ServiceUnavailable'],
  ...['FieldValueNotFound', 'FieldValueRequired', 'FieldValueDuplicate', 'FieldValueInvalid'],
  ...['FieldValueNotSupported', 'FieldValueForbidden', 'FieldValueTooLong', 'FieldValueTooMany'],
  ...['FieldValueTypeInvalid', 'UnexpectedServerResponse', 'FieldManagerConflict', 'UIDMismatch'],
  ...['ResourceVersionMismatch', 'NamespaceTerminating'],
]);

/** The fields of the objects that this program writes, down to where keys begin. */
const fields =
  /^(?:metadata\.(?:name|namespace|labels|annotations|uid|resourceVersion|managedFields|finalizers)|metadata|data|stringData|binaryData|type|immutable)(?![A-Za-z])/;

/** A reason that Kubernetes gives, or nothing. */
export function knownReason(reason: unknown): string {
  return typeof reason === 'string' && reasons.has(reason) ? reason : '';
}

/** The field of an object that was refused, or nothing. */
export function knownField(field: unknown): string {
  return typeof field === 'string' ? (fields.exec(field)?.[0] ?? '') : '';
}

const name = '[A-Za-z0-9_.:/-]{1,253}';
const word = '[A-Za-z0-9.-]{0,253}';
/** `count/secrets=1,secrets=3` */
const amounts = '[a-z0-9./-]{1,120}=[0-9]{1,20}[a-zA-Z]{0,2}';
const list = `${amounts}(?:,${amounts}){0,20}`;

/** What to show begins with the match and ends with it. */
const sentences: readonly RegExp[] = [
  // RBAC. What other authorizers add behind it is their own. Since Kubernetes 1.36 an impersonation that isn't allowed
  // has verbs like `impersonate-on:user-info:list`.
  new RegExp(
    `[a-z./]{1,120}(?: "${name}")? is forbidden: User "[^"]{1,200}" cannot [a-z*:-]{1,60} resource "[a-z0-9./-]{1,120}" in API group "${word}"(?: in the namespace "${word}"| at the cluster scope)`,
  ),
  new RegExp(`exceeded quota: ${word}, requested: ${list}, used: ${list}, limited: ${list}`),
  new RegExp(`unable to create new content in namespace ${word} because it is being terminated`),
  new RegExp(`admission webhook "${word}" denied the request`),
  new RegExp(`ValidatingAdmissionPolicy '${word}' with binding '${word}' denied request`),
];

/** What etcd says through the API server (api/v3rpc/rpctypes/error.go), and what it means. */
const storeSays: readonly (readonly [string, string])[] = [
  [
    'etcdserver: mvcc: database space exceeded',
    'its etcd is full: nothing can be written until it is compacted and defragmented, or may grow, and its alarm NOSPACE is taken back',
  ],
  ['etcdserver: request is too large', 'its etcd takes no object as large as this one'],
  ['etcdserver: no leader', 'its etcd has no leader: most of its members are away'],
  ['etcdserver: request timed out', 'its etcd did not answer in time'],
  ['etcdserver: too many requests', 'its etcd has too much to do'],
];

/** The same of etcd's words, which name nothing; in words. */
export function safeStoreMessage(message: unknown): string | undefined {
  if (typeof message !== 'string') return undefined;
  return storeSays.find(([says]) => message.startsWith(says))?.[1];
}

/** What a refusal's message says, as far as it is known to be harmless; undefined: none of it is. */
export function safeRefusal(message: unknown): string | undefined {
  if (typeof message !== 'string') return undefined;
  // The sentences stand near the beginning.
  const start = message.slice(0, 2000);
  for (const sentence of sentences) {
    const found = sentence.exec(start)?.[0];
    if (found) return printable(found, 600);
  }
  return undefined;
}
