// Pins every module of a program that the tests build, with its checksums: run by hand for a new version.
//
//   node test/cluster/build/pin.mjs apiserver 1.37.2     writes apiserver/1.37.2.mod and .sum
//   node test/cluster/build/pin.mjs helm 4.3.2           writes helm/4.3.2.mod and .sum
//
// etcd has one version, in its own go.mod. Needs Go and its module proxy.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, env, exit } from 'node:process';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));

const kinds = {
  // k8s.io/kubernetes requires its staging modules as v0.0.0 and replaces them by folders of its own,
  // which nobody else's build sees: 1.37.2 belongs with v0.37.2 of each.
  apiserver: (version) => {
    const described = moduleFile('k8s.io/kubernetes', version);
    const staged = `v0.${version.split('.').slice(1).join('.')}`;
    const staging = [...described.matchAll(/^\s*(k8s\.io\/\S+) v0\.0\.0(\s|$)/gm)].map(
      ([, name]) => name,
    );
    return [
      `go ${/^go (\S+)/m.exec(described)?.[1] ?? '1.16'}`,
      `require k8s.io/kubernetes v${version}`,
      `require k8s.io/component-base ${staged}`,
      ...[...new Set(staging)].sort().map((name) => `replace ${name} => ${name} ${staged}`),
    ];
  },
  // A tool: nothing here imports it, and its requirements stay all the same.
  helm: (version) => {
    const name = `helm.sh/helm/v${version.split('.')[0]}`;
    return [
      `go ${/^go (\S+)/m.exec(moduleFile(name, version))?.[1]}`,
      `tool ${name}/cmd/helm`,
      `require ${name} v${version}`,
    ];
  },
};

const [kind, version] = argv.slice(2);
const lines = Object.hasOwn(kinds, kind ?? '') ? kinds[kind] : undefined;
if (!lines || !/^\d+\.\d+\.\d+$/.test(version ?? '')) {
  console.error('usage: node test/cluster/build/pin.mjs apiserver|helm VERSION');
  exit(2);
}
const folder = join(here, kind);
const file = join(folder, `${version}.mod`);
const had = existsSync(file);
writeFileSync(file, [`module kubectl-releases.test/${kind}`, ...lines(version), ''].join('\n\n'));
try {
  go(['mod', 'tidy', `-modfile=${version}.mod`], folder);
} catch (error) {
  if (!had) rmSync(file, { force: true });
  throw error;
}

function moduleFile(name, of) {
  const { GoMod } = JSON.parse(go(['mod', 'download', '-json', `${name}@v${of}`], here));
  return readFileSync(GoMod, 'utf8');
}

/** What it prints. */
function go(args, cwd) {
  return execFileSync('go', args, {
    cwd,
    env: { ...env, GOWORK: 'off', GOFLAGS: '-mod=mod' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
  });
}
