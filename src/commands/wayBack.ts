/**
 * The command that gives releases their old names and namespaces again: it also brings their live objects
 * back, which `restore` doesn't.
 */
import type { Owner3 } from '../migrate/adopt/ownership.ts';
import { isMovable, type Plan } from '../migrate/plan.ts';
import type { RelocationEnds } from './relocationEnds.ts';
import { word } from './roleLine.ts';

interface RenamingArgs {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly 'to-name'?: string | undefined;
  readonly 'to-namespace'?: string | undefined;
  readonly 'no-adopt'?: boolean | undefined;
  readonly 'leave-objects'?: boolean | undefined;
}

/** What every such line has. */
export interface LineParts {
  readonly program: string;
  /** The flags that choose the cluster, from `undoFlags`. */
  readonly flags: string;
}

/**
 * One line for each pair of namespaces that releases have changed.
 * @param renamed from the namespaces as they were to the new ones
 * @returns undefined where nothing was renamed, or where `restore` is what helps
 */
export function wayBack(
  { releases }: Plan,
  args: RenamingArgs,
  { to, sameCluster }: Pick<RelocationEnds, 'to' | 'sameCluster'>,
  renamed: ReadonlyMap<string, string>,
  parts: LineParts,
): string | undefined {
  const moved = releases.filter((release) => isMovable(release) && release.owner === 'helm');
  const names = args['to-name'] !== undefined || args['to-namespace'] !== undefined;
  const maps = moved.some(({ namespace }) => renamed.has(namespace));
  if (!(names || maps) || !sameCluster) return undefined;
  // Where its records were is known by addresses alone.
  if (to.namespace !== undefined || (args.to === undefined) !== (args.from === undefined))
    return undefined;
  const more = [
    ...(args.to && args.from ? [`--from ${word(args.to)} --to ${word(args.from)}`] : []),
    ...(args['no-adopt'] ? ['--no-adopt'] : []),
    ...(args['leave-objects'] ? ['--leave-objects'] : []),
  ];
  if (names) {
    const [only] = moved;
    if (!only) return undefined;
    const { name, namespace } = only;
    const now = {
      name: args['to-name'] ?? name,
      namespace: args['to-namespace'] ?? namespace,
    };
    return renamingLine(now, only, parts, more);
  }
  const groups = new Map<string, string[]>();
  for (const { name, namespace } of moved)
    groups.set(namespace, [...(groups.get(namespace) ?? []), name]);
  const lines = [...groups].map(([old, own]) => {
    const now = renamed.get(old) ?? old;
    const back = now === old ? [] : [`--map-namespace ${word(now)}=${word(old)}`];
    return line(own, now, [...back, ...more], parts);
  });
  return lines.length > 0 ? lines.join('\n      ') : undefined;
}

/** For one release. */
export function renamingLine(
  now: Owner3,
  then: Owner3,
  parts: LineParts,
  more: readonly string[] = [],
): string {
  const flags = [
    ...(now.name === then.name ? [] : [`--to-name ${word(then.name)}`]),
    ...(now.namespace === then.namespace ? [] : [`--to-namespace ${word(then.namespace)}`]),
  ];
  return line([now.name], now.namespace, [...flags, ...more], parts);
}

function line(
  names: readonly string[],
  namespace: string,
  more: readonly string[],
  { program, flags }: LineParts,
): string {
  const words = [...names.map(word), `-n ${word(namespace)}`, ...more, '--delete-source'];
  return `${program} relocate ${words.join(' ')}${flags}`;
}
