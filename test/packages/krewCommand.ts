/**
 * `kubectl krew install --manifest=FILE --archive=FILE` as krew does it, by the rules in krew.ts: a
 * stand-in for krew, which kubectl finds on the PATH.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { type KrewManifest, krewFaults, krewInstall } from './krew.ts';

const { values, positionals } = parseArgs({
  options: {
    manifest: { type: 'string', default: '' },
    archive: { type: 'string', default: '' },
  },
  allowPositionals: true,
});
if (positionals.join() !== 'install') throw new Error(`krew ${positionals.join(' ')}: unknown`);
const manifest = parse(readFileSync(values.manifest, 'utf8')) as KrewManifest;
const faults = krewFaults(manifest.metadata?.name ?? '', manifest);
if (faults.length > 0) throw new Error(faults.join('; '));
const arch = process.arch === 'x64' ? 'amd64' : process.arch;
const platform = manifest.spec?.platforms?.find(
  ({ selector }) =>
    selector?.matchLabels?.['os'] === process.platform && selector.matchLabels['arch'] === arch,
);
if (!platform) throw new Error(`the plugin is not for ${process.platform}/${arch}`);
const unpacked = mkdtempSync(join(tmpdir(), 'krew-'));
const { status, stderr } = spawnSync('tar', ['-xzf', values.archive, '-C', unpacked]);
if (status !== 0) throw new Error(String(stderr));
krewInstall(
  platform,
  manifest.spec?.version ?? '',
  values.archive,
  unpacked,
  join(homedir(), '.krew'),
);
