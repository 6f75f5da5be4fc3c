// What happens to a Helm 2 cluster's releases, on folders instead of clusters: `demo/tiller` looks
// like `kubectl get configmap,secret -n kube-system -l OWNER=TILLER -o yaml`, `demo/out` gets the
// Helm 3 Secrets. Node's own modules only; everything else is the program itself.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(root, 'dist', 'kubectl-releases.js');
const [tiller, helm3] = ['dir:demo/tiller', 'dir:demo/out'];
const again = existsSync(join(root, 'demo', 'out'));

/** The demo shows real runs, and stops when one of them doesn't end as it should. */
function run(expected, ...args) {
  const quoted = args.map((arg) => (/^[\w:./=-]+$/.test(arg) ? arg : `'${arg}'`));
  console.log(`\n$ kubectl releases ${quoted.join(' ')}`);
  const { status, error } = spawnSync(process.execPath, [program, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (error) throw error;
  if (expected.includes(status)) return;
  console.error(`\nThe demo expected exit code ${expected.join(' or ')} here, and got ${status}.`);
  process.exit(1);
}

function say(text) {
  console.log(`\n${text}`);
}

const [done, needsPerson] = [0, 3];

say('A dump of what Tiller kept: Helm 2 releases, one of them with a damaged record.');
run([needsPerson], 'list', '--storage', tiller);

say(
  again
    ? 'Migrate them to Helm 3 again: an earlier run did, so there is nothing to write.'
    : 'Migrate them to Helm 3. The plan comes first; the sources are kept.',
);
run([needsPerson], 'migrate2to3', '--all', '--from', tiller, '--to', helm3, '--yes');

say('The same releases as Helm 3 Secrets, in demo/out: files that kubectl apply takes.');
run([done], 'list', '--storage', helm3);

say('The whole history came along.');
run([done], 'history', 'billing', '--storage', helm3);

say('So did the values of every revision.');
run([done], 'get', 'values', 'billing', '--revision', '3', '--storage', helm3);

say('What is left for a person:');
console.log(
  '  the damaged record and the pending release above wait for a decision; nothing was deleted.',
);
console.log(`
Next, with a cluster of your own:
  kubectl releases list -A                     Helm 2, 3 and 4 releases side by side
  kubectl releases migrate2to3 --all --dry-run what a migration would do
`);
