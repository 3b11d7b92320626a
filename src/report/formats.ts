/** The formats a report can be had in. */

import { renderAsff } from './asff.ts';
import { renderCsv } from './csv.ts';
import { renderHtml } from './html.ts';
import { renderJson, renderJsonLines } from './json.ts';
import { renderJUnit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import { renderOcsf } from './ocsf.ts';
import type { RenderOptions, Report } from './report.ts';
import { renderTable } from './table.ts';

/** A renderer is pure and ends its text with a line break; `extension` is that of a file, without the dot. */
export interface Format {
  readonly extension: string;
  readonly render: (report: Report, options: RenderOptions) => string;
}

/** The names of `-o`. */
export type FormatName = 'table' | 'jsonl' | 'json' | 'csv' | 'html' | 'ocsf' | 'asff' | 'junit' | 'markdown';

/** Every format by its name. */
export const FORMATS: Readonly<Record<FormatName, Format>> = {
  table: { extension: 'txt', render: renderTable },
  jsonl: { extension: 'jsonl', render: renderJsonLines },
  json: { extension: 'json', render: renderJson },
  csv: { extension: 'csv', render: renderCsv },
  html: { extension: 'html', render: renderHtml },
  ocsf: { extension: 'ocsf.jsonl', render: renderOcsf },
  asff: { extension: 'asff.json', render: renderAsff },
  junit: { extension: 'junit.xml', render: renderJUnit },
  markdown: { extension: 'md', render: renderMarkdown },
};

/** True for the name of a format. */
export function isFormatName(name: string): name is FormatName {
  return Object.hasOwn(FORMATS, name);
}
