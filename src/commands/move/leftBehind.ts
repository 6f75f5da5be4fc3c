/** What lies in a cluster beside the store that a relocation reads: other drivers' releases, and Helm 2's. */
import { printable, typed } from '../../errors.ts';
import { type ReadSource, readSources } from '../../inspect/sources.ts';
import { countOf } from '../../output/plans/plan.ts';
import { note } from '../../output/terminal/errors.ts';
import type { IO } from '../../output/terminal/io.ts';
import { namesOf } from '../../record.ts';
import type { Advice } from './notFound.ts';

/** Releases beside what is read, and the flag that reads them. */
interface Left {
  /** Each once, by name and storage namespace. */
  readonly releases: ReadonlySet<string>;
  readonly where: string;
  readonly flag: string;
}

/**
 * Only what may be looked into; nobody is told of the rest, who asked for something else.
 * @param name absent: every release
 */
async function leftIn(beside: readonly ReadSource[], name?: string): Promise<readonly Left[]> {
  const optional = beside.map((source) => ({ ...source, optional: true }));
  const { results } = await readSources(optional, async ({ storage, selection }) => {
    const releases = new Set<string>();
    for await (const page of storage.listMeta({ ...selection, ...(name && { name }) }))
      for (const record of page) {
        const [found] = namesOf(record);
        if (found !== undefined) releases.add(JSON.stringify([found, record.namespace]));
      }
    const type = printable(storage.address);
    const isHelm2 = selection.owner === 'tiller';
    return {
      releases,
      where: isHelm2 ? 'of Helm 2' : `in ${type}`,
      flag: isHelm2 ? '--helm 2' : `--from ${type}`,
    };
  });
  const together = new Map<string, Left>();
  for (const left of results) {
    const releases = new Set([...(together.get(left.where)?.releases ?? []), ...left.releases]);
    if (releases.size > 0) together.set(left.where, { ...left, releases });
  }
  return [...together.values()];
}

/** Whoever moves a whole cluster must not leave a part of it behind without a word. */
export async function noteLeft(beside: readonly ReadSource[], io: IO): Promise<void> {
  const left = await leftIn(beside);
  if (left.length === 0) return;
  const parts = left.map(
    ({ releases, where, flag }) => `${countOf(releases.size, 'release')} ${where} (${flag})`,
  );
  note(io, `not among these: ${parts.join(', ')}`);
}

/** `billing is there in configmap: --from configmap`, for a name that isn't where it was looked for. */
export async function elsewhereLines(name: string, beside: readonly ReadSource[]): Promise<Advice> {
  const left = await leftIn(beside, name);
  return {
    why: left.map(({ where }) => `there is a ${typed(name, 60)} ${where}`),
    hints: left.map(({ flag }) => flag),
  };
}
