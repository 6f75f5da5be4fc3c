/** The standalone program for this machine, which the end-to-end tests run as well as the bundle. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A folder of the tests' own: what `npm run package` has left in `dist/packages` stays. */
export const packagedFolder = join(root, 'node_modules', '.cache', 'kubectl-releases', 'packaged');
export const packagedProgram = join(packagedFolder, 'kubectl-releases');
