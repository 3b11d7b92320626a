/** How a page of a terminal is set: its width, its colours. */

import type pc from 'picocolors';
import type { Severity } from '../../audit/finding.ts';

/** Colours, or functions that leave the text alone when there are to be none. */
export type Paint = ReturnType<typeof pc.createColors>;

/** What every section of the table needs to know. */
export interface Page {
  readonly columns: number;
  readonly paint: Paint;
  readonly showMuted: boolean;
}

/** The colour of a severity; the word itself always stands there too. */
export function severityPaint(paint: Paint, severity: Severity): (text: string) => string {
  if (severity === 'critical') return (text) => paint.bold(paint.red(text));
  return severity === 'high' ? paint.red : severity === 'medium' ? paint.yellow : paint.cyan;
}
