// What is in an archive, in its order, and what the archive is called.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { root } from '../setup.mjs';
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
    {
      name: 'plugin.yaml',
      content: Buffer.from(helmPlugin(file('plugin.yaml').toString(), platform)),
    },
    { name: 'LICENSE', content: file('LICENSE') },
    { name: 'THIRD-PARTY-NOTICES.txt', content: Buffer.from(await notices()) },
    { name: 'sbom.cdx.json', content: Buffer.from(await sbom(platform, version)) },
  ];
}

/** plugin.yaml of the repository starts Node; an archive's starts the program beside it. */
function helmPlugin(text, platform) {
  const document = parseDocument(text);
  const { description } = document.toJS();
  document.contents.commentBefore = null;
  document.set('description', description.replace(/\s*Needs Node [^.]*\.[^.]*\./, ''));
  document.set('command', `$HELM_PLUGIN_DIR/${programOf(platform)}`);
  return document.toString({ lineWidth: 0 });
}
