/**
 * Records from a pipe, `-`: what `kubectl get secret,configmap -A -o yaml` prints, or any manifests. It is
 * read once and to its end, when the first question comes, and never written.
 */

import { printable, ReleasesError } from '../errors.ts';
import { kubectlLine } from '../kube/hints.ts';
import { type ReadRecord, refId, shownPlace } from '../record.ts';
import { beginsLikeArchive, notFromPipe } from './archive/magicBytes.ts';
import { decodeText, maxFileBytes } from './files/folder.ts';
import { readManifests } from './files/manifests.ts';
import { merge } from './files/merge.ts';
import { isSelected } from './select.ts';
import type { Selection, Storage } from './storage.ts';

export interface PipeOptions {
  /** Records a page; absent: 250. */
  readonly pageSize?: number;
}

const name = 'standard input';
const onlyRead = 'is the standard input, which is only read';

/** @param input what comes through the pipe; a terminal is somebody who waits */
export function openPipe(
  input: AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean },
  options: PipeOptions = {},
): Storage {
  const { pageSize = 250 } = options;
  if (input.isTTY)
    throw new ReleasesError('USAGE', '- reads the standard input, and that is a terminal', {
      hints: [kubectlLine('get secret,configmap -A -o yaml | kubectl releases list --storage -')],
    });
  let read: Promise<readonly ReadRecord[]> | undefined;
  const records = () => {
    read ??= readAll(input);
    return read;
  };

  async function* list(selection: Selection) {
    const found = (await records()).filter((record) => isSelected(record, selection));
    for (let at = 0; at < found.length; at += pageSize) yield found.slice(at, at + pageSize);
  }

  const refuse = (key: string): never => {
    throw new ReleasesError('FILE', `${printable(key)} ${onlyRead}`);
  };
  return {
    address: '-',
    kinds: ['Secret', 'ConfigMap'],
    capabilities: {
      durable: false,
      preconditions: true,
      metadataOnly: false,
      selects: false,
      inCluster: false,
      maxRecordBytes: undefined,
    },
    list,
    listMeta: list,
    get: async (ref) => (await records()).find((record) => refId(record) === refId(ref)),
    create: async (record) => refuse(shownPlace(record)),
    replace: async (record) => refuse(shownPlace(record)),
    delete: async (record) => refuse(shownPlace(record)),
    undeletable: async () => onlyRead,
  };
}

/** An empty list is something: what found nothing says so. */
function nothingCame(): ReleasesError {
  return new ReleasesError('NOT_FOUND', `nothing came through the ${name}`, {
    why: ['what writes into the pipe may have failed'],
    hints: ['run it alone, and look at what it prints'],
  });
}

async function readAll(input: AsyncIterable<Uint8Array | string>): Promise<readonly ReadRecord[]> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of input) {
    const bytes = Buffer.from(part);
    size += bytes.length;
    if (size > maxFileBytes)
      throw new ReleasesError('FILE', `the ${name} holds more than ${maxFileBytes / 2 ** 20} MiB`, {
        hints: ['a folder of several files: dir:PATH'],
      });
    parts.push(bytes);
  }
  const all = Buffer.concat(parts);
  if (beginsLikeArchive(all.toString('latin1', 0, 32))) throw notFromPipe();
  const text = decodeText(all);
  if (text.trim() === '') throw nothingCame();
  return merge(readManifests(text, name).map((found) => ({ file: name, found }))).map(
    ({ record }) => record,
  );
}
