/** The findings as JSON lines. */

import { inertJson } from '../escape.ts';
import type { Format } from '../format.ts';
import type { Report } from '../report.ts';

/** One finding per line, with its fields in the documented order; empty without findings. */
export const jsonl: Format = { extension: 'jsonl', parts: jsonLinesParts };

function* jsonLinesParts({ findings }: Report): Generator<string> {
  for (const finding of findings) yield `${inertJson(finding)}\n`;
}
