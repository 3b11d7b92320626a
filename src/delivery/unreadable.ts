/** The error for a message of no known form, which says what the message looked like. */

import { PipelineError } from '../errors.ts';
import { asObject, quoted } from './shape.ts';

/** What a value looks like, by its outermost keys only: short whatever its size, and without its contents. */
export function describe(value: unknown): string {
  const fields = asObject(value);
  if (fields !== undefined) {
    const names = Object.keys(fields);
    const shown = names.slice(0, 12).map((name) => quoted(name, 40));
    const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : '';
    return names.length === 0 ? 'an empty object' : `an object with the keys ${shown.join(', ')}${more}`;
  }
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'string' ? `the text ${quoted(value)}` : `the value ${String(value).slice(0, 40)}`;
}

/** A PipelineError `notification-unreadable`. `found` is what the message turned out to be. */
export function unreadable(found: string, cause?: unknown): PipelineError {
  return new PipelineError('notification-unreadable', `the message has no known form: ${found}`, { cause });
}
