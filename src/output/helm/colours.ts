/** Helm 4's colours, to the byte: internal/cli/output/color.go. Helm 3 has none. */
import type { Paint } from '../terminal/colour.ts';

export interface HelmColours {
  readonly header: Paint;
  readonly namespace: Paint;
  readonly status: Paint;
}

const escaped = (begin: number, end: number): Paint => {
  return (text) => `\u001b[${begin}m${text}\u001b[${end}m`;
};
const [bold, red, green] = [escaped(1, 22), escaped(31, 0), escaped(32, 0)];
const [yellow, cyan] = [escaped(33, 0), escaped(36, 0)];

const statusColours: { readonly [status: string]: Paint } = {
  ...{ deployed: green, failed: red, unknown: red, uninstalling: yellow },
  ...{ 'pending-install': yellow, 'pending-upgrade': yellow, 'pending-rollback': yellow },
};

export const helm4Colours: HelmColours = {
  header: bold,
  namespace: cyan,
  status: (text) =>
    Object.hasOwn(statusColours, text) ? (statusColours[text]?.(text) ?? text) : text,
};
