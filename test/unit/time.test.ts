import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { goFormat, listTime } from '../../src/go/time/format.ts';
import { localZone } from '../../src/go/time/zone.ts';

const folder = mkdtempSync(join(tmpdir(), 'zones-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('layouts', () => {
  const time = '2026-02-03T16:05:06.0789Z';
  // Each is what Go's time.Format makes of it.
  it.each([
    ['2006-01-02 15:04:05Z0700', '2026-02-03 16:05:06Z'],
    ['Mon Jan _2 15:04:05 2006', 'Tue Feb  3 16:05:06 2026'],
    ['Monday, 2 January 06 3:4:5 pm PM', 'Tuesday, 3 February 26 4:5:6 pm PM'],
    ['15:04:05.000', '16:05:06.078'],
    ['15:04:05.999999', '16:05:06.0789'],
    ['05,00 .99x', '06,07 .07x'],
    ['002 __2 _2006 MST -07:00 -0700 Z07:00', '034  34 _2026 UTC +00:00 +0000 Z'],
    ['Janet Monty', 'Janet Monty'],
    ['', ''],
  ])('%s', (layout, text) => {
    expect(goFormat(time, layout)).toBe(text);
  });

  it('keeps what is no time', () => {
    expect(listTime('soon')).toBe('soon');
    expect(listTime(undefined)).toBe('-');
  });
});

describe('the machine’s zone', () => {
  it('has its names behind times with its offsets', () => {
    // A file of version 2 without transitions: the rule at its end says everything.
    const header = (version: number) => {
      const bytes = Buffer.alloc(44);
      bytes.write('TZif');
      bytes[4] = version;
      bytes.writeUInt32BE(1, 36);
      bytes.writeUInt32BE(4, 40);
      return bytes;
    };
    const type = Buffer.concat([Buffer.alloc(6), Buffer.from('CET\0')]);
    const zone = '\nCET-1CEST,M3.5.0,M10.5.0/3\n';
    const path = join(folder, 'zone');
    const half = (version: number) => Buffer.concat([header(version), type]);
    writeFileSync(path, Buffer.concat([half(0x32), half(0x32), Buffer.from(zone)]));
    const before = process.env.TZ;
    process.env.TZ = 'Europe/Berlin';
    try {
      const names = localZone(path);
      const layout = '15:04 -0700 MST';
      expect(goFormat('2026-01-02T10:00:00+01:00', layout, names)).toBe('10:00 +0100 CET');
      expect(goFormat('2026-07-02T10:00:00+02:00', layout, names)).toBe('10:00 +0200 CEST');
      expect(goFormat('2026-07-02T10:00:00+01:00', layout, names)).toBe('10:00 +0100 +0100');
      expect(goFormat('2026-07-02T10:00:00+05:30', layout, names)).toBe('10:00 +0530 +0530');
      expect(localZone('/nowhere')(Date.parse('2026-01-02T09:00:00Z'), 60)).toBe('UTC');
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  });
});
