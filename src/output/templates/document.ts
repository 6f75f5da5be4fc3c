/** `-o json`, `yaml`, `jsonpath=` and `custom-columns=` of what isn't helm's: our own documents. */

import { toYaml } from '../../go/yaml/write.ts';
import type { Json } from '../../json.ts';
import { structLine } from '../helm/json.ts';
import type { IO } from '../terminal/io.ts';
import { writeText } from '../terminal/text.ts';
import { type Format, templateForms } from './format.ts';
import { printTemplate } from './templates.ts';

/** For the describe of an option, after a command's own forms. */
export const documentForms = `json, yaml, ${templateForms}`;

export interface Document {
  /** A list is `{.items}` of a JSONPath, as in kubectl; anything else is what one starts from. */
  data(): Json;
  /** The rows of custom columns; absent: those of the list. */
  rows?(): readonly Json[];
  readonly headers?: boolean;
}

/** @returns false for a form of the command's own */
export function printDocument(format: Format<string>, document: Document, io: IO): boolean {
  const { headers = true } = document;
  if (format.is === 'json') writeText(structLine(document.data()), io);
  else if (format.is === 'yaml') writeText(toYaml(document.data()), io);
  else if ('template' in format || 'columns' in format) {
    const data = document.data();
    const items = document.rows?.() ?? (Array.isArray(data) ? (data as Json[]) : [data]);
    const root = Array.isArray(data) ? { items } : data;
    printTemplate(format, { items, headers, root }, io);
  } else return false;
  return true;
}
