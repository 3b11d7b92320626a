/** The report as text for a terminal. */

import type { Format } from '../format.ts';
import { renderTable } from '../terminal/table.ts';

/** Counts, the most urgent findings, and all findings in columns that fit the terminal. The default on a terminal. */
export const table: Format = { extension: 'txt', parts: (report, options) => [renderTable(report, options)] };
