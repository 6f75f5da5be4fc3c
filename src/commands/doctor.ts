/** `doctor [RELEASE…]`: what is wrong with releases, what helm will say, and what mends it. */
import { type ExitCode, exitCodes, ReleasesError, typed } from '../errors.ts';
import { type Severity, severities } from '../inspect/doctor/codes.ts';
import { examine } from '../inspect/doctor/examine.ts';
import { type Finding, inOrder, isAsBad } from '../inspect/doctor/finding.ts';
import { lookAtObjects } from '../inspect/doctor/live.ts';
import { type SurveyedRelease, surveyOf } from '../inspect/doctor/survey.ts';
import { requireNamespaces } from '../inspect/namespaces.ts';
import { type Partly, type ReadSource, readSources, type Skipped } from '../inspect/sources.ts';
import { doctorData, findingData, type Looked, printDoctor } from '../output/doctor.ts';
import { documentForms, printDocument } from '../output/templates/document.ts';
import { parseFormat } from '../output/templates/format.ts';
import type { IO } from '../output/terminal/io.ts';
import { age, size } from '../output/terminal/units.ts';
import { defineCommand } from './command.ts';
import { doctorLines } from './hints/doctorLines.ts';
import { usage } from './line/arguments.ts';
import { contextsOption, helm3ReadOptions, type ReadArgs } from './line/options.ts';
import { chooseRelease } from './reading/release.ts';
import { addressOf } from './stores/connections.ts';
import { scopeOf } from './stores/scope.ts';
import { chooseReads, describeSources, type Reads } from './stores/stores.ts';

export const doctor = defineCommand({
  name: 'doctor',
  describe: 'find what is wrong with releases, what helm will say to it, and what mends it',
  details: [
    'Reads the metadata of every record, and the bodies of those that are not superseded and of the newest.',
    'Without RELEASE every release of the scope is looked at. A line for each finding, the worst first, with',
    'a code that never changes its meaning: an error stops the next helm command, a warning may stop a rollback,',
    'an uninstall or a later upgrade, a note is good to know. --details says of each what helm says, and which',
    'command mends it. Nothing is written. What may not be read is a finding, too. Records of Helm 3 and 4.',
    'docs/doctor.md has all codes. A JSONPath starts from {.findings}; custom columns have a row for each.',
  ],
  examples: [
    ['doctor -A', 'everything, at three in the morning'],
    ['doctor billing -n pay --details', 'one release: what helm will say, and what mends it'],
    ['doctor -A --fail-on error -o json', 'for a nightly check: exit code 3 where helm would fail'],
    ["doctor -A --deep --contexts 'prod-*'", 'every body of several clusters'],
    ['doctor -n pay --live', 'objects that are missing, being deleted, or of another release'],
    ['doctor --storage dir:./dump', 'a folder of manifests, or an archive'],
  ],
  arguments: { name: 'many' },
  inContexts: 'text',
  options: {
    'all-namespaces': { type: 'boolean', alias: 'A', describe: 'releases of all namespaces' },
    deep: {
      type: 'boolean',
      describe: 'read every body, and look for records that no list of helm shows',
    },
    live: {
      type: 'boolean',
      describe: 'look at the objects of what is deployed, and at what the server serves',
    },
    details: { type: 'boolean', describe: 'what helm says to each finding, and what mends it' },
    'fail-on': {
      type: 'string',
      choices: severities,
      default: 'warning',
      describe: 'exit code 3 where a finding is so bad, or worse',
    },
    output: {
      type: 'string',
      alias: 'o',
      default: 'table',
      describe: `output format: table, ${documentForms}`,
    },
    contexts: contextsOption('look into'),
    ...helm3ReadOptions,
  },
  async handler(given: DoctorArgs, io): Promise<ExitCode> {
    if (given['all-namespaces'] && given.namespace) throw usage('either -n or -A, not both');
    const format = await parseFormat(given.output, ['table', 'json', 'yaml']);
    const args: DoctorArgs = { ...given, helm: '3' };
    const addresses = await Promise.all((args.storage ?? []).map(addressOf));
    const reads = await chooseReads(args, io.env);
    try {
      const { words: scope } = await scopeOf(args, io.env, { addresses });
      const { releases, unread, sources } = await survey(args, reads, io);
      const cluster = args.live
        ? await lookAtObjects(releases, (await reads.kube()).api)
        : undefined;
      const findings = inOrder([
        ...examine(releases, { now: Date.now(), age, size, cluster }),
        ...unread,
      ]);
      const flags = { ...args, helm: undefined };
      const told = findings.map((finding) => ({
        finding,
        mend: doctorLines(finding, flags, io.program),
      }));
      const looked = lookedAt(releases, scope, sources, args);
      const document = {
        data: () => doctorData(told, looked),
        rows: () => told.map(findingData),
      };
      if (!printDocument(format, document, io))
        printDoctor(told, looked, args.details === true, io);
      const failOn = args['fail-on'] as Severity;
      return isAsBad(findings, failOn) ? exitCodes.needsPerson : exitCodes.done;
    } finally {
      reads.close();
    }
  },
});

