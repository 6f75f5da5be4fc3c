/** The methods of a `time.Time` that templates use. https://pkg.go.dev/time#Time */
import { goFormat, isZeroTime } from '../time/format.ts';
import { type Go, type GoValue, goBool, goInt, goText, TemplateError, typeOf } from './values.ts';

const layouts: { readonly [method: string]: readonly [layout: string, type?: string] } = {
  Year: ['2006'],
  Day: ['2'],
  Hour: ['15'],
  Minute: ['4'],
  Second: ['5'],
  YearDay: ['002'],
  Nanosecond: ['.000000000'],
};

/** Numbers with a name, which they are printed as. */
const named: { readonly [method: string]: readonly [type: string, number: string, name: string] } =
  {
    Month: ['time.Month', '1', 'January'],
    Weekday: ['time.Weekday', '', 'Monday'],
  };
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** undefined for a method that isn't known here. */
export function timeMethod(
  value: Go<'time'>,
  name: string,
  args: readonly GoValue[],
): GoValue | undefined {
  const { time } = value;
  if (name === 'Format') {
    const [layout] = args;
    expect(name, args, 1);
    if (layout?.is !== 'string')
      throw new TemplateError(
        `wrong type for value; expected string; got ${layout ? typeOf(layout) : 'nothing'}`,
      );
    return goText(goFormat(time, layout.value));
  }
  const found = withoutArguments(value, name);
  if (found) expect(name, args, 0);
  return found;
}

function withoutArguments(value: Go<'time'>, name: string): GoValue | undefined {
  const { time, helm3 } = value;
  const layout = layouts[name];
  if (layout) return goInt(Number(goFormat(time, layout[0]).replace('.', '')));
  const word = named[name];
  if (word) {
    const prints = goFormat(time, word[2]);
    const number = word[1] ? Number(goFormat(time, word[1])) : weekdays.indexOf(prints);
    return { is: 'int', type: word[0], value: BigInt(number), prints };
  }
  if (name === 'Time' && helm3) return { ...value, helm3: false };
  if (name === 'IsZero') return goBool(isZeroTime(time));
  if (name === 'UTC') return { ...value, time: inUtc(time) };
  if (name === 'String') return goText(goFormat(time, '2006-01-02 15:04:05.999999999 -0700 MST'));
  const unit = { Unix: 1n, UnixMilli: 1000n, UnixMicro: 1_000_000n, UnixNano: 1_000_000_000n }[
    name
  ];
  return unit === undefined ? undefined : goInt(sinceEpoch(time, unit), 'int64');
}

function inUtc(time: string): string {
  const fraction = goFormat(time, '.999999999');
  return new Date(time).toISOString().replace(/\.\d+Z$/, `${fraction}Z`);
}

function sinceEpoch(time: string, unit: bigint): bigint {
  const seconds = BigInt(Math.floor(Date.parse(time.replace(/\.\d+/, '')) / 1000));
  const nanoseconds = BigInt(goFormat(time, '.000000000').slice(1));
  return seconds * unit + (nanoseconds * unit) / 1_000_000_000n;
}

function expect(name: string, args: readonly GoValue[], count: number): void {
  if (args.length !== count)
    throw new TemplateError(`wrong number of args for ${name}: want ${count} got ${args.length}`);
}
