// What is packaged, and with which runtime. Each runtime is a registry package, pinned by its checksum.
// The amd64 ones are Bun's "baseline" builds: they also start on processors without AVX2.

export const bunVersion = '1.4.5';

/**
 * @typedef {object} Platform
 * @property {'linux' | 'darwin' | 'windows'} os as Go and krew say it
 * @property {'amd64' | 'arm64'} arch
 * @property {string} runtime the package that holds Bun for it
 * @property {string} integrity of that package, as the registry gives it
 * @property {string} target as `bun build --target` wants it
 */

/** @type {readonly Platform[]} */
export const platforms = [
  platform(
    'linux',
    'amd64',
    'linux-x64-baseline',
    's8yMwYcFnnrA178gji0gZbkE2WVDej/Ti1x770oPfihxyRxSMNhGhiAQNXV53aDeraZxksdvKV/RAdQBCd0qPA==',
  ),
  platform(
    'linux',
    'arm64',
    'linux-aarch64',
    '4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==',
  ),
  platform(
    'darwin',
    'amd64',
    'darwin-x64-baseline',
    'zqfLA5A4B+hYMh5WYzYSot3uZ06FzhdP0OEwQisEzdirYtXGj5cQFlfy31BGfNsAsk1Gd/w/OxJ/jqqJ3cMclw==',
  ),
  platform(
    'darwin',
    'arm64',
    'darwin-aarch64',
    '4MIFXHmctH2EhAxLXm2/qxNtv17dFtLJylvaOCsrgq6KSqHTs6eW5YSrJjRbJxYUJaR901fsN8JfZOa+CsWpWQ==',
  ),
  platform(
    'windows',
    'amd64',
    'windows-x64-baseline',
    '/U3Dc74uGqE6EUqef7mPtg9KwJs7iJH4JHRMfIZIn18MrJh6Xz4gVvWDXRvzCL2j8wPlTnJVyrO4n7Qq4uM7TQ==',
  ),
  platform(
    'windows',
    'arm64',
    'windows-aarch64',
    'MiPFZnBNDnBXgr1oONc5pizC4fOLjnIOfNkYdFEnWzLmoFTg86naZIG3SvS7d/GglpQSAnCKMAzSjI/TAckiRw==',
  ),
];

function platform(os, arch, name, sha512) {
  return {
    os,
    arch,
    runtime: `@oven/bun-${name}`,
    integrity: `sha512-${sha512}`,
    target: `bun-${name.replace('aarch64', 'arm64')}`,
  };
}

/** The name of the program in an archive. */
export function programOf({ os }) {
  return os === 'windows' ? 'kubectl-releases.exe' : 'kubectl-releases';
}

/** @returns {Platform} this machine's */
export function hostPlatform() {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const found = platforms.find((one) => one.os === os && one.arch === arch);
  if (!found)
    throw new Error(`no runtime for ${os}/${arch}: packages are made on one of ${names()}`);
  return found;
}

/** @param {string} name such as linux/amd64 */
export function platformNamed(name) {
  const found = platforms.find(({ os, arch }) => `${os}/${arch}` === name);
  if (!found) throw new Error(`no platform ${name}: one of ${names()}`);
  return found;
}

function names() {
  return platforms.map(({ os, arch }) => `${os}/${arch}`).join(', ');
}
