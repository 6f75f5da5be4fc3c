/**
 * The name of the machine's time zone at a moment (`CET`, `CEST`), which Go prints behind a time whose
 * offset is the machine's. JavaScript has no such names, so they come from the files that Go reads:
 * TZif, RFC 8536.
 */
import { readNamedSync } from '../../namedFile.ts';

/** @returns undefined when the machine's offset at that moment is another, or has no name */
export type ZoneNames = (moment: number, offset: number) => string | undefined;

const folders = [
  '/usr/share/zoneinfo',
  '/usr/share/lib/zoneinfo',
  '/usr/lib/locale/TZ',
  '/etc/zoneinfo',
];

/**
 * Nothing is read before the first question.
 * @param zone what TZ says; undefined where it isn't set
 */
export function localZone(zone: string | undefined): ZoneNames {
  let names: ((moment: number, offset: number) => string | undefined) | undefined;
  return (moment, offset) => {
    if (-new Date(moment).getTimezoneOffset() !== offset) return undefined;
    names ??= readZone(zone);
    return names(moment, offset);
  };
}

/** The largest of tzdata have some kilobytes. */
const maxZoneFile = 1024 * 1024;

function readZone(zone: string | undefined): ZoneNames {
  if (zone === '' || zone === 'UTC') return () => 'UTC';
  for (const path of zoneFiles(zone)) {
    try {
      return parseZone(readNamedSync(path, maxZoneFile));
    } catch {
      // Not there, or no such file: as in Go the next place, and in the end none.
    }
  }
  // Go takes a zone that it can't find for UTC.
  return () => (zone === undefined ? undefined : 'UTC');
}

function zoneFiles(zone: string | undefined): readonly string[] {
  if (zone === undefined) return ['/etc/localtime'];
  const name = zone.replace(/^:/, '');
  if (name.startsWith('/')) return [name];
  // Names come from the environment and must stay below the folder.
  return name.includes('..') ? [] : folders.map((folder) => `${folder}/${name}`);
}

/** Seconds since 1970, and the index of what holds from then on. */
interface Transition {
  readonly at: number;
  readonly type: number;
}

function parseZone(file: Buffer): ZoneNames {
  if (file.toString('latin1', 0, 4) !== 'TZif') throw new Error('no TZif');
  const first = counts(file, 0);
  const wide = file[4] !== 0;
  // Version 2 and later repeat everything with 64-bit times, and end with a rule for later years.
  const start = wide ? 44 + first.size(4) : 0;
  const all = wide ? counts(file, start) : first;
  const width = wide ? 8 : 4;
  let at = start + 44;
  const times = Array.from({ length: all.times }, (_, i) =>
    wide ? Number(file.readBigInt64BE(at + i * 8)) : file.readInt32BE(at + i * 4),
  );
  at += all.times * width;
  const transitions: Transition[] = times.map((time, i) => ({ at: time, type: file[at + i] ?? 0 }));
  at += all.times;
  const indexes = Array.from({ length: all.types }, (_, i) => file[at + i * 6 + 5] ?? 0);
  at += all.types * 6;
  const names = file.toString('latin1', at, at + all.chars);
  const nameOf = (type: number) => names.slice(indexes[type]).split('\0')[0];
  const footer = wide ? file.toString('latin1', start + 44 + all.size(8)).trim() : '';
  const last = transitions.at(-1);
  return (moment, offset) => {
    const seconds = Math.floor(moment / 1000);
    if (footer !== '' && (last === undefined || seconds >= last.at))
      return nameInRule(footer, offset);
    const found = transitions.findLast((one) => one.at <= seconds);
    return nameOf(found?.type ?? 0);
  };
}

function counts(file: Buffer, start: number) {
  const [isUt, isStd, leap, times, types, chars] = [20, 24, 28, 32, 36, 40].map((at) =>
    file.readUInt32BE(start + at),
  ) as [number, number, number, number, number, number];
  const size = (width: number) =>
    times * (width + 1) + types * 6 + chars + leap * (width + 4) + isStd + isUt;
  return { times, types, chars, size };
}

/** `CET-1CEST,M3.5.0,M10.5.0/3`: the first name is that of the standard time. */
function nameInRule(rule: string, offset: number): string | undefined {
  const name = '(<[^>]+>|[A-Za-z]+)';
  const parts = new RegExp(`^${name}([-+]?)([0-9]+)(?::([0-9]+))?[:0-9]*${name}?`).exec(rule);
  if (!parts) return undefined;
  const [, standard = '', sign, hours, minutes = '0', summer] = parts;
  const west = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  return (-west === offset ? standard : (summer ?? standard)).replace(/[<>]/g, '');
}