interface DoctorArgs extends ReadArgs {
  readonly name: readonly string[];
  readonly deep?: boolean | undefined;
  readonly live?: boolean | undefined;
  readonly details?: boolean | undefined;
  readonly 'fail-on': string;
  readonly output: string;
}

interface Survey {
  readonly releases: readonly SurveyedRelease[];
  /** What may not be read, as findings. */
  readonly unread: readonly Finding[];
  /** Those that were read. */
  readonly sources: readonly ReadSource[];
}

/** @throws ReleasesError NOT_FOUND for a name that no release has */
async function survey(args: DoctorArgs, reads: Reads, io: IO): Promise<Survey> {
  const names = args.name.length > 0 ? [...new Set(args.name)] : undefined;
  const { results, skipped, partly } = await readSources(reads.sources, async (source) => ({
    source,
    found: await surveyOf(source, { deep: args.deep === true, live: args.live === true, names }),
  }));
  const sources = results.map(({ source }) => source);
  await requireNamespaces(
    reads.namedNamespaces,
    sources,
    (one) => results.some(({ source, found }) => source === one && found.length === 0),
    () => reads.namespaceHints(io.program),
  );
  // A list by name shows what names it in any part.
  const releases = results
    .flatMap(({ found }) => found)
    .filter(({ name }) => !names || names.includes(name));
  const missing = names?.find((name) => !releases.some((one) => one.name === name));
  if (missing !== undefined) await throwMissing(missing, args, reads, io);
  return { releases, unread: unreadFindings(skipped, partly), sources };
}

async function throwMissing(name: string, args: DoctorArgs, reads: Reads, io: IO): Promise<void> {
  // It says where the name is after all, or which is nearly the same.
  if (!args['all-namespaces']) await chooseRelease(reads, name, io);
  throw new ReleasesError('NOT_FOUND', `there is no release ${typed(name, 60)}`, {
    why: [`looked in ${describeSources(reads.sources)}`],
    hints: [reads.listHint(io.program)],
  });
}

function unreadFindings(skipped: readonly Skipped[], partly: readonly Partly[]): Finding[] {
  return [
    ...skipped.map(({ source }): Finding => {
      return { code: 'unread', message: `no permission to look into ${describeSources([source])}` };
    }),
    ...partly.map(({ source, why }): Finding => {
      return { code: 'unread', message: `${describeSources([source])} ${why}: there may be more` };
    }),
  ];
}

function lookedAt(
  releases: readonly SurveyedRelease[],
  scope: string,
  sources: readonly ReadSource[],
  { deep, live }: DoctorArgs,
): Looked {
  const records = releases.flatMap(({ revisions }) => revisions);
  return {
    ...{ scope, deep: deep === true, live: live === true },
    releases: new Set(releases.map(({ home, name }) => `${home}/${name}`)).size,
    records: records.length,
    bodies: records.filter(({ body }) => body).length,
    stores: [...new Set(sources.map((source) => describeSources([source])))],
  };
}
