// What is in an archive, in its order, and what the archive is called.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup.mjs';
import { helmPluginOf } from './helmPlugin.mjs';
import { notices, sbom } from './notices.mjs';
import { programOf } from './platforms.mjs';

/** @param {import('./platforms.mjs').Platform} platform */
export function archiveName({ os, arch }, version) {
  return `kubectl-releases_${version}_${os}_${arch}.${os === 'windows' ? 'zip' : 'tar.gz'}`;
}

/**
 * @param {import('./platforms.mjs').Platform} platform
 * @param {Buffer} program
 * @returns {Promise<import('./archive.mjs').Entry[]>}
 */
export async function contentsOf(platform, program, version) {
  const file = (name) => readFileSync(join(root, name));
  return [
    { name: programOf(platform), content: program, executable: true },
    ...(await helmPluginOf(platform)),
    { name: 'LICENSE', content: file('LICENSE') },
    { name: 'THIRD-PARTY-NOTICES.txt', content: Buffer.from(await notices()) },
    { name: 'sbom.cdx.json', content: Buffer.from(await sbom(platform, version)) },
  ];
}
