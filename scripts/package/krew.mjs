// The krew manifest of a release: krew-manifest.yaml of the repository, with what is known only once the
// archives are there.
import { parseDocument } from 'yaml';
import { archiveName } from './contents.mjs';

/**
 * @param {string} template krew-manifest.yaml
 * @param {readonly { platform: import('./platforms.mjs').Platform, sha256: string }[]} made
 * @param {{ version: string, url: string }} release where the archives will be, without a slash at the end
 */
export function krewManifest(template, made, { version, url }) {
  const document = parseDocument(template);
  const platforms = document.toJS().spec.platforms.flatMap((entry) => {
    const { os, arch } = entry.selector.matchLabels;
    const found = made.find(({ platform }) => platform.os === os && platform.arch === arch);
    if (!found) return [];
    const uri = `${url}/${archiveName(found.platform, version)}`;
    return [
      { selector: entry.selector, uri, sha256: found.sha256, files: entry.files, bin: entry.bin },
    ];
  });
  document.setIn(['spec', 'version'], `v${version}`);
  document.setIn(['spec', 'platforms'], platforms);
  document.contents.items[0].key.commentBefore = null;
  return document.toString({ lineWidth: 0 });
}
