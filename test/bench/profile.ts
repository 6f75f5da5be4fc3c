/** Where a run's CPU time went: Node's own profile, summed up by what the code is for. */
import { readFileSync } from 'node:fs';

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds. */
  readonly timeDeltas: readonly number[];
}

/** By the file that a line of the bundle comes from; the first that fits counts. */
const purposes: readonly (readonly [RegExp, string])[] = [
  [/^src\/codecs\/envelope/, 'base64, gzip'],
  [/^src\/codecs\/helm2|^node_modules\/protobufjs/, 'decode Helm 2 (protobuf)'],
  [/^src\/codecs\/helm3|^src\/go\/json/, 'encode Helm 3 (JSON)'],
  [/^src\/go\/yaml/, "read values (Go's YAML)"],
  [/^src\/migrate\/preflight|^src\/inspect|^node_modules\/yaml/, 'checks'],
  [/^src\/migrate/, 'plan, guard, compare'],
  [/^src\/storage/, 'records and objects'],
  [/^src\/kube/, 'requests, answers'],
  [/^node:zlib/, 'base64, gzip'],
  [/^node:(internal\/(tls|stream|js_stream)|_http|_tls|net|https?|events|stream)/, 'HTTP and TLS'],
];
const own: ReadonlyMap<string, string> = new Map([
  ['(idle)', 'waiting'],
  ['(program)', 'Node itself'],
  ['(garbage collector)', 'garbage collection'],
]);

/** @param bundle the profiled program: esbuild's output, not minified, which names its files */
export function profileTable(profileFile: string, bundle: string): string {
  const profile: Profile = JSON.parse(readFileSync(profileFile, 'utf8'));
  const files = filesByLine(readFileSync(bundle, 'utf8'));
  const purposeOf = new Map<number, string>();
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const walk = (id: number, inherited: string): void => {
    const node = byId.get(id);
    if (!node) return;
    const { functionName, url, lineNumber } = node.callFrame;
    const place = url.startsWith('node:') ? url : url === '' ? '' : (files[lineNumber] ?? '');
    const fits = purposes.find(([pattern]) => pattern.test(place))?.[1];
    // What Node does for a caller counts as the caller's: a Buffer's copy, a native function.
    const purpose = own.get(functionName) ?? fits ?? inherited;
    purposeOf.set(id, purpose);
    for (const child of node.children ?? []) walk(child, purpose);
  };
  const [root] = profile.nodes;
  if (root) walk(root.id, 'start, the rest');
  const totals = new Map<string, number>();
  profile.samples.forEach((id, i) => {
    const purpose = purposeOf.get(id) ?? '';
    totals.set(purpose, (totals.get(purpose) ?? 0) + (profile.timeDeltas[i] ?? 0));
  });
  return [...totals]
    .sort((a, b) => b[1] - a[1])
    .map(([purpose, time]) => `  ${purpose.padEnd(34)}${(time / 1e6).toFixed(2).padStart(6)} s`)
    .join('\n');
}

/** esbuild writes `// PATH` before what comes from a file. */
function filesByLine(text: string): string[] {
  let file = '';
  return text.split('\n').map((line) => {
    file = /^\s*\/\/ ((?:src|node_modules)\/\S+)$/.exec(line)?.[1] ?? file;
    return file;
  });
}
