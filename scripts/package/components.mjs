// What the program is made of: the packages in the bundle. What Bun is made of, insideBun.mjs says.
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
