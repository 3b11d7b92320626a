/** The report and its findings as JSON. */

import { inertJson } from './escape.ts';
import type { RenderOptions, Report } from './report.ts';

/**
 * The whole report as one indented JSON value: `schema`, `input`, `summary`, `findings`, then the rest. Of the judgements those
 * that could not be made are in it, and with `includePass` all.
 */
export function renderJson(report: Report, options: RenderOptions): string {
  const judgements = options.includePass
    ? report.judgements
    : report.judgements.filter(({ result }) => result === 'unknown');
  return `${inertJson({ ...report, judgements }, 2)}\n`;
}

/** One finding a line, exactly the contract of a finding; empty when there is none. */
export function renderJsonLines(report: Report): string {
  return report.findings.map((finding) => `${inertJson(finding)}\n`).join('');
}
