/** The report as one HTML file. */

import type { Format } from '../format.ts';
import { renderHtml } from '../html/page.ts';

/** A page with charts, filters and evidence that opens from disk and needs no network. */
export const html: Format = { extension: 'html', parts: (report, options) => [renderHtml(report, options)] };
