/** The report as one JSON value. */

import { inertJson } from '../escape.ts';
import type { Format } from '../format.ts';
import type { RenderOptions, Report } from '../report.ts';

/** One indented JSON value. */
export const json: Format = { extension: 'json', parts: jsonParts };

/**
 * The complete report as one indented JSON value: `schema`, `input`, `summary`, `findings`, then the rest. `judgements` lists only
 * the resources that could not be judged, or all with `includePass`. It is absent in a report from the ledger, which does not keep it.
 */
function* jsonParts(report: Report, options: RenderOptions): Generator<string> {
  let before = '{';
  for (const [key, value] of Object.entries({ ...report, judgements: judgementsOf(report, options) })) {
    if (value === undefined) continue;
    yield `${before}\n  ${inertJson(key)}: `;
    yield* membersOf(value);
    before = ',';
  }
  yield '\n}\n';
}

function judgementsOf(
  { judgements, summary }: Report,
  { includePass }: RenderOptions,
): Report['judgements'] | undefined {
  if (summary.judged === null) return undefined;
  return includePass ? judgements : judgements.filter(({ result }) => result === 'unknown');
}

/** A member of the report, indented as JSON.stringify would. Lists and objects come one element at a time, to save memory. */
function* membersOf(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return yield inertJson(value);
  const isList = Array.isArray(value);
  const [opening, closing] = isList ? ['[', ']'] : ['{', '}'];
  let before = opening;
  for (const [key, member] of isList ? value.entries() : Object.entries(value)) {
    if (member === undefined) continue;
    const text = inertJson(member, 2).replaceAll('\n', '\n    ');
    yield `${before}\n    ${isList ? '' : `${inertJson(key)}: `}${text}`;
    before = ',';
  }
  yield before === opening ? `${opening}${closing}` : `\n  ${closing}`;
}
