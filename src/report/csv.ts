/** The report as csv. */

import { renderJson } from './json.ts';
import type { RenderOptions, Report } from './report.ts';

/** Stands in until the renderer is written. */
export function renderCsv(report: Report, options: RenderOptions): string {
  return renderJson(report, options);
}
