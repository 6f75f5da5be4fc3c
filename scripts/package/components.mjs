// What the program is made of: the packages in the bundle, and Bun with the libraries that are linked
// into it. Names and licences of the latter are those that Bun lists for its releases.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { bundledPackages } from '../build.mjs';
import { root } from '../setup.mjs';

/**
 * @typedef {object} Component
 * @property {string} name
 * @property {string} version
 * @property {string} licence an SPDX expression
 * @property {string} [text] the licence as its package carries it
 * @property {string} [integrity] of its package, as package-lock.json has it
 */

/** @type {Promise<Component[]> | undefined} */
let found;

/** @returns {Promise<Component[]>} the packages in the bundle; looked for once */
export function packagesInside() {
  found ??= findPackages();
  return found;
}

async function findPackages() {
  const lock = json(join(root, 'package-lock.json')).packages;
  return (await bundledPackages()).map((folder) => {
    const { name, version, license, author } = json(join(root, folder, 'package.json'));
    const text =
      textIn(join(root, folder)) ?? `Copyright ${person(author)}\n\n${spdxText(license)}`;
    return { name, version, licence: license, text, integrity: lock[folder]?.integrity };
  });
}

/** @type {readonly (readonly [name: string, licence: string])[]} */
const bunAndLibraries = [
  ['Bun', 'MIT'],
  ['JavaScriptCore and WebKit', 'LGPL-2.1-or-later'],
  ['BoringSSL', 'Apache-2.0 AND ISC AND OpenSSL'],
  ['Brotli', 'MIT'],
  ['c-ares', 'MIT'],
  ['Highway', 'Apache-2.0'],
  ['ICU', 'ICU'],
  ['libarchive', 'BSD-2-Clause'],
  ['libbase64', 'BSD-2-Clause'],
  ['libc++abi', 'Apache-2.0 WITH LLVM-exception'],
  ['libdeflate', 'MIT'],
  ['libjpeg-turbo', 'BSD-3-Clause AND IJG AND Zlib'],
  ['libspng', 'BSD-2-Clause'],
  ['libuv', 'MIT'],
  ['libwebp', 'BSD-3-Clause'],
  ['lol-html', 'BSD-3-Clause'],
  ['ls-hpack', 'MIT'],
  ['ls-qpack', 'MIT'],
  ['lsquic', 'MIT AND BSD-3-Clause'],
  ['mimalloc', 'MIT'],
  ['picohttpparser', 'MIT'],
  ['simdutf', 'Apache-2.0'],
  ['TigerBeetle, its I/O', 'Apache-2.0'],
  ['TinyCC', 'LGPL-2.1-or-later'],
  ['uSockets and uWebSockets', 'Apache-2.0'],
  ['uucode', 'MIT'],
  ['zlib-ng', 'Zlib'],
  ['Zstandard', 'BSD-3-Clause'],
];

/** Sources of Bun and of its WebKit: github.com/oven-sh/bun, github.com/oven-sh/WebKit. */
export const insideBun = bunAndLibraries.map(([name, licence]) => ({ name, licence }));

/** @param {string} id of the SPDX list; the text with its places for names left open */
export function spdxText(id) {
  return createRequire(import.meta.url)(`spdx-license-list/licenses/${id}.json`).licenseText.trim();
}

/** @param {string} expression @returns {string[]} the licences in it, without exceptions */
export function licencesIn(expression) {
  return expression.split(' AND ').map((one) => one.replace(/ WITH .*$/, ''));
}

function textIn(folder) {
  const file = readdirSync(folder)
    .sort()
    .find((name) => /^licen[cs]e/i.test(name));
  return file && existsSync(join(folder, file))
    ? readFileSync(join(folder, file), 'utf8').trim()
    : undefined;
}

function person(author) {
  return typeof author === 'string' ? author : (author?.name ?? 'its authors');
}

function json(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
