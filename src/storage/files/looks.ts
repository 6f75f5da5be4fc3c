/** Whether a file that isn't named like a manifest may hold records: a look at its beginning. */
import { open } from 'node:fs/promises';
import { withoutWaiting } from '../../namedFile.ts';

const lookBytes = 1024;
/** Behind comments and document marks, what a manifest begins with. */
const manifestHead =
  /^\ufeff?(?:\s|---|#[^\n]*\n)*(?:[{[]|-\s|(?:apiVersion|binaryData|data|items|kind|metadata|stringData|type):)/;
/** kubectl writes the payload before the name and the type. */
const recordMark =
  /helm\.sh\/release|sh\.helm\.release\.|\bTILLER\b|\brelease"?: *(?:[|>]-?\s*)?"?[A-Za-z0-9+/]{60}/;

/** @throws the file system's error */
export async function looksLikeRecords(path: string): Promise<boolean> {
  const file = await open(path, withoutWaiting);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(lookBytes), 0, lookBytes, 0);
    const head = buffer.subarray(0, bytesRead);
    // PowerShell's `>` writes UTF-16 with a byte order mark.
    const text = head[0] === 0xff && head[1] === 0xfe ? head.toString('utf16le') : head.toString();
    return manifestHead.test(text) && recordMark.test(text);
  } finally {
    await file.close();
  }
}
