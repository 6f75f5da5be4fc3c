/** The audit log is read while the API server writes to it: whole events, and none of before. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readAudit } from '../cluster/audit.ts';

const folder = mkdtempSync(join(tmpdir(), 'audit-'));
afterAll(() => rmSync(folder, { recursive: true }));

const lines = [1, 2, 3].map((n) => {
  const event = { auditID: String(n), stage: 'ResponseComplete', verb: 'get', user: {} };
  return `${JSON.stringify({ ...event, requestURI: `/${n}` })}\n`;
});

it('from any byte on, and up to any other', () => {
  const path = join(folder, 'audit.log');
  const text = lines.join('');
  const ends = lines.map((_, i) => lines.slice(0, i + 1).join('').length);
  const starts = [0, ...ends.slice(0, -1)];
  for (let to = 0; to <= text.length; to++) {
    writeFileSync(path, text.slice(0, to));
    for (let from = 0; from <= to; from++) {
      const whole = [1, 2, 3].filter(
        (n) => (starts[n - 1] ?? 0) >= from && (ends[n - 1] ?? 0) <= to,
      );
      expect(readAudit(path, from).map(({ uri }) => uri)).toEqual(whole.map((n) => `/${n}`));
    }
  }
});
