/** docs/doctor.md has the table of codes, to the letter. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../docs/pages.ts';
import { codesTable } from './doctorDoc.ts';

const page = join(root, 'docs', 'doctor.md');

it('shows each code as the program has it; DOCTOR_DOC=1 writes it anew', () => {
  const text = readFileSync(page, 'utf8');
  const shown = text.split('\n').filter((line) => line.startsWith('|'));
  const from = shown.findIndex((line) => line.startsWith('| code '));
  const wanted = codesTable();
  if (process.env.DOCTOR_DOC === '1')
    writeFileSync(
      page,
      text.replace(/^\| code [\s\S]*?(?=\n\n|\n$)/m, () => wanted.join('\n')),
    );
  else expect(shown.slice(from, from + wanted.length)).toEqual(wanted);
});
