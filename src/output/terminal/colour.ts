/** Colours, only ever on a terminal: the words always say the same without them. */
import { Chalk } from 'chalk';

export type Paint = (text: string) => string;

export interface Palette {
  readonly good: Paint;
  readonly bad: Paint;
  readonly waiting: Paint;
  readonly quiet: Paint;
  readonly strong: Paint;
  readonly plain: Paint;
}

export function palette(colour: boolean): Palette {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  return {
    good: chalk.green,
    bad: chalk.red,
    waiting: chalk.yellow,
    quiet: chalk.gray,
    strong: chalk.bold,
    plain: (text) => text,
  };
}

/** The colour of a status, in either Helm's spelling. */
export function statusPaint(colours: Palette, status: string): Paint {
  const word = status.toLowerCase().replace(/_/g, '-');
  if (word === 'deployed') return colours.good;
  if (word === 'failed' || word === 'unreadable') return colours.bad;
  if (word.startsWith('pending-') || word === 'uninstalling' || word === 'deleting')
    return colours.waiting;
  if (['superseded', 'uninstalled', 'deleted', 'removed'].includes(word)) return colours.quiet;
  return colours.plain;
}
