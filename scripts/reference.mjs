// npm run docs:reference: writes docs/reference.md from the commands' own tables; a test compares.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referencePage } from './referencePage.mjs';
import { ensureBuild, ensurePackages, root } from './setup.mjs';

ensurePackages();
ensureBuild();
const printed = (...args) => {
  const program = join(root, 'dist', 'kubectl-releases.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    env: {},
  });
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return stdout.trimEnd();
};
const main = printed('--help');
const shared = printed('options');
const [, table = ''] = /\nCommands:\n([\s\S]*?)\n\n/.exec(`${main}\n\n`) ?? [];
const commands = [...table.matchAll(/^ {2}(\S+) /gm)].map(([, name]) => name);
const codes = main.slice(main.indexOf('Exit codes:'));
const [exitCodes] = codes.split('\n\n');
const pages = commands.map((name) =>
  referencePage(name, printed(name, '--help').replace(exitCodes, ''), shared),
);
const head = [
  '# Reference\n',
  'Written by `npm run docs:reference` from the commands themselves: what each says with `--help`. Flags that many',
  'commands take are described once, under [options](#options); `COMMAND -h` is the first screen of it.\n',
  `\`\`\`text\n${main}\n\`\`\`\n`,
];
const out = process.argv[2] ?? join(root, 'docs', 'reference.md');
writeFileSync(out, [...head, ...pages].join('\n'));
