/** Which records a pattern can match at all, by their event's name or source or by a text in them: the scanner passes over all others. */

import type { AskedField } from '../cloudtrail/scanner/wanted.ts';
import type { Alternative, Field, Pattern } from './pattern.ts';

/** What of a record decides, the cheapest first. */
export type Candidates =
  /** Only records with one of these event names. */
  | { readonly kind: 'names'; readonly names: ReadonlySet<string> }
  /** Only records with one of these event sources. */
  | { readonly kind: 'sources'; readonly sources: ReadonlySet<string> }
  /** Only records with one of these texts somewhere in them. Each record has to be searched, and one that has a text read. */
  | { readonly kind: 'texts'; readonly texts: readonly string[] }
  /** Only records with such a value of some field of an alternative. Each record's bytes have to be read, and one that may have it parsed. */
  | { readonly kind: 'fields'; readonly alternatives: readonly (readonly AskedField[])[] }
  /** Any record may match, so each has to be read. */
  | { readonly kind: 'all' };

/**
 * The records that a pattern can match. Event names and sources count only as exact values, and only if every alternative has some: a prefix
 * or an `anything-but` says nothing that could be looked up. `below` is the path of the record in the event: `detail` for a pattern of
 * EventBridge's event.
 */
export function candidatesOf(pattern: Pattern, below: 'detail' | '' = ''): Candidates {
  const { alternatives } = pattern;
  const exactIn = (name: string): ReadonlySet<string> | undefined => unionOf(alternatives, (one) => exactAt(one, name));
  const prefix = below === '' ? '' : `${below}.`;
  const names = exactIn(`${prefix}eventName`);
  if (names !== undefined) return { kind: 'names', names };
  const sources = unionOf(
    alternatives,
    (one) => exactAt(one, `${prefix}eventSource`) ?? (below === '' ? undefined : sourcesOf(one)),
  );
  if (sources !== undefined) return { kind: 'sources', sources };
  const texts = unionOf(alternatives, (one) => rarestTexts(one, prefix));
  if (texts !== undefined) return { kind: 'texts', texts: [...texts] };
  const asked = askedFields(pattern, below);
  return asked === undefined ? { kind: 'all' } : { kind: 'fields', alternatives: asked };
}

/** The fields by which a record's bytes tell that it cannot match, of each alternative; undefined if one of them has none. */
export function askedFields(
  { alternatives }: Pattern,
  below: 'detail' | '' = '',
): readonly (readonly AskedField[])[] | undefined {
  const asked = alternatives.map(({ fields }) =>
    fields
      .flatMap((field) => askedField(field, below))
      .toSorted((one, other) => one.rank - other.rank)
      .map(({ path, tests }) => ({ path, tests })),
  );
  return asked.every((fields) => fields.length > 0) ? asked : undefined;
}

/** Fields of EventBridge's event that are the record's own. `id` too, but nobody asks for it. */
const IN_EVENT: ReadonlyMap<string, string> = new Map([
  ['account', 'recipientAccountId'],
  ['region', 'awsRegion'],
]);

/** Names that JSON can only write verbatim or with `\u00`. */
const PLAIN_PATH = /^[\w:@-]+(?:\.[\w:@-]+)*$/;
/** AWS has no path that is nearly as long. */
const LONGEST_PATH = 200;

/** The field with its path in the record, and how little it says; nothing for one that the bytes do not tell. */
function askedField(field: Field, below: 'detail' | ''): readonly (AskedField & { readonly rank: number })[] {
  const path = below === '' ? field.name : (IN_EVENT.get(field.name) ?? field.name.split(/^detail\./)[1]);
  // A record without a time is asked with another one.
  if (field.kind !== 'some' || path === undefined || path === 'eventTime') return [];
  if (path.length > LONGEST_PATH || !PLAIN_PATH.test(path)) return [];
  const isExact = field.tests.every(({ exact, part }) => exact !== undefined || part !== undefined);
  const rank = SAME_IN_MOST.has(path) ? 2 : isExact ? 0 : 1;
  return [{ path, tests: field.tests.map(({ text }) => text), rank }];
}

function unionOf(
  alternatives: readonly Alternative[],
  textsOf: (alternative: Alternative) => readonly string[] | undefined,
): ReadonlySet<string> | undefined {
  const found = alternatives.map(textsOf);
  return found.every((texts) => texts !== undefined) ? new Set(found.flat()) : undefined;
}

/** The texts of which a field has to be one; undefined if it may be another. */
function exactAt({ fields }: Alternative, name: string): readonly string[] | undefined {
  const field = fields.find((one) => one.name === name);
  if (field?.kind !== 'some') return undefined;
  const texts = field.tests.map(({ exact }) => exact);
  return texts.every((text) => typeof text === 'string') ? texts : undefined;
}

/** The event sources behind the event's `source`: `eventOfRecord` makes `aws.ec2` of `ec2.amazonaws.com`, China's `….cn` and `ec2`. */
function sourcesOf(alternative: Alternative): readonly string[] | undefined {
  return exactAt(alternative, 'source')?.flatMap((source) => {
    const service = source.replace(/^aws\./, '');
    return [`${service}.amazonaws.com`, `${service}.amazonaws.com.cn`, service];
  });
}

/** A shorter text is in too many records to be worth looking for. */
const SHORTEST = 4;

/** Names that stand in nearly every record. @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html */
const IN_EVERY_RECORD: ReadonlySet<string> = new Set(
  `eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent requestParameters responseElements requestID
  eventID readOnly eventType managementEvent recipientAccountId eventCategory type principalId arn accountId accessKeyId sessionContext
  sessionIssuer userName attributes creationDate mfaAuthenticated tlsDetails`.split(/\s+/),
);

/** Fields with the same value in most records of a trail. */
const SAME_IN_MOST: ReadonlySet<string> = new Set(
  'eventVersion eventType eventCategory awsRegion recipientAccountId userIdentity.accountId'.split(' '),
);

/**
 * Texts of which a record has to contain one to meet the alternative, by the field that says most: its values, or its own name where that is
 * not in every record. What is in the event but not in the record says nothing.
 */
function rarestTexts({ fields }: Alternative, prefix: string): readonly string[] | undefined {
  const inRecord = fields.filter(({ kind, name }) => kind === 'some' && name.startsWith(prefix));
  const byValue = inRecord.flatMap((field) => {
    const texts = SAME_IN_MOST.has(field.name.slice(prefix.length)) ? undefined : valueTexts(field);
    return texts === undefined ? [] : [texts];
  });
  const byName = inRecord.flatMap(({ name }) => {
    const last = name.slice(name.lastIndexOf('.') + 1);
    return last.length < SHORTEST || IN_EVERY_RECORD.has(last) ? [] : [[last]];
  });
  const shortest = (texts: readonly string[]): number => Math.min(...texts.map(({ length }) => length));
  return [...byValue, ...byName].toSorted((one, other) => shortest(other) - shortest(one))[0];
}

function valueTexts(field: Field): readonly string[] | undefined {
  if (field.kind !== 'some') return undefined;
  const parts = field.tests.flatMap(({ part = '' }) => (part.length >= SHORTEST ? [part] : []));
  return parts.length === field.tests.length ? parts : undefined;
}
