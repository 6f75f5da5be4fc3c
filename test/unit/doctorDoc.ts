/** The table of docs/doctor.md, from the table of codes. */
import { type Code, type CodeRow, codes, rowOf } from '../../src/inspect/doctor/codes.ts';

export function codesTable(): string[] {
  const lines = Object.keys(codes).map((code) => line(code as Code));
  return [
    '| code | severity | seen | what it means | what helm 3.22 and 4.3 say | what mends it |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
  ];
}

function line(code: Code): string {
  const row = rowOf(code);
  const cells = [
    `\`${code}\``,
    row.severity,
    row.level,
    row.means,
    said(row),
    row.mend.map(way).join('<br>'),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function said({ says, older }: CodeRow): string {
  const more = older === undefined ? '' : `; ${older}`;
  if (!says) return `nothing${more}`;
  const words = (text: string) => (text === '' ? 'nothing' : `\`${text}\``);
  const { run, helm3, helm4 } = says;
  const both = helm3 === helm4 ? words(helm3) : `3: ${words(helm3)}; 4: ${words(helm4)}`;
  return `\`helm ${run}\`: ${both}${more}`;
}

function way(text: string): string {
  if (text.startsWith('releases ')) return `\`kubectl ${text}\``;
  return /^(?:helm|kubectl) /.test(text) ? `\`${text}\`` : text;
}
