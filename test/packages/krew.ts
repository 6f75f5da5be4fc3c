/**
 * What krew demands of a plugin manifest, and what it does with one. krew itself can't be had as a
 * package, so its rules stand here, from internal/index/validation, internal/installation,
 * internal/download and cmd/validate-krew-manifest of its sources, and from its developer guide.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface KrewPlatform {
  readonly uri?: string;
  readonly sha256?: string;
  readonly selector?: { readonly matchLabels?: { readonly [key: string]: string } };
  readonly files?: readonly { readonly from?: string; readonly to?: string }[];
  readonly bin?: string;
}

export interface KrewManifest {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string };
  readonly spec?: {
    readonly version?: string;
    readonly shortDescription?: string;
    readonly description?: string;
    readonly platforms?: readonly KrewPlatform[];
  };
}

/** Names that Windows keeps for itself. */
const reserved = /^(con|prn|aux|nul|(com|lpt)[1-9])$/i;

/** Where krew runs. */
const supported = [
  ...['386', 'amd64', 'arm64'].flatMap((arch) => [`windows/${arch}`, `darwin/${arch}`]),
  ...['386', 'amd64', 'arm', 'arm64', 'ppc64le'].map((arch) => `linux/${arch}`),
];

/** The files of which krew's index wants one to be installed. */
const licence = /^(licenses?|copying)(\.txt|\.md)?$/i;

const matches = ({ selector }: KrewPlatform, name: string) => {
  const [os, arch] = name.split('/');
  const { os: wantedOs = os, arch: wantedArch = arch } = selector?.matchLabels ?? {};
  return wantedOs === os && wantedArch === arch;
};

/** Everything that krew, or a review for its index, would refuse; each begins with the field's name. */
export function krewFaults(name: string, manifest: KrewManifest): string[] {
  const { apiVersion, kind, metadata, spec = {} } = manifest;
  const { version = '', shortDescription = '', description = '', platforms = [] } = spec;
  const faults = [
    [apiVersion === 'krew.googlecontainertools.github.com/v1alpha2', 'apiVersion is unknown'],
    [kind === 'Plugin', 'kind is not Plugin'],
    [/^[a-z0-9-]+$/.test(name) && metadata?.name === name, 'name is not the plugin’s, or unsafe'],
    [!reserved.test(name), 'name is one that Windows keeps for itself'],
    [
      /^[^\r\n]{1,50}$/.test(shortDescription),
      'shortDescription is empty or more than a short line',
    ],
    [description.length > 0, 'description is empty'],
    [/^v\d+\.\d+\.\d+(-[\w.-]+)?$/.test(version), 'version is not v and a semantic version'],
    [platforms.length > 0, 'platforms are missing'],
    [
      platforms.every((one) => supported.some((pair) => matches(one, pair))),
      'selector means no platform that krew runs on',
    ],
    [
      supported.every((pair) => platforms.filter((one) => matches(one, pair)).length <= 1),
      'selector means a platform that another one means, too',
    ],
  ] as const;
  return [
    ...faults.filter(([good]) => !good).map(([, fault]) => fault),
    ...platforms.flatMap(platformFaults),
  ];
}

function platformFaults({ uri = '', sha256 = '', selector, files, bin = '' }: KrewPlatform) {
  const labels = selector?.matchLabels ?? {};
  const keys = Object.keys(labels);
  const windows = labels['os'] === 'windows';
  const clean = (path: string) =>
    path === '.' || (/^[\w.-]+(\/[\w.-]+)*$/.test(path) && !/(^|\/)\.{1,2}(\/|$)/.test(path));
  const faults = [
    [/^https:\/\/.+\.(tar\.gz|zip)$/.test(uri), 'uri is no archive over https'],
    [/^[a-f0-9]{64}$/.test(sha256), 'sha256 is not 64 lower-case hexadecimal digits'],
    [bin !== '' && clean(bin), 'bin leaves the folder or is missing'],
    [windows === bin.endsWith('.exe'), 'bin is an .exe on Windows, and only there'],
    [
      keys.length > 0 && keys.every((key) => key === 'os' || key === 'arch'),
      'selector has other keys',
    ],
    [
      files === undefined ||
        (files.length > 0 && files.every(({ from = '', to = '' }) => from !== '' && clean(to))),
      'files are empty, or go to a path that is not clean',
    ],
    [
      files === undefined || files.some(({ from = '' }) => licence.test(basename(from))),
      'files are without the licence',
    ],
  ] as const;
  return faults.filter(([good]) => !good).map(([, fault]) => fault);
}

/**
 * What `krew install --manifest --archive` does once the archive is unpacked: copies the files that are
 * named into its store, and links the program as kubectl will look for it, in a folder for the PATH.
 * @param version the plugin's, with its v
 * @param unpacked the folder that the archive was unpacked into
 * @param krewRoot `~/.krew`
 */
export function krewInstall(
  { sha256 = '', files = [], bin = '' }: KrewPlatform,
  version: string,
  archive: string,
  unpacked: string,
  krewRoot: string,
): void {
  const actual = createHash('sha256').update(readFileSync(archive)).digest('hex');
  if (actual !== sha256) throw new Error(`the checksum of ${archive} is ${actual}, not ${sha256}`);
  const store = join(krewRoot, 'store', 'releases', version);
  const binaries = join(krewRoot, 'bin');
  for (const folder of [store, binaries]) mkdirSync(folder, { recursive: true });
  for (const { from = '', to = '' } of files)
    copyFileSync(join(unpacked, from), join(store, to === '.' ? from : to));
  symlinkSync(join(store, bin), join(binaries, 'kubectl-releases'));
}
