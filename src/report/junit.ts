/** The report as junit. */

import { renderJson } from './json.ts';
import type { RenderOptions, Report } from './report.ts';

/** Stands in until the renderer is written. */
export function renderJUnit(report: Report, options: RenderOptions): string {
  return renderJson(report, options);
}
