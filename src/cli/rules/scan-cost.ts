/** What a rule makes a scan read besides the calls that are always read. */

import type { CallRule, RecordPattern } from '../../rules/call-rule.ts';

/** In words, for `rules show` and `config validate`. */
export function costOf({ pattern, resolvedBy }: CallRule): string {
  const patterns = [pattern, ...(resolvedBy === undefined ? [] : [resolvedBy])];
  const [dearest = pattern] = patterns.toSorted((a, b) => DEARNESS[b.candidates.kind] - DEARNESS[a.candidates.kind]);
  return inWords(dearest.candidates);
}

/** What a scan has to read for the rule besides records of certain names: those of whole services, or of all. */
export function readsBesides({ pattern, resolvedBy }: CallRule): 'names' | 'sources' | 'all' {
  const dearness = Math.max(...[pattern, resolvedBy ?? pattern].map(({ candidates: { kind } }) => DEARNESS[kind]));
  if (dearness >= DEARNESS.texts) return 'all';
  return dearness === DEARNESS.sources ? 'sources' : 'names';
}

type Candidates = RecordPattern['candidates'];

const DEARNESS: Readonly<Record<Candidates['kind'], number>> = { names: 0, sources: 1, texts: 2, fields: 3, all: 4 };

function inWords(candidates: Candidates): string {
  switch (candidates.kind) {
    case 'names':
      return `only records of ${listed([...candidates.names])}`;
    case 'sources':
      return `every record of ${listed([...candidates.sources])} is read`;
    case 'texts':
      return `every record is searched for ${listed(candidates.texts.map((text) => JSON.stringify(text)))}`;
    case 'fields':
      return `the bytes of every record are read for ${listed(namesIn(candidates.alternatives))}, and each that may match is parsed`;
    case 'all':
      return 'every record is parsed and compared: no event name, source, text or value tells which it can match';
  }
}

function namesIn(alternatives: Extract<Candidates, { readonly kind: 'fields' }>['alternatives']): readonly string[] {
  return [...new Set(alternatives.flatMap((fields) => fields.map(({ path }) => path)))];
}

const MOST_LISTED = 5;

function listed(words: readonly string[]): string {
  const shown = words.slice(0, MOST_LISTED);
  return words.length > MOST_LISTED ? `${shown.join(', ')} and ${words.length - MOST_LISTED} more` : shown.join(' or ');
}
