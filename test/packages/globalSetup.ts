/** Runs once, before the first test of the `packaged` project: makes the program that it runs. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { packagedFolder } from './packaged.ts';

const script = fileURLToPath(new URL('../../scripts/package.mjs', import.meta.url));

export default function setup(): void {
  console.log('package: making the program for this machine …');
  const { status, stderr } = spawnSync(
    process.execPath,
    [script, '--only', 'host', '--out', packagedFolder],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`npm run package failed: ${stderr}`);
}
