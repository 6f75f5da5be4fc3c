/** The command lines that mend what `doctor` has found, whole: with the flags that lead to the very same records. */
import { printable } from '../../errors.ts';
import { rowOf } from '../../inspect/doctor/codes.ts';
import type { Finding, FoundIn } from '../../inspect/doctor/finding.ts';
import { shellQuote } from '../../shellQuote.ts';
import type { ReadArgs } from '../line/options.ts';
import { clusterFlags, flagged, helmClusterFlags, storeFlags } from './flags.ts';

export interface DoctorLine {
  readonly text: string;
  /** A sentence; absent: to be pasted. */
  readonly isSentence?: true;
}

/** @returns in their order */
export function doctorLines(finding: Finding, args: ReadArgs, program: string): DoctorLine[] {
  const { code, mend = rowOf(code).mend } = finding;
  const lines = mend.flatMap((line): DoctorLine[] => {
    const [, tool, rest = ''] = /^(releases|helm|kubectl) (.*)$/s.exec(line) ?? [];
    const filled = fillIn(rest, finding);
    if (tool === undefined) return [{ text: line, isSentence: true }];
    const { release } = finding;
    if (tool === 'releases') {
      if (isReadOnly(release) && /^(?:unlock|prune) /.test(rest))
        return [{ text: 'An archive is only read: restore it first.', isSentence: true }];
      return [{ text: `${program} ${filled}${ourFlags(finding, args)}` }];
    }
    if (!release) return [];
    if (tool === 'helm') {
      // It knows no folder.
      if (!release.inCluster && release.kind !== 'SQL')
        return [
          { text: `Once its records are where helm reads them: helm ${filled}`, isSentence: true },
        ];
      return [{ text: `${driver(release)}helm ${filled}${helmFlags(release, args)}` }];
    }
    if (!release.inCluster) return [{ text: handText(finding), isSentence: true }];
    const flags = ` -n ${shellQuote(release.namespace)}${clusterFlags(args)}`;
    const text = `kubectl ${filled}`.replace(
      /(?<=^|\| )kubectl (\w+)/g,
      `kubectl $1${flags.replaceAll('$', '$$$$')}`,
    );
    return [{ text }];
  });
  return lines.filter((one, at) => lines.findIndex(({ text }) => text === one.text) === at);
}

function isReadOnly(release: FoundIn | undefined): boolean {
  return release?.address.startsWith('file:') === true;
}

/** kubectl knows neither a file nor a row. */
function handText({ release, record }: Finding): string {
  const key = printable(record?.key ?? '', 300);
  if (release?.kind === 'SQL') return `In its row of releases_v1, after a copy: key ${key}`;
  return `In its file, after a copy: ${record?.place ?? key}`;
}

function fillIn(line: string, { release, record, revision, to, status }: Finding): string {
  const words: Readonly<{ [word: string]: string | undefined }> = {
    NAME: release?.name,
    KIND: record?.kind.toLowerCase(),
    KEY: record?.key,
    REVISION: revision?.toString(),
    TO: to?.toString(),
    STATUS: status,
  };
  return line.replace(/\b(NAME|KIND|KEY|REVISION|TO|STATUS)\b/g, (word) => {
    const value = words[word];
    return value === undefined ? word : shellQuote(value);
  });
}

function ourFlags({ release }: Finding, args: ReadArgs): string {
  const stores = flagged('--storage', args.storage ?? []);
  const namespace = release ? release.home || undefined : args.namespace;
  const everywhere = !release && args['all-namespaces'] ? ' -A' : '';
  return `${everywhere}${storeFlags({ ...args, namespace, helm: undefined })}${stores}${clusterFlags(args)}`;
}

/** Helm looks for records where the release is, or where they are. */
function helmFlags({ namespace, own }: FoundIn, args: ReadArgs): string {
  return ` -n ${shellQuote(namespace || own)}${helmClusterFlags(args)}`;
}

function driver({ kind }: FoundIn): string {
  return kind === 'Secret' ? '' : `HELM_DRIVER=${kind.toLowerCase()} `;
}
