// What `npm pack` and `npm publish` run first: everything that the package holds. Its dependencies are
// inside, so that it installs by itself, and nobody else's version of them runs.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages, root } from './setup.mjs';

ensurePackages();
const { bundle, library } = await import('./build.mjs');
const { bundleNotices } = await import('./package/notices.mjs');

rmSync(join(root, 'dist', 'library'), { recursive: true, force: true });
await bundle();
await library();
writeFileSync(join(root, 'dist', 'THIRD-PARTY-NOTICES.txt'), await bundleNotices());
