// The README's first command: installs and builds what is missing, then runs the demo.
import { ensureBuild, ensurePackages } from './setup.mjs';

ensurePackages();
ensureBuild();
await import('../demo/run.mjs');
