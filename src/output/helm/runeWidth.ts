/**
 * How many columns helm gives a text in a table: those of its runes, one by one (mattn/go-runewidth 0.0.9 by
 * gosuri/uitable, as helm's modules pin it). That is Unicode 12: what came later takes one. A person who
 * sets a Chinese, Japanese or Korean language sees ambiguous letters twice as wide there, and not here.
 */

/** Where another width begins, as the distance from the last such place in base 36: `-` 0, `.` 1, `=` 2 columns. */
const changes =
  '0-w.2n-x.d-1.gi-34.7n-7.hx-1.63-9.ss-1.3-1.6z-2.se=2o.e5-3.x7-4.hc-1.1c-h.4q-9.gc-1m.1-5.ej-' +
  '5.o-7.1n-6.2o-x.fd=2.d=2.5a=4.3=1.2=1.eh=2.l=2.1e=c.17=1.j=1.d=1.8=2.h=2.5=2.8=1.5=1.l=1.7=2' +
  '.1=1.4=1.2=1.7=1.4=2.s=1.z=1.1=1.4=3.1=1.1p=3.o=1.e=1.12-8.bb-2.b8=2.1f=1.4=1.bd-3.6m-w.3k=q' +
  '.1=2h.c=5y.q=c.4=1r.2=2e.2-2=2t.5=17.1=2m.1=2c.c=1b.1=14.8=5f4.1s=h3h.3=1j.bs-4.1-a.w-2.28-2' +
  '.dq-i.32=t.hv=8mc.2k-1kw.4xs=e8.ls=a.6-g=z.1=j.1=4.43-1.1=2o.3j=7.i-3.2-2.e5-1.ag-5.27k-2.49' +
  '-b.q7-2.1l-2.15-7.3-5.ha3-5.yz=5.b=2.e=4qg.8=ye.16=9.6wn=7z.1d=3.h=4.8=b0.609-5.3-6.8-8.2-7.' +
  'u-4.44-3.2pn-7.1-h.2-7.1-2.1-5.1ph-7.1f1=1.5m=1.5a=1.2=a.2t=3.d=18.4=9.7=2.e=6.4a=x.c=9.1=1y' +
  '.1=m.c=17.4=5.c=h.3=1.3=1z.1=1.1=57.2=1r.d=4.1=o.i=1.q=2.d=1.2e=2d.1c=1y.6=1.3=3.2=3.j=2.7=9' +
  '.6b=c.80=1b.1=a.1=1e.1=2a.1=1f.34=5.3=3.5=7.9=p.7=7.9=3.d=7.10p=1eke.2=1eke.';

const widthOf: Readonly<Record<string, number>> = { '-': 0, '.': 1, '=': 2 };

/** The first code point of each range, and its width. */
const [starts, widths] = readChanges();

function readChanges(): readonly [readonly number[], readonly number[]] {
  const [places, found]: [number[], number[]] = [[], []];
  let place = 0;
  for (const [, distance = '0', sign = '.'] of changes.matchAll(/([0-9a-z]+)([-.=])/g)) {
    place += Number.parseInt(distance, 36);
    places.push(place);
    found.push(widthOf[sign] ?? 1);
  }
  return [places, found];
}

/** @param char one code point */
export function runeWidth(char: string): number {
  const code = char.codePointAt(0) ?? 0;
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= code) low = middle;
    else high = middle - 1;
  }
  return widths[low] ?? 1;
}

/**
 * What uitable takes for a command to a terminal, such as a colour: no column. One that a bell ends, or one
 * that a letter ends. No two neighbours in it share a character that they could repeat: it stays linear.
 */
const commands =
  /[\u001b\u009b][[\]()#;?]*(?:(?:[a-zA-Z\d][a-zA-Z\d;]*)?\u0007|(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PRZcf-ntqry=><~])/g;

export function textWidth(text: string): number {
  let width = 0;
  for (const char of text.replace(commands, '')) width += runeWidth(char);
  return width;
}
