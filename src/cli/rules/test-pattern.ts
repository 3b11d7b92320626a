/** `rules test --pattern`: says of each event in a file whether it matches a pattern. */

import { readFile } from 'node:fs/promises';
import { grouped, plural } from '../../collections.ts';
import { ConfigError, messageOf, PipelineError } from '../../errors.ts';
import type { Explanation } from '../../rules/explain.ts';
import type { Pattern } from '../../rules/pattern.ts';
import { CLEAN, INCOMPLETE } from '../exit-codes.ts';
import type { Log } from '../log.ts';
import type { OutputChoice } from '../options.ts';
import { metLines } from './find-in-logs.ts';
import { nameOf, readStdin, STDIN } from './read-events.ts';
import { cells } from './test-rows.ts';

/** How to answer. */
interface TestOptions {
  readonly explain: boolean;
  readonly output: readonly OutputChoice[];
  readonly log: Log;
}

/**
 * Prints one JSON line for each event: `{"matched":true}`, with `explain` also the values that met the conditions or the first that failed.
 * On a terminal, or where it is chosen, a table instead. Either file may be `-`, standard input. Doubts about the pattern are warned of.
 * Returns the exit code. Throws ConfigError for a pattern that is not valid.
 */
export async function testPattern(
  path: string,
  events: string,
  { explain, output, log }: TestOptions,
): Promise<number> {
  if (path === STDIN && events === STDIN)
    throw new PipelineError('usage', 'standard input is either the pattern or the events; name a file for the other');
  const [
    { matches },
    explaining,
    { readEvents },
    { eventOfRecord, isForEvent },
    { asObject },
    { doubtsOfPattern },
    { askedFields },
    { isEventField },
    { openRows },
  ] = await Promise.all([
    import('../../rules/match.ts'),
    import('../../rules/explain.ts'),
    import('./read-events.ts'),
    import('../../rules/event-of-record.ts'),
    import('../../delivery/shape.ts'),
    import('../patterns/pattern-doubts.ts'),
    import('../patterns/asked-fields.ts'),
    import('../patterns/event-doubts.ts'),
    import('./test-rows.ts'),
  ]);
  const { pattern, value } = await readPattern(path);
  for (const doubt of doubtsOfPattern(value, '')) log.warn(`${nameOf(path)}: ${doubt.path} ${doubt.message}`);
  const carries = isForEvent(value);
  // Nothing around the record is asked for, so an event that carries one is asked as a rule of the configuration would.
  const isOfRecord = askedFields(value, '').every(({ names: [first] }) => !isEventField(first));
  const read = await readEvents(events);
  const rows = await openRows(output, log);
  const counts = { matched: 0, unread: 0 };
  for (const [index, one] of read.entries()) {
    if ('fault' in one) {
      counts.unread += 1;
      log.warn(`${nameOf(events)}: line ${one.line} ${one.fault}`);
      await rows.add({ matched: null }, [eventLine(index, 'unread', {})]);
      continue;
    }
    const record = asObject(one.event);
    const isRecord = typeof record?.eventName === 'string' && record.detail === undefined;
    const detail = asObject(record?.detail);
    const isCarried = typeof detail?.eventName === 'string' && isOfRecord;
    const event = carries && isRecord ? eventOfRecord(record) : isCarried ? detail : one.event;
    const answer = explain ? explaining.explain(pattern, event) : { matched: matches(pattern, event) };
    if (answer.matched) counts.matched += 1;
    const shown = detail !== undefined && typeof detail.eventName === 'string' ? detail : (record ?? {});
    const line = eventLine(index, answer.matched ? 'matched' : 'no match', shown);
    await rows.add(answer, [line, ...('met' in answer ? explained(answer) : [])]);
  }
  await rows.close(`${grouped(counts.matched)} of ${plural(read.length, 'event')} matched`);
  return counts.unread > 0 ? INCOMPLETE : CLEAN;
}

const WIDTHS = [5, 8, 20];

function eventLine(index: number, answer: string, event: Readonly<Record<string, unknown>>): string {
  const { eventTime, time, eventName, eventID, id } = event;
  return cells(
    [String(index + 1), answer, eventTime ?? time, eventName ?? event['detail-type'], eventID ?? id],
    WIDTHS,
  );
}

/** What an event met, and the first condition that it did not. */
function explained(answer: Explanation): readonly string[] {
  const met = metLines(answer.met);
  if (answer.matched) return met;
  const { name, wanted, found, elsewhere } = answer.failed;
  const values =
    found.length === 0 ? 'nothing is there' : `found ${found.map((one) => JSON.stringify(one)).join(', ')}`;
  const where = elsewhere ? ', in another element of a list than what is above' : '';
  return [...met, `${name} fails: wanted ${wanted.join(' or ')}, ${values}${where}`];
}

/** Reads and compiles a pattern. Throws ConfigError with every problem and its path. */
async function readPattern(path: string): Promise<{ readonly pattern: Pattern; readonly value: unknown }> {
  const [{ compilePattern }, { readConfigText }] = await Promise.all([
    import('../../rules/compile-pattern.ts'),
    import('../../config/config-text.ts'),
  ]);
  const bytes = path === STDIN ? readStdin() : readFile(path);
  const text = await bytes.then(String).catch((cause: unknown) => {
    throw new PipelineError('usage', `reading ${path}: ${messageOf(cause)}`, { path, cause });
  });
  const { value, lost } = readConfigText(text, nameOf(path));
  const compiled = compilePattern(value);
  const problems = [...lost, ...('problems' in compiled ? compiled.problems : [])];
  if ('problems' in compiled || problems.length > 0) throw new ConfigError(nameOf(path), problems);
  return { pattern: compiled.pattern, value };
}
