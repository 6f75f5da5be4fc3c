// npm run deploy:rbac [-- FOLDER]: writes deploy/rbac, a file a command, as the program itself prints it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensureBuild, ensurePackages, root } from './setup.mjs';

const account = 'serviceaccount:kubectl-releases/kubectl-releases';
/** Commands that a Job may run, with the flags that decide what they need. */
const commands = {
  list: [],
  backup: [],
  restore: [],
  migrate2to3: [],
  'migrate2to3-delete': ['--delete-v2-releases'],
  relocate: [],
  'relocate-delete': ['--delete-source'],
  doctor: [],
  prune: [],
  unlock: [],
};

ensurePackages();
ensureBuild();
const folder = resolve(process.argv[2] ?? join(root, 'deploy', 'rbac'));
mkdirSync(folder, { recursive: true });
for (const [name, flags] of Object.entries(commands)) {
  const command = name.replace(/-delete$/, '');
  const args = ['rbac', command, '--all-namespaces', '--for', account, ...flags];
  const program = join(root, 'dist', 'kubectl-releases.js');
  // Nothing of the person's own settings, and no cluster.
  const env = { HOME: '/nonexistent', KUBECONFIG: '/nonexistent', PATH: process.env.PATH };
  const run = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', env });
  if (run.status !== 0) throw new Error(`${args.join(' ')}: ${run.stderr}`);
  const line = `kubectl releases ${args.join(' ')}`;
  writeFileSync(join(folder, `${name}.yaml`), `# ${line}\n${run.stdout}`);
}
