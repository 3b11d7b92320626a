/** Event names and event sources in a pattern that no AWS service has. */

import { conditionOf, isOperator } from '../../rules/operators.ts';
import { type AskedField, exactTexts, operatorOf } from './asked-fields.ts';
import {
  EVENT_NAMES,
  EVENT_SOURCES,
  eventNamesOf,
  hasAllNames,
  isEventName,
  isEventOf,
  meantSource,
  sourcesOf,
} from './known-names.ts';

/** A doubt about a name. Looking for what was meant takes a while, so whoever wants to know says so. */
export interface NameDoubt {
  readonly path: string;
  readonly message: string;
  /** A name that may be misspelt, and the names that may have been meant, the likeliest first. */
  readonly misspelt?: { readonly name: string; readonly known: readonly ReadonlySet<string>[] };
}

type Fault = Omit<NameDoubt, 'path'>;

/** Operators that pick values by how they are written. */
const BY_TEXT: ReadonlySet<string> = new Set(['prefix', 'suffix', 'equals-ignore-case', 'wildcard']);

/** Names of services that are worth reading in a message. */
const MOST_SOURCES = 3;

/**
 * What is doubtful about the names of events that a field asks for. `base` is the name of the record in the event, with a dot, or
 * nothing. Nothing is said where a source is asked for, or a kind of event, whose names no service model has.
 */
export function eventNameDoubts({ list, paths, together }: AskedField, base: string): readonly NameDoubt[] {
  const types = exactTexts(together, `${base}eventType`);
  if (types?.some((type) => type !== 'AwsApiCall')) return [];
  const asked = exactTexts(together, `${base}eventSource`);
  const sources = asked?.filter((source) => EVENT_SOURCES.has(source)) ?? [];
  if (asked !== undefined && (sources.length < asked.length || !sources.every(hasAllNames))) return [];
  return list.flatMap((entry, index) => {
    const path = `${paths.at(-1)}[${index}]`;
    const fault = typeof entry === 'string' ? nameDoubt(entry, sources) : formDoubt(entry, EVENT_NAMES, 'event name');
    return fault === undefined ? [] : [{ path, ...fault }];
  });
}

function nameDoubt(name: string, sources: readonly string[]): Fault | undefined {
  const text = JSON.stringify(name);
  if (!isEventName(name)) {
    const bare = name.replace(/^[a-z0-9-]+:/, '');
    if (bare !== name && isEventName(bare))
      return { message: `${text} is an action of IAM; the event name is ${bare}` };
    const message = `no AWS service is known to log an event ${text}`;
    return { message, misspelt: { name, known: [...sources.map(eventNamesOf), EVENT_NAMES] } };
  }
  if (sources.length === 0 || sources.some((source) => isEventOf(source, name))) return undefined;
  const others = sourcesOf(name);
  const few = others.slice(0, MOST_SOURCES).join(', ');
  return {
    message: `${text} is an event of ${few}${others.length > MOST_SOURCES ? ' and others' : ''}, not of ${sources.join(' or ')}`,
  };
}

/** What is doubtful about the event sources that a field asks for. */
export function eventSourceDoubts({ list, paths }: AskedField): readonly NameDoubt[] {
  return list.flatMap((entry, index) => {
    const path = `${paths.at(-1)}[${index}]`;
    const fault = typeof entry === 'string' ? sourceDoubt(entry) : formDoubt(entry, EVENT_SOURCES, 'event source');
    return fault === undefined ? [] : [{ path, ...fault }];
  });
}

function sourceDoubt(source: string): Fault | undefined {
  if (EVENT_SOURCES.has(source) || EVENT_SOURCES.has(source.replace(/\.cn$/, ''))) return undefined;
  const text = JSON.stringify(source);
  const meant = meantSource(source);
  if (meant !== undefined) return { message: `${text} is no event source; write ${JSON.stringify(meant)}` };
  if (/\.amazonaws\.com(\.cn)?$/.test(source))
    return {
      message: `no AWS service is known by the event source ${text}`,
      misspelt: { name: source, known: [EVENT_SOURCES] },
    };
  return {
    message: `event sources end with ".amazonaws.com", ${text} does not`,
    misspelt: { name: `${source}.amazonaws.com`, known: [EVENT_SOURCES] },
  };
}

/** Why no known name can be written as a condition asks; undefined if one is, or if the condition is no matter of how it is written. */
function formDoubt(entry: unknown, known: ReadonlySet<string>, what: string): Fault | undefined {
  const { name = '', operand } = operatorOf(entry) ?? {};
  if (!BY_TEXT.has(name) || !isOperator(name)) return undefined;
  const text = typeof operand === 'string' ? operand : String(Object.values(Object(operand))[0]);
  // Versions such as 20150331v2 are in no list.
  if (/\d{2}/.test(text)) return undefined;
  const condition = conditionOf(name, operand);
  if (!('holds' in condition) || [...known].some(condition.holds)) return undefined;
  const message = `${JSON.stringify(entry)} fits no ${what} that is known`;
  return name === 'equals-ignore-case' ? { message, misspelt: { name: text, known: [known] } } : { message };
}
