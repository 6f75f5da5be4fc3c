// Ad-hoc code signatures of 64-bit Mach-O files: the hash of every page, without a certificate. macOS
// starts no arm64 program without one. The layout is Apple's, from the headers loader.h (load commands)
// and cs_blobs.h (the signature, which is big-endian) of its open sources.
import { createHash } from 'node:crypto';

const magic64 = 0xfeedfacf;
const [segmentCommand, signatureCommand] = [0x19, 0x1d];
const [superBlob, codeDirectory] = [0xfade0cc0, 0xfade0c02];
const [headerSize, pageBits, hashSize, sha256] = [32, 12, 32, 2];
// A directory of version 0x20400 has the fields of the executable segment, and is 88 bytes long.
const [directoryVersion, directorySize, superSize] = [0x20400, 88, 20];
/** CS_ADHOC, and CS_LINKER_SIGNED: whoever signs it properly may replace it. */
const adHoc = 0x20002;
const mainBinary = 1n;

/**
 * @param {Buffer} program a Mach-O file with an LC_CODE_SIGNATURE at its end
 * @param {string} identifier
 * @returns {Buffer} the program with a fresh ad-hoc signature
 */
export function signed(program, identifier) {
  const { signature, text, linkEdit } = commands(program);
  const limit = signature.offset;
  const pages = Math.ceil(limit / 2 ** pageBits);
  const name = Buffer.from(`${identifier}\0`);
  const size = superSize + directorySize + name.length + pages * hashSize;
  const file = Buffer.alloc(limit + size);
  program.copy(file, 0, 0, limit);
  // The load commands are hashed too, so they say the new sizes first.
  file.writeUInt32LE(size, signature.command + 12);
  const linked = BigInt(limit + size) - linkEdit.fileOffset;
  file.writeBigUInt64LE(linked, linkEdit.command + 48);
  file.writeBigUInt64LE((linked + 0x3fffn) & ~0x3fffn, linkEdit.command + 32);

  const at = limit;
  file.writeUInt32BE(superBlob, at);
  file.writeUInt32BE(size, at + 4);
  file.writeUInt32BE(1, at + 8);
  file.writeUInt32BE(0, at + 12);
  file.writeUInt32BE(superSize, at + 16);
  const directory = at + superSize;
  const hashes = directorySize + name.length;
  const words = [
    ...[codeDirectory, size - superSize, directoryVersion, adHoc, hashes, directorySize],
    ...[0, pages, limit],
  ];
  words.forEach((word, i) => {
    file.writeUInt32BE(word, directory + 4 * i);
  });
  file.set([hashSize, sha256, 0, pageBits], directory + 36);
  file.writeBigUInt64BE(text.fileOffset, directory + 64);
  file.writeBigUInt64BE(text.fileSize, directory + 72);
  file.writeBigUInt64BE(mainBinary, directory + 80);
  name.copy(file, directory + directorySize);
  for (let page = 0; page < pages; page++)
    pageHash(file, page, limit).copy(file, directory + hashes + page * hashSize);
  return file;
}

/**
 * What a loader would check, read from the file alone.
 * @param {Buffer} program
 * @returns {{ identifier: string, adHoc: boolean, pages: number, wrongPages: number, atEnd: boolean }}
 */
export function checkSignature(program) {
  const { signature, linkEdit } = commands(program);
  const at = signature.offset;
  if (program.readUInt32BE(at) !== superBlob) throw new Error('the signature is no super blob');
  const directory = at + directoryOffset(program, at);
  const word = (i) => program.readUInt32BE(directory + 4 * i);
  const [hashes, identifier, pages, limit] = [word(4), word(5), word(7), word(8)];
  const bits = program[directory + 39];
  let wrongPages = 0;
  for (let page = 0; page < pages; page++) {
    const start = directory + hashes + page * hashSize;
    if (!pageHash(program, page, limit, bits).equals(program.subarray(start, start + hashSize)))
      wrongPages += 1;
  }
  const name = directory + identifier;
  return {
    identifier: program.toString('utf8', name, program.indexOf(0, name)),
    adHoc: (word(3) & 2) === 2,
    pages,
    wrongPages,
    atEnd:
      limit === at &&
      at + signature.size === program.length &&
      linkEdit.fileOffset + linkEdit.fileSize === BigInt(program.length),
  };
}

function directoryOffset(program, at) {
  const count = program.readUInt32BE(at + 8);
  for (let i = 0; i < count; i++)
    if (program.readUInt32BE(at + 12 + 8 * i) === 0) return program.readUInt32BE(at + 16 + 8 * i);
  throw new Error('the signature has no code directory');
}

function pageHash(file, page, limit, bits = pageBits) {
  const start = page * 2 ** bits;
  return createHash('sha256')
    .update(file.subarray(start, Math.min(start + 2 ** bits, limit)))
    .digest();
}

/** The load commands that a signature is about, with their places in the file. */
function commands(program) {
  if (program.readUInt32LE(0) !== magic64) throw new Error('this is no 64-bit Mach-O file');
  const segments = new Map();
  let signature;
  let at = headerSize;
  for (let left = program.readUInt32LE(16); left > 0; left--) {
    const kind = program.readUInt32LE(at);
    if (kind === segmentCommand) {
      const name = program.toString('latin1', at + 8, at + 24).replace(/\0+$/, '');
      const [fileOffset, fileSize] = [40, 48].map((field) => program.readBigUInt64LE(at + field));
      segments.set(name, { command: at, fileOffset, fileSize });
    }
    if (kind === signatureCommand)
      signature = {
        command: at,
        offset: program.readUInt32LE(at + 8),
        size: program.readUInt32LE(at + 12),
      };
    at += program.readUInt32LE(at + 4);
  }
  const [text, linkEdit] = [segments.get('__TEXT'), segments.get('__LINKEDIT')];
  if (!signature || !text || !linkEdit) throw new Error('the file has no place for a signature');
  return { signature, text, linkEdit };
}
