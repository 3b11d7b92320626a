/** Text as SARIF messages have it. */

import { truncate } from '../../collections.ts';
import { visible } from '../escape.ts';

/** A SARIF message. */
export interface Message {
  readonly text: string;
}

/** The most characters of one line: longer than any sentence of ours with the ids that AWS gives. */
const MOST = 2_000;

/** A plain text message of these lines; none of them can be a link or a placeholder. A longer line is cut. Empty ones are left out. */
export function messageOf(...lines: readonly string[]): Message {
  const kept = lines.filter((line) => line !== '');
  return { text: kept.map((line) => plainLine(truncate(line, MOST))).join('\n') };
}

/** True if a line is shown as it is, so that a command in it can be pasted. */
export function isVerbatim(line: string): boolean {
  return line.length <= MOST && plainLine(line) === line;
}

/**
 * Viewers read `{0}` as a placeholder and `[text](address)` as a link, in plain text too. Braces are doubled, and where there could be a
 * link, brackets have a backslash.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html §3.11.5 and §3.11.6
 */
function plainLine(text: string): string {
  const line = visible(text).replace(/[{}]/g, '$&$&');
  return line.includes('](') ? line.replace(/[\\[\]]/g, '\\$&') : line;
}
