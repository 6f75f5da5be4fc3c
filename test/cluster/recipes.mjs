// The programs for the tests that no package brings, and how each is built from its published Go modules:
// etcd and kube-apiserver from a main package of a few lines, helm as it is. `build/` pins every version
// (`build/pin.mjs`). Plain JavaScript: `npm test` says what it will build before anything is installed.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from './cacheFolder.mjs';

const folder = fileURLToPath(new URL('build/', import.meta.url));

/**
 * @typedef {object} Recipe a program of one version
 * @property {'etcd' | 'kube-apiserver' | 'helm' | 'tiller'} name
 * @property {string} version
 * @property {string} folder where it is built
 * @property {string} main the package
 * @property {readonly string[]} ldflags
 * @property {string} [modfile] what pins its modules, where the folder's own go.mod doesn't
 * @property {string} [toolchain] which Go builds it, where today's can't
 * @property {number} minutes about how long that takes on two quiet cores
 */

/** What the suite runs on: the newest that can be had. */
export const defaultKubernetes = '1.37.2';

/** The version that TEST_KUBERNETES asks for: a whole one, or `1.31` for the patch that is pinned. */
export function wantedKubernetes() {
  const wanted = env.TEST_KUBERNETES || defaultKubernetes;
  return pinnedServers().find((one) => one.startsWith(`${wanted}.`)) ?? wanted;
}

/** @type {Recipe} */
export const etcd = {
  ...{ name: 'etcd', version: '3.6.10', folder: join(folder, 'etcd') },
  ...{ main: '.', ldflags: [], minutes: 1 },
};

/** The helms that are newer than those in packages, by the words that --compat takes for them. */
export const builtHelms = { 'helm3.22': helm('3.22.0'), 'helm4.3': helm('4.3.2') };

/** API servers whose modules are pinned, the newest first. */
export function pinnedServers() {
  return pinned('apiserver').sort((a, b) => minorOf(b) - minorOf(a));
}

/**
 * @param {string} version
 * @returns {Recipe}
 * @throws Error for a version that isn't pinned
 */
export function apiserver(version) {
  requirePinned('apiserver', version);
  const [gitMajor, gitMinor] = version.split('.');
  // Without these the server calls itself v0.0.0, which clients take for too old.
  const said = { gitVersion: `v${version}`, gitMajor, gitMinor, gitTreeState: 'clean' };
  return {
    ...{ name: 'kube-apiserver', version, folder: join(folder, 'apiserver'), main: '.' },
    // Two packages, as Kubernetes' own build has it (hack/lib/version.sh): old servers answer with the other.
    ldflags: ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((name) =>
      setting(name, said),
    ),
    modfile: `${version}.mod`,
    // Its modules use what Go has taken away since.
    ...(minorOf(version) < 29 && { toolchain: 'go1.21.13' }),
    minutes: 5,
  };
}

/**
 * @param {string} version
 * @returns {Recipe}
 * @throws Error for a version that isn't pinned
 */
export function helm(version) {
  requirePinned('helm', version);
  const module = `helm.sh/helm/v${version.split('.')[0]}`;
  return {
    ...{ name: 'helm', version, folder: join(folder, 'helm'), main: `${module}/cmd/helm` },
    ldflags: setting(`${module}/internal/version`, { version: `v${version}`, metadata: '' }),
    modfile: `${version}.mod`,
    minutes: 2,
  };
}

/**
 * Helm 2's own programs, for the campaign: two of its modules are no longer to be had, and have stand-ins there.
 * @param {'tiller' | 'helm'} name
 * @returns {Recipe}
 */
export function helm2(name) {
  const said = { Version: 'v2.17.0', BuildMetadata: '' };
  return {
    ...{ name, version: '2.17.0', folder: join(folder, 'helm2'), main: `k8s.io/helm/cmd/${name}` },
    ldflags: setting('k8s.io/helm/pkg/version', said),
    ...{ toolchain: 'go1.21.13', minutes: 3 },
  };
}

/**
 * Where a program lies once it is built.
 * @param {Recipe} recipe
 */
export function builtProgram({ name, version }) {
  return join(cacheFolder(`${name}-${version}`), name);
}

/** What the suite needs of these and doesn't have. */
export function missingPrograms() {
  const cluster = env.KUBEBUILDER_ASSETS ? [] : [etcd, apiserver(wantedKubernetes())];
  return [...cluster, ...Object.values(builtHelms)].filter((one) => !existsSync(builtProgram(one)));
}

function setting(name, values) {
  return Object.entries(values).map(([variable, value]) => `-X ${name}.${variable}=${value}`);
}

function pinned(kind) {
  return readdirSync(join(folder, kind)).flatMap((file) => /^(\d.*)\.mod$/.exec(file)?.[1] ?? []);
}

function requirePinned(kind, version) {
  const all = pinned(kind);
  if (all.includes(version)) return;
  throw new Error(
    `no modules are pinned for ${kind} ${version}; there are ${all.sort().join(', ')}. ` +
      `For another: node test/cluster/build/pin.mjs ${kind} ${version}`,
  );
}

function minorOf(version) {
  return Number(version.split('.')[1]);
}
