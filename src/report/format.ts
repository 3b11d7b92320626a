/** What every report format has in common: its shape, and how its text is put together or written out. */

import type { RenderOptions, Report } from './report.ts';

/**
 * A format of the report. One file in `formats/` exports one of these, named after the file; `npm run generate` then lists it in
 * `formats/registry.ts`. Rendering is pure, and the text ends with a line break.
 */
export interface Format {
  /** The extension of a file in this format, without the dot. */
  readonly extension: string;
  /**
   * The text in pieces, each made when it is asked for. The text of a season's report does not fit in memory next to the report
   * itself.
   */
  readonly parts: (report: Report, options: RenderOptions) => Iterable<string>;
}

/** The complete text of a report, for small reports and small formats. */
export function render(format: Format, report: Report, options: RenderOptions): string {
  return [...format.parts(report, options)].join('');
}

const BATCH_CHARS = 65_536;

/** Joins pieces into batches of at least `chars` characters (the last one may be shorter), to save writes. */
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
