/**
 * Helm 2 releases to measure with: made up from a seed, and in their sizes like those of the old
 * public charts. Their records take 15 KB (median) to 29 KB (mean) and pack 2.8 to 3.2 to 1; these
 * take some 22 KB and pack 2.2 to 1.
 */
import type { Chart, File, Release } from '../../src/release.ts';

export interface Size {
  readonly releases: number;
  readonly revisions: number;
  readonly seed: number;
  /** Releases are spread over them. */
  readonly namespaces: readonly string[];
}

const chartCount = 40;

/** Every revision of every release, a release's revisions one after the other, oldest first. */
export function* makeReleases(size: Size): Generator<Release> {
  const pick = random(size.seed);
  const words = makeVocabulary(pick);
  const charts = Array.from({ length: chartCount }, (_, i) => makeChart(`chart-${i}`, pick, words));
  for (let i = 0; i < size.releases; i++) {
    const chart = charts[i % charts.length];
    const namespace = size.namespaces[i % size.namespaces.length];
    if (!chart || namespace === undefined) throw new Error('no chart, no release');
    const name = `release-${String(i + 1).padStart(4, '0')}`;
    for (let revision = 1; revision <= size.revisions; revision++)
      yield makeRevision({ name, namespace, revision, of: size.revisions }, chart, pick, words);
  }
}

/** A seeded generator (mulberry32): n → a whole number below n. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 4294967296) * below);
  };
}

type Pick = ReturnType<typeof random>;

/** What all texts are put together from. */
interface Vocabulary {
  readonly words: readonly string[];
  readonly lines: readonly string[];
  readonly sentences: readonly string[];
}

function makeVocabulary(pick: Pick): Vocabulary {
  const letter = () => String.fromCharCode(97 + pick(26));
  const word = () => Array.from({ length: 3 + pick(8) }, letter).join('');
  const words = Array.from({ length: 3000 }, word);
  return {
    words,
    lines: Array.from({ length: 600 }, () => madeLine(pick, words)),
    sentences: Array.from({ length: 200 }, () => madeSentence(pick, words)),
  };
}

interface Made {
  readonly chart: Chart;
  /** What its templates render to, but for the image's tag. */
  readonly objects: readonly string[];
}

function makeChart(name: string, pick: Pick, words: Vocabulary): Made {
  // From a third of the middle size to two and a half times it, small ones more often.
  const scale = 0.24 + (1.3 * pick(1000) * pick(1000)) / 1e6;
  const file = (path: string, text: string): File => ({ name: path, data: Buffer.from(text) });
  const templates = Array.from({ length: 10 }, (_, i) =>
    file(`templates/object-${i}.yaml`, yamlText(2700 * scale, pick, words)),
  );
  const chart: Chart = {
    metadata: {
      ...{ name, version: `1.${pick(20)}.${pick(9)}`, appVersion: `${pick(9)}.${pick(30)}` },
      ...{ description: proseText(60, pick, words), home: `https://${name}.example.com` },
      ...{ sources: [`https://git.example.com/${name}`], keywords: [], icon: '' },
      maintainers: [{ name: 'Team', email: 'team@example.com', url: '' }],
      ...{ apiVersion: 'v1', condition: '', tags: '', deprecated: false, annotations: {} },
      ...{ kubeVersion: '', dependencies: [], type: '', engine: 'gotpl', tillerVersion: '' },
    },
    templates,
    values: { yaml: yamlText(5400 * scale, pick, words) },
    files: [
      file('README.md', proseText(15000 * scale, pick, words)),
      file('.helmignore', '.git\n*.swp\n'),
    ],
    ...{ lock: null, schema: null },
  };
  const objects = Array.from({ length: 6 }, () => yamlText(2300 * scale, pick, words));
  return { chart, objects };
}

interface Which {
  readonly name: string;
  readonly namespace: string;
  readonly revision: number;
  readonly of: number;
}

function makeRevision(which: Which, made: Made, pick: Pick, words: Vocabulary): Release {
  const { name, namespace, revision } = which;
  const at = new Date(Date.UTC(2019, 0, 1) + (revision * 86400 + pick(86400)) * 1000);
  const time = at.toISOString().replace('Z', `${String(pick(1e6)).padStart(6, '0')}Z`);
  const tag = Array.from({ length: 40 }, () => pick(16).toString(16)).join('');
  const manifest = made.objects.map(
    (text, i) =>
      `---\n# Source: ${made.chart.metadata?.name}/templates/object-${i}.yaml\napiVersion: v1\nkind: ConfigMap\n` +
      `metadata:\n  name: ${name}-${i}\n  labels:\n    heritage: Tiller\n    release: ${name}\ndata:\n  image: app:${tag}\n` +
      `  text: |\n${text.replace(/^/gm, '    ')}\n`,
  );
  return {
    ...{ helm: 2, name, namespace, revision },
    info: {
      ...{ firstDeployed: '2019-01-01T09:00:00.123456789Z', lastDeployed: time },
      description: 'Upgrade complete',
      status: revision === which.of ? 'deployed' : 'superseded',
      notes: proseText(500, pick, words),
    },
    chart: made.chart,
    config: { yaml: `image:\n  tag: ${tag}\n${yamlText(600, pick, words)}` },
    manifest: manifest.join('\n'),
    hooks: [],
  };
}

/** Lines that come again and again, nested at random, with lines of its own between them. */
function yamlText(length: number, pick: Pick, { lines, words }: Vocabulary): string {
  let text = '';
  for (let depth = 0, number = 1; text.length < length; number++) {
    const indent = '  '.repeat(depth);
    const opens = depth < 4 && pick(4) === 0;
    const line = pick(20) === 0 ? madeLine(pick, words) : often(lines, pick);
    text += opens ? `${indent}${often(words, pick)}:\n${indent}  n${number}: 0\n` : '';
    text += `${indent}${opens ? '  ' : ''}${line}\n`;
    depth = opens ? depth + 1 : Math.max(0, depth - pick(3));
  }
  return text;
}

function madeLine(pick: Pick, words: readonly string[]): string {
  const word = () => often(words, pick);
  const values = [`${pick(70000)}`, 'true', `${word()}-${word()}`, `"${word()} ${word()}"`];
  return `${word()}${word()}: ${values[pick(values.length)]}`;
}

function proseText(length: number, pick: Pick, { sentences, words }: Vocabulary): string {
  let text = '';
  while (text.length < length)
    text += pick(8) === 0 ? madeSentence(pick, words) : often(sentences, pick);
  return text;
}

function madeSentence(pick: Pick, words: readonly string[]): string {
  return `${Array.from({ length: 4 + pick(8) }, () => often(words, pick)).join(' ')}.\n`;
}

/** The first ones often, the last ones seldom. */
function often(texts: readonly string[], pick: Pick): string {
  return texts[Math.floor((pick(1_000_000) / 1_000_000) ** 4 * texts.length)] ?? '';
}
