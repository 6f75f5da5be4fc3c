// THIRD-PARTY-NOTICES.txt and the SBOM of one archive.
import { licencesIn, packagesInside, spdxText } from './components.mjs';
import { insideBun } from './insideBun.mjs';
import { bunVersion } from './platforms.mjs';

const rule = '-'.repeat(80);

/** @returns {Promise<string>} for the bundle, which holds packages and no runtime */
export async function bundleNotices() {
  const packages = await packagesInside();
  return [
    'kubectl-releases is licensed under the Apache License 2.0; see LICENSE.',
    'The program also holds the following works of others, under their own licences.\n',
    '1. Packages, each with its licence as it carries it\n',
    ...packages.map(({ name, version, licence, text }) =>
      [rule, `${name} ${version} (${licence})`, rule, `${text}\n`].join('\n'),
    ),
  ].join('\n');
}

/** @returns {Promise<string>} for a standalone program */
export async function notices() {
  const licences = [...new Set(insideBun.flatMap(({ licence }) => licencesIn(licence)))].sort();
  return [
    await bundleNotices(),
    `2. The runtime: Bun ${bunVersion}, and what is linked into it\n`,
    ...insideBun.map(({ name, licence, copyright, version }) =>
      [
        `  ${name}${version ? ` ${version[1]}` : ''}: ${licence}`,
        ...(copyright ? [`    ${copyright}`] : []),
      ].join('\n'),
    ),
    '',
    'JavaScriptCore, the rest of WebKit and TinyCC are under the GNU Lesser (Library) General Public',
    'License: you may change them, put what you made in the place of what is here, and take the program',
    'apart to find the faults of your changes. Their sources, at the commits above, are in',
    `github.com/oven-sh/WebKit and github.com/TinyCC/tinycc; github.com/oven-sh/bun, tag bun-v${bunVersion},`,
    'says in its LICENSE.md how Bun is linked with others. All else that is in the program is one',
    'JavaScript file, dist/kubectl-releases.js of the npm package in one piece: `npm run package` in a',
    'clone puts it into any Bun, and it runs with Bun and Node as it is.\n',
    '3. The licences of the runtime\n',
    ...licences.map((id) => [rule, id, rule, `${spdxText(id)}\n`].join('\n')),
  ].join('\n');
}

/**
 * A CycloneDX 1.6 document (cyclonedx.org/docs/1.6/json). It has neither a time nor a serial number: the
 * same archive always has the same bytes.
 * @param {import('./platforms.mjs').Platform} platform
 * @param {string} version the program's
 */
export async function sbom(platform, version) {
  const packages = await packagesInside();
  const application = {
    ...{ type: 'application', 'bom-ref': 'kubectl-releases', name: 'kubectl-releases', version },
    ...{ licenses: licences('Apache-2.0'), purl: purl('kubectl-releases', version) },
  };
  const runtime = {
    ...{ type: 'platform', 'bom-ref': 'bun', name: platform.runtime, version: bunVersion },
    ...{ licenses: licences('MIT'), hashes: hashes(platform.integrity) },
    purl: purl(platform.runtime, bunVersion),
    components: insideBun
      .filter(({ name }) => name !== 'Bun')
      .map(({ name, licence, copyright, version }) => ({
        ...{ type: 'library', name, ...(version && { version: version[1] }) },
        ...{ licenses: licences(licence), ...(copyright && { copyright }) },
      })),
  };
  const libraries = packages.map(({ name, version: own, licence, integrity }) => ({
    ...{ type: 'library', 'bom-ref': purl(name, own), name, version: own },
    ...{ licenses: licences(licence), hashes: hashes(integrity), purl: purl(name, own) },
  }));
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    ...{ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 },
    metadata: { component: application },
    components: [runtime, ...libraries],
    dependencies: [
      { ref: 'kubectl-releases', dependsOn: ['bun', ...libraries.map((one) => one['bom-ref'])] },
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function licences(expression) {
  return / (AND|WITH) /.test(expression) ? [{ expression }] : [{ license: { id: expression } }];
}

/** From npm's form, base64, to CycloneDX's, hexadecimal. */
function hashes(integrity) {
  const [, base64] = /^sha512-(.+)$/.exec(integrity ?? '') ?? [];
  if (!base64) throw new Error('a bundled package has no SHA-512 in package-lock.json');
  return [{ alg: 'SHA-512', content: Buffer.from(base64, 'base64').toString('hex') }];
}

/** A package URL: a scope's @ is percent-encoded there. */
function purl(name, version) {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}
