/** Which records a pattern can match at all, by their event's name or source: the scanner passes over all others unread. */

import type { Field, Pattern } from './pattern.ts';

/** What of a record decides, the cheapest first. */
export type Candidates =
  /** Only records with one of these event names. */
  | { readonly kind: 'names'; readonly names: ReadonlySet<string> }
  /** Only records with one of these event sources. */
  | { readonly kind: 'sources'; readonly sources: ReadonlySet<string> }
  /** Any record may match, so each has to be read. */
  | { readonly kind: 'all' };

/**
 * The records that a pattern can match. Only exact values count, and only if every alternative has some: a prefix or an `anything-but`
 * says nothing that could be looked up. `below` is the path of the record in the event: `detail` for a pattern of EventBridge's event.
 */
export function candidatesOf({ alternatives }: Pattern, below: 'detail' | '' = ''): Candidates {
  const exactIn = (name: string): ReadonlySet<string> | undefined => {
    const found = alternatives.map(({ fields }) => exactTexts(fields.find((field) => field.name === name)));
    return found.every((texts) => texts !== undefined) ? new Set(found.flat()) : undefined;
  };
  const prefix = below === '' ? '' : `${below}.`;
  const names = exactIn(`${prefix}eventName`);
  if (names !== undefined) return { kind: 'names', names };
  const sources = exactIn(`${prefix}eventSource`);
  return sources === undefined ? { kind: 'all' } : { kind: 'sources', sources };
}

/** The texts of which a field has to be one; undefined if it may be another. */
function exactTexts(field: Field | undefined): readonly string[] | undefined {
  if (field?.kind !== 'some') return undefined;
  const texts = field.tests.map(({ exact }) => exact);
  return texts.every((text) => typeof text === 'string') ? texts : undefined;
}
