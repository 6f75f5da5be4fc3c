/** A file of a chart. */

export interface ChartFile {
  /** Below the chart's folder, with slashes; safe to write there. */
  readonly path: string;
  readonly data: Uint8Array;
}
