/** The findings in the AWS Security Finding Format, as a file to import into Security Hub. */

import { inertJson } from '../escape.ts';
import type { Format } from '../format.ts';
import type { RenderOptions, Report } from '../report.ts';
import { toAsff } from '../security-hub/asff.ts';

/** A JSON array for `aws securityhub batch-import-findings --findings file://…`, which accepts 100 findings at a time. */
export const asff: Format = { extension: 'asff.json', parts: asffParts };

function* asffParts(report: Report, options: RenderOptions): Generator<string> {
  let before = '[\n';
  for (const finding of toAsff(report, options)) {
    yield `${before}${inertJson(finding)}`;
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}
