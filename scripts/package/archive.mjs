// Archives that depend on their content alone: entries in the order given, one time for all, no owner.
// Plain files without folders: krew and helm unpack nothing else.
// fflate packs them in JavaScript alone: node:zlib takes what the processor offers, and its bytes may differ.
import { gzipSync, zipSync } from 'fflate';
import { packTar } from 'modern-tar';

/** @typedef {{ name: string, content: Buffer, executable?: boolean }} Entry */

const mode = ({ executable }) => (executable ? 0o755 : 0o644);

/** @param {readonly Entry[]} entries */
export async function tarGz(entries) {
  const mtime = new Date(Date.UTC(1980, 0, 1));
  const tar = await packTar(
    entries.map(({ name, content, ...rest }) => ({
      header: { name, size: content.length, mode: mode(rest), mtime, uid: 0, gid: 0, type: 'file' },
      body: content,
    })),
  );
  return Buffer.from(gzipSync(tar, { level: 6, mtime: 0 }));
}

/** @param {readonly Entry[]} entries */
export function zip(entries) {
  const unix = 3;
  // A zip's times have no zone, and fflate writes the local ones.
  const mtime = new Date(1980, 0, 1);
  const files = entries.map((entry) => [
    entry.name,
    [new Uint8Array(entry.content), { mtime, os: unix, attrs: (0o100000 | mode(entry)) << 16 }],
  ]);
  return Buffer.from(zipSync(Object.fromEntries(files), { level: 6 }));
}
