/** The formats a report can be had in. */

import { csvParts } from './csv.ts';
import { renderHtml } from './html/page.ts';
import { jsonLinesParts, jsonParts } from './json.ts';
import { renderJUnit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import { ocsfParts } from './ocsf.ts';
import type { RenderOptions, Report } from './report.ts';
import { asffParts } from './security-hub/asff.ts';
import { renderTable } from './terminal/table.ts';

/** A renderer is pure and ends its text with a line break. */
export interface Format {
  /** That of a file, without the dot. */
  readonly extension: string;
  /** The text piece by piece, each made when it is asked for: a season's in one would not fit in memory beside its report. */
  readonly parts: (report: Report, options: RenderOptions) => Iterable<string>;
}

/** The names of `-o`. */
export type FormatName = 'table' | 'jsonl' | 'json' | 'csv' | 'html' | 'ocsf' | 'asff' | 'junit' | 'markdown';

/** Every format by its name. */
export const FORMATS: Readonly<Record<FormatName, Format>> = {
  table: { extension: 'txt', parts: whole(renderTable) },
  jsonl: { extension: 'jsonl', parts: jsonLinesParts },
  json: { extension: 'json', parts: jsonParts },
  csv: { extension: 'csv', parts: csvParts },
  html: { extension: 'html', parts: whole(renderHtml) },
  ocsf: { extension: 'ocsf.jsonl', parts: ocsfParts },
  asff: { extension: 'asff.json', parts: asffParts },
  junit: { extension: 'junit.xml', parts: whole(renderJUnit) },
  markdown: { extension: 'md', parts: whole(renderMarkdown) },
};

/** The whole text of a report that is small, or of a format that is. */
export function render(format: FormatName, report: Report, options: RenderOptions): string {
  return [...FORMATS[format].parts(report, options)].join('');
}

/** The same text in pieces of at least so many characters but for the last: few writes, whatever the lines' lengths. */
export function* inBatches(parts: Iterable<string>, chars: number = BATCH_CHARS): Generator<string> {
  let batch = '';
  for (const part of parts) {
    batch += part;
    if (batch.length < chars) continue;
    yield batch;
    batch = '';
  }
  if (batch !== '') yield batch;
}

const BATCH_CHARS = 65_536;

/** What is only known as a whole. */
function whole(text: (report: Report, options: RenderOptions) => string): Format['parts'] {
  return (report, options) => [text(report, options)];
}

/** True for the name of a format. */
export function isFormatName(name: string): name is FormatName {
  return Object.hasOwn(FORMATS, name);
}
