// A migration from a real Tiller: Helm 2.17's own server and client are built (some minutes, once), leave releases
// in ConfigMaps and in Secrets, these are migrated with their live objects, and real helms go on with them.
//
//   node test/campaigns/tiller.mjs
//
// Ends with exit code 1 when anything is lost, or a helm can't go on.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const args = [vitest, 'run', '--project', 'campaigns', 'test/campaigns/tiller.test.ts'];
const env = { ...process.env, CAMPAIGN: 'tiller' };
const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
process.exitCode = status === 0 ? 0 : 1;
