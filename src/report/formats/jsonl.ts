/** The findings as JSON lines. */

import { inertJson } from '../escape.ts';
import type { Format } from '../format.ts';
import type { Report } from '../report.ts';

/** One finding per line, exactly as the finding contract describes it; empty when there are no findings. */
export const jsonl: Format = { extension: 'jsonl', parts: jsonLinesParts };

function* jsonLinesParts({ findings }: Report): Generator<string> {
  for (const finding of findings) yield `${inertJson(finding)}\n`;
}
