/**
 * What Helm 3 and 4 make of a plugin.yaml that was written for Helm 2. Helm 3 is strict, and one file
 * that it doesn't take hides every plugin; Helm 4 leaves out the single plugin.
 */
import { isMap, isScalar, isSeq, parseDocument, type YAMLMap } from 'yaml';
import { printable, UnreadableError } from '../../errors.ts';

export interface PluginFile {
  readonly name: string;
  /** '' when it has none. */
  readonly version: string;
  /** What will be different in Helm 3 or 4. */
  readonly notes: readonly string[];
}

/** Bytes. */
export const maxPluginFile = 1 << 20;

/** Helm 3's fields (pkg/plugin), by what they hold. */
const fields: { readonly [name: string]: 'text' | 'truth' | 'list' | 'map' } = {
  name: 'text',
  version: 'text',
  usage: 'text',
  description: 'text',
  command: 'text',
  ignoreFlags: 'truth',
  useTunnel: 'truth',
  hooks: 'map',
  platformHooks: 'map',
  platformCommand: 'list',
  downloaders: 'list',
};

/** @throws UnreadableError when Helm 3 doesn't take it */
export function readPluginFile(text: string): PluginFile {
  const content = parse(text);
  for (const pair of content.items) {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    const kind = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (kind === undefined)
      throw new UnreadableError(
        `its plugin.yaml has a field that Helm 3 refuses: ${printable(key, 40)}`,
      );
    if (!holds(pair.value, kind))
      throw new UnreadableError(`its plugin.yaml: ${key} holds something else than a ${kind}`);
  }
  const name = textOf(content, 'name');
  if (!/^[A-Za-z0-9_-]+$/.test(name))
    throw new UnreadableError(
      'its plugin.yaml has a name that Helm 3 refuses: letters, digits, - and _ only',
    );
  const version = textOf(content, 'version');
  return { name, version, notes: [...notesOf(content, version)] };
}

function* notesOf(content: YAMLMap, version: string): Generator<string> {
  if (textOf(content, 'useTunnel') === 'true')
    yield "it asks for a tunnel to Tiller, which Helm 3 and 4 don't make";
  const runs = ['command', 'platformCommand', 'hooks', 'downloaders']
    .map((key) => JSON.stringify(content.get(key) ?? ''))
    .join(' ');
  const gone = ['HELM_HOME', 'HELM_HOST', 'HELM_PATH_', 'TILLER_'].filter((name) =>
    runs.includes(name),
  );
  if (gone.length > 0) yield `its plugin.yaml uses ${gone.join(', ')}, which Helm 3 doesn't set`;
  if (version !== '' && !semver.test(version))
    yield "Helm 4 doesn't load it: its version is no semantic version";
  const hasCommand = textOf(content, 'command') !== '';
  const several = (key: string) => {
    const value = content.get(key);
    return isSeq(value) && value.items.length > 0;
  };
  if (hasCommand && several('platformCommand'))
    yield "Helm 4 doesn't load it: it has both a command and a platformCommand";
  if (several('downloaders') && (hasCommand || several('platformCommand')))
    yield 'Helm 4 takes it for a downloader only, and not for a command';
}

/** Strict, as Helm 4 reads it: no leading v, three numbers. */
const semver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

function parse(text: string): YAMLMap {
  const broken = new UnreadableError("its plugin.yaml can't be read: not YAML");
  let content: unknown;
  try {
    const document = parseDocument(text, { schema: 'failsafe', logLevel: 'silent' });
    if (document.errors.length > 0) throw broken;
    content = document.contents;
  } catch {
    throw broken;
  }
  if (!isMap(content)) throw broken;
  return content;
}

/** An empty value is one of any kind. */
function holds(value: unknown, kind: 'text' | 'truth' | 'list' | 'map'): boolean {
  if (value === null || (isScalar(value) && /^(~|null|)$/.test(String(value.value ?? ''))))
    return true;
  if (kind === 'list') return isSeq(value);
  if (kind === 'map') return isMap(value);
  if (!isScalar(value)) return false;
  return kind === 'text' || /^(true|false|yes|no|on|off)$/i.test(String(value.value));
}

function textOf(content: YAMLMap, key: string): string {
  const value = content.get(key, true);
  return isScalar(value) ? String(value.value ?? '') : '';
}
