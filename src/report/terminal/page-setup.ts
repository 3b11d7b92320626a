/** How a report is set on a terminal: its width and its colours. */

import type pc from 'picocolors';
import type { Severity } from '../../audit/finding.ts';

/** Colour functions. Without colours they return the text unchanged. */
export type Paint = ReturnType<typeof pc.createColors>;

/** What every section of the table needs to know. */
export interface PageSetup {
  readonly columns: number;
  readonly paint: Paint;
  readonly showMuted: boolean;
}

/**
 * The colour of a severity. Colour only repeats the word, which is always printed too. Yellow and cyan are left out: on a light background
 * many terminals show them too pale to read.
 */
export function severityPaint(paint: Paint, severity: Severity): (text: string) => string {
  switch (severity) {
    case 'critical':
      return (text) => paint.bold(paint.red(text));
    case 'high':
      return paint.red;
    case 'medium':
      return paint.magenta;
    case 'low':
      return paint.blue;
  }
}
