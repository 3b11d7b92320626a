/** All rules of a configuration together: which records a scan has to look at, and which rules to ask about one. */

import { callFailed } from '../cloudtrail/record.ts';
import type { AskedField } from '../cloudtrail/scanner/wanted.ts';
import type { CallRule, RecordFields, RecordPattern } from './call-rule.ts';
import { isFound } from './call-rule.ts';

/** The records that some rule may be about: those of any of these. */
export interface RuleCandidates {
  readonly names: ReadonlySet<string>;
  readonly sources: ReadonlySet<string>;
  readonly texts: readonly string[];
  /** Fields whose values tell by a record's bytes: all of one of the alternatives. */
  readonly fields: readonly (readonly AskedField[])[];
  /** True if a rule can be told by none of these, so that every record has to be read. */
  readonly all: boolean;
}

/** What a rule says of a record. */
export interface RuleHit {
  readonly rule: CallRule;
  /** `found`: it is one of the calls that the rule is about. `ended`: it ends the findings of its resource. */
  readonly as: 'found' | 'ended';
}

/** The rules of a configuration. */
export interface RuleSet {
  /** In the configuration's order. */
  readonly rules: readonly CallRule[];
  readonly candidates: RuleCandidates;
  /** What the rules say of a record, in the configuration's order. */
  readonly hits: (record: RecordFields) => readonly RuleHit[];
  /**
   * What the rules may have said of the first record of a call that failed after all, of which this one is the addendum, and no longer say.
   * An addendum need not repeat the request, so a rule counts that asks how calls end and does not find it, whatever else it asks.
   */
  readonly takenBack: (addendum: RecordFields) => readonly RuleHit[];
}

interface Question extends RuleHit {
  readonly pattern: RecordPattern;
  readonly order: number;
}

/** Prepares rules for many records. Only rules that may match a record's name or source, and those without either, are asked about it. */
export function ruleSetOf(rules: readonly CallRule[]): RuleSet {
  const questions = rules.flatMap((rule, index): readonly Question[] => [
    { rule, as: 'found', pattern: rule.pattern, order: 2 * index },
    ...(rule.resolvedBy === undefined
      ? []
      : [{ rule, as: 'ended', pattern: rule.resolvedBy, order: 2 * index + 1 } as const]),
  ]);
  const byName = new Map<string, Question[]>();
  const bySource = new Map<string, Question[]>();
  const always: Question[] = [];
  const texts = new Set<string>();
  const fields: (readonly AskedField[])[] = [];
  let all = false;
  for (const question of questions) {
    const { candidates } = question.pattern;
    if (candidates.kind === 'names') for (const name of candidates.names) add(byName, name, question);
    else if (candidates.kind === 'sources') for (const source of candidates.sources) add(bySource, source, question);
    else always.push(question);
    if (candidates.kind === 'texts') for (const text of candidates.texts) texts.add(text);
    if (candidates.kind === 'fields') fields.push(...candidates.alternatives);
    all ||= candidates.kind === 'all';
  }
  const asked = (
    { eventName, eventSource }: RecordFields,
    holds: (question: Question) => boolean,
  ): readonly Question[] => {
    const named = typeof eventName === 'string' ? (byName.get(eventName) ?? NONE) : NONE;
    const sourced = typeof eventSource === 'string' ? (bySource.get(eventSource) ?? NONE) : NONE;
    if (named.length + sourced.length + always.length === 0) return NONE;
    return [...named, ...sourced, ...always].filter(holds).toSorted((a, b) => a.order - b.order);
  };
  return {
    rules,
    candidates: { names: new Set(byName.keys()), sources: new Set(bySource.keys()), texts: [...texts], fields, all },
    hits: (record) => asked(record, (question) => isHit(question, record)),
    takenBack(addendum) {
      const { errorCode: _, errorMessage: __, ...succeeded } = addendum;
      return asked(
        addendum,
        (question) =>
          !isHit(question, addendum) &&
          (question.as === 'ended' || asksForOutcome(question.pattern) || isHit(question, succeeded)),
      );
    },
  };
}

function isHit(question: Question, record: RecordFields): boolean {
  return mayCount(question, record) && isFound(question.pattern, record);
}

/** A call that failed ends nothing, unless the pattern asks for errors itself. Whether it is found is for its pattern alone to say. */
function mayCount({ as, pattern }: Question, record: RecordFields): boolean {
  return as === 'found' || !callFailed(record) || asksForErrors(pattern);
}

function asksForErrors({ pattern: { alternatives } }: RecordPattern): boolean {
  return alternatives.some(({ fields }) =>
    fields.some(({ name }) => /^(?:detail\.)?error(?:Code|Message)$/.test(name)),
  );
}

/** True for a pattern that cannot match without regard to how the call ended. */
function asksForOutcome({ pattern: { alternatives } }: RecordPattern): boolean {
  return alternatives.every(({ fields }) =>
    fields.some(({ name }) => /^(?:detail\.)?(?:error(?:Code|Message)$|responseElements\.)/.test(name)),
  );
}

function add(map: Map<string, Question[]>, key: string, question: Question): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [question]);
  else known.push(question);
}

const NONE: readonly Question[] = [];

/** No rules: no record is of interest. */
export const NO_RULES: RuleSet = ruleSetOf([]);
