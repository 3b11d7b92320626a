/** `rules test --pattern`: says of each event in a file whether it matches a pattern. */

import { readFile } from 'node:fs/promises';
import { ConfigError, messageOf, PipelineError } from '../../errors.ts';
import { inertJson } from '../../report/escape.ts';
import type { Pattern } from '../../rules/pattern.ts';
import { CLEAN, INCOMPLETE } from '../exit-codes.ts';
import type { Log } from '../log.ts';
import { print } from '../output.ts';

/**
 * Prints one JSON line for each event: `{"matched":true}`, with `explain` also the values that met the conditions or the first that failed.
 * Doubts about the pattern are warned of. Returns the exit code. Throws ConfigError for a pattern that is not valid.
 */
export async function testPattern(
  path: string,
  events: string,
  { explain, log }: { readonly explain: boolean; readonly log: Log },
): Promise<number> {
  const [
    { matches },
    explaining,
    { readEvents },
    { eventOfRecord, isForEvent },
    { asObject },
    { doubtsOfPattern },
    { askedFields },
    { isEventField },
  ] = await Promise.all([
    import('../../rules/match.ts'),
    import('../../rules/explain.ts'),
    import('./read-events.ts'),
    import('../../rules/event-of-record.ts'),
    import('../../delivery/shape.ts'),
    import('../patterns/pattern-doubts.ts'),
    import('../patterns/asked-fields.ts'),
    import('../patterns/event-doubts.ts'),
  ]);
  const { pattern, value } = await readPattern(path);
  for (const doubt of doubtsOfPattern(value, '')) log.warn(`${path}: ${doubt.path} ${doubt.message}`);
  const carries = isForEvent(value);
  // Nothing around the record is asked for, so an event that carries one is asked as a rule of the configuration would.
  const isOfRecord = askedFields(value, '').every(({ names: [first] }) => !isEventField(first));
  let isIncomplete = false;
  for (const read of await readEvents(events)) {
    if ('fault' in read) {
      isIncomplete = true;
      log.warn(`${events}: line ${read.line} ${read.fault}`);
      await print('{"matched":null}\n');
      continue;
    }
    const record = asObject(read.event);
    const isRecord = typeof record?.eventName === 'string' && record.detail === undefined;
    const detail = asObject(record?.detail);
    const isCarried = typeof detail?.eventName === 'string' && isOfRecord;
    const event = carries && isRecord ? eventOfRecord(record) : isCarried ? detail : read.event;
    const answer = explain ? explaining.explain(pattern, event) : { matched: matches(pattern, event) };
    await print(`${inertJson(answer)}\n`);
  }
  return isIncomplete ? INCOMPLETE : CLEAN;
}

/** Reads and compiles a pattern. Throws ConfigError with every problem and its path. */
async function readPattern(path: string): Promise<{ readonly pattern: Pattern; readonly value: unknown }> {
  const [{ compilePattern }, { readConfigText }] = await Promise.all([
    import('../../rules/compile-pattern.ts'),
    import('../../config/config-text.ts'),
  ]);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new PipelineError('usage', `reading ${path}: ${messageOf(cause)}`, { path, cause });
  });
  const { value, lost } = readConfigText(text, path);
  const compiled = compilePattern(value);
  const problems = [...lost, ...('problems' in compiled ? compiled.problems : [])];
  if ('problems' in compiled || problems.length > 0) throw new ConfigError(path, problems);
  return { pattern: compiled.pattern, value };
}
