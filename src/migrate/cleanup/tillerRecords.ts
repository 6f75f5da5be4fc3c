/**
 * Where a Tiller keeps its records, as far as its Deployment says it: the namespace that cmd/tiller takes
 * from TILLER_NAMESPACE, or else from its service account's token (`namespace()` in Helm 2's
 * cmd/tiller/tiller.go), and the driver of its flag --storage. What somebody has wrapped or filled in from
 * elsewhere is unclear, and never guessed.
 */
import { printable } from '../../errors.ts';
import type { KubeObject } from '../../kube/types.ts';
import { fields, list } from './fields.ts';

export type TillerRecords =
  | {
      readonly namespace: string;
      /** `configmap`, `secret`, `sql` or `memory`; what else stands there Tiller refuses. */
      readonly driver: string;
    }
  /** Why nobody can tell, safe to print. */
  | { readonly unclear: string };

/** Tiller's default: `storageConfigMap`. */
const defaultDriver = 'configmap';
/** Without a token it takes Helm's own default for the namespace. */
const defaultNamespace = 'kube-system';
const namespaceVariable = 'TILLER_NAMESPACE';

class Unclear extends Error {}

export function tillerRecords(deployment: KubeObject): TillerRecords {
  const pod = podSpec(deployment);
  const own = deployment.metadata.namespace ?? '';
  try {
    const found = tillersOf(pod).map((container) => {
      const variables = variablesOf(container, own);
      return {
        namespace: namespaceOf(container, variables, pod, own),
        driver: driverOf(container, variables),
      };
    });
    const [first] = found;
    if (!first) return { unclear: 'it has no container' };
    const same = found.every((one) => JSON.stringify(one) === JSON.stringify(first));
    return same ? first : { unclear: 'its containers say different things' };
  } catch (error) {
    if (error instanceof Unclear) return { unclear: error.message };
    throw error;
  }
}

export function podSpec(deployment: KubeObject): Fields {
  return fields(fields(fields(deployment['spec'])['template'])['spec']);
}

type Fields = { readonly [field: string]: unknown };

/** Others run beside it: by its name, its image, or because it is alone. */
function tillersOf(pod: Fields): Fields[] {
  const all = list(pod['containers']).map(fields);
  const named = all.filter(({ name }) => name === 'tiller');
  if (named.length > 0) return named;
  const known = all.filter(hasTillersImage);
  return known.length > 0 ? known : all;
}

function hasTillersImage({ image }: Fields): boolean {
  return /tiller[^/]*$/.test(String(image ?? ''));
}

/** The container's variables; undefined for one whose value lies elsewhere. */
type Variables = ReadonlyMap<string, string | undefined>;

function variablesOf(container: Fields, own: string): Variables {
  const known = new Map<string, string | undefined>();
  for (const entry of list(container['env']).map(fields)) {
    const from = fields(entry['valueFrom']);
    const value =
      entry['valueFrom'] === undefined || entry['valueFrom'] === null
        ? expanded(String(entry['value'] ?? ''), known)
        : fields(from['fieldRef'])['fieldPath'] === 'metadata.namespace'
          ? own
          : undefined;
    // A name that comes twice: the last one counts.
    known.set(String(entry['name']), value);
  }
  return known;
}

/** `$(NAME)`, which Kubernetes fills in from what stands before; `$$(NAME)` it leaves. */
function expanded(text: string, known: Variables): string | undefined {
  let clear = true;
  const filled = text.replace(/\$(\$|\(([^)]*)\))/g, (whole, dollar: string, name: string) => {
    if (dollar === '$') return '$';
    // One that nobody defines stays as it is.
    if (!known.has(name)) return whole;
    const value = known.get(name);
    if (value === undefined) clear = false;
    return value ?? '';
  });
  return clear ? filled : undefined;
}

function namespaceOf(container: Fields, variables: Variables, pod: Fields, own: string): string {
  if (variables.has(namespaceVariable)) {
    const value = variables.get(namespaceVariable);
    if (value === undefined || value.includes('$('))
      throw new Unclear(`its ${namespaceVariable} comes from elsewhere`);
    if (value !== '') return value;
  } else if (list(container['envFrom']).map(fields).some(mayNameOne))
    throw new Unclear(`its ${namespaceVariable} may come from elsewhere: it has envFrom`);
  return pod['automountServiceAccountToken'] === false ? defaultNamespace : own;
}

function mayNameOne({ prefix }: Fields): boolean {
  return namespaceVariable.startsWith(String(prefix ?? ''));
}

function driverOf(container: Fields, variables: Variables): string {
  const raw = [...list(container['command']), ...list(container['args'])].map(String);
  const words = raw.map((word) => expanded(word, variables));
  const clear = words.filter((word) => word !== undefined);
  if (clear.length < words.length)
    throw new Unclear('its command line is filled in from elsewhere');
  const flags = flagsOf(list(container['command']).length > 0, clear, container);
  if (flags) return lastStorage(flags);
  // Whatever runs it: a driver that is named is the answer to expect.
  const named = [...clear.join(' ').matchAll(/(?<![\w-])--?storage[=\s]\s*["']?(\w+)/g)];
  const driver = named.at(-1)?.[1];
  if (driver === 'sql' || driver === 'memory') return driver;
  throw new Unclear('something else than Tiller is started in its container');
}

/** The words behind Tiller's own name; undefined where something else is started. */
function flagsOf(
  hasCommand: boolean,
  words: readonly string[],
  container: Fields,
): readonly string[] | undefined {
  // Its image starts it.
  if (!hasCommand) return hasTillersImage(container) ? words : undefined;
  const [first = '', option = '', line = ''] = words;
  if (isTiller(first)) return words.slice(1);
  if (!/^(.*\/)?(ba|da|a)?sh$/.test(first) || !/^-[a-z]*c$/.test(option) || words.length !== 3)
    return undefined;
  // A line of nothing but words means the same to every shell.
  if (!/^[\w\s./=:,@%+-]+$/.test(line)) return undefined;
  const [command = '', ...flags] = line
    .trim()
    .replace(/^exec\s+/, '')
    .split(/\s+/);
  return isTiller(command) ? flags : undefined;
}

function isTiller(word: string): boolean {
  return /^(.*\/)?tiller$/.test(word);
}

function isStorage(word: string): boolean {
  return word === '--storage' || word === '-storage';
}

function lastStorage(words: readonly string[]): string {
  let driver = defaultDriver;
  for (const [i, word] of words.entries()) {
    if (word === '--') break;
    const joined = /^--?storage=(.*)$/s.exec(word)?.[1];
    if (joined !== undefined) driver = joined;
    else if (isStorage(word)) driver = words[i + 1] ?? '';
  }
  return printable(driver, 40);
}
