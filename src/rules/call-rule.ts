/** A rule of the configuration about single calls: which records it finds, what a finding is about, and what ends it. */

import type { Problem } from '../errors.ts';
import { type Candidates, candidatesOf } from './candidates.ts';
import { compilePattern } from './compile-pattern.ts';
import { eventOfRecord, isForEvent } from './event-of-record.ts';
import { matches } from './match.ts';
import type { Pattern } from './pattern.ts';
import { isRecordPath, type RecordPath, readTemplate, recordPathOf, type Template } from './record-path.ts';

/** A record as JSON has it. */
export type RecordFields = Readonly<Record<string, unknown>>;

/** A pattern that is asked of records, also where it is written for the EventBridge event that would carry them. */
export interface RecordPattern {
  readonly pattern: Pattern;
  readonly isForEvent: boolean;
  readonly candidates: Candidates;
}

/** A rule that can be asked. */
export interface CallRule {
  /** `[a-z0-9-]{1,64}`; the rule's id is `custom:` and this. */
  readonly name: string;
  readonly title: string;
  readonly pattern: RecordPattern;
  /** Where a record names the resource. Absent: its first ARN, else the actor's, else the account. */
  readonly resource?: RecordPath | undefined;
  readonly reason: Template;
  /** Words for people, or nothing. */
  readonly fix: string;
  /** How long after the last call a finding stays open. */
  readonly resolveAfterHours: number;
  /** The calls that end a finding of the resource that they name. */
  readonly resolvedBy?: RecordPattern | undefined;
  /** As the configuration writes it. */
  readonly written: WrittenCallRule;
}

/** A rule as the configuration writes it. */
export interface WrittenCallRule {
  readonly name: string;
  readonly title?: string | undefined;
  readonly pattern: unknown;
  readonly resource?: string | undefined;
  readonly reason?: string | undefined;
  readonly fix?: string | undefined;
  readonly resolveAfterHours?: number | undefined;
  readonly resolvedBy?: unknown;
}

const DEFAULTS = { reason: '{userIdentity.arn} called {eventName}', resolveAfterHours: 720 } as const;

/** Compiles a rule whose form the configuration's schema has checked, or says everything that is wrong with it. */
export function callRuleOf(
  written: WrittenCallRule,
): { readonly rule: CallRule } | { readonly problems: readonly Problem[] } {
  const { name, title = name, resource, fix = '' } = written;
  const problems: Problem[] = [];
  const pattern = recordPatternOf(written.pattern, 'pattern', problems);
  const resolvedBy =
    written.resolvedBy === undefined ? undefined : recordPatternOf(written.resolvedBy, 'resolvedBy', problems);
  if (resource !== undefined && !isRecordPath(resource))
    problems.push({ path: 'resource', message: 'must be a path into the record, such as requestParameters.name' });
  const reason = readTemplate(written.reason ?? DEFAULTS.reason);
  if ('problem' in reason) problems.push({ path: 'reason', message: reason.problem });
  if (problems.length > 0 || pattern === undefined || 'problem' in reason) return { problems };
  const { resolveAfterHours = DEFAULTS.resolveAfterHours } = written;
  return {
    rule: {
      ...{ name, title, pattern, resource: resource === undefined ? undefined : recordPathOf(resource) },
      ...{ reason: reason.template, fix, resolveAfterHours, resolvedBy, written },
    },
  };
}

function recordPatternOf(value: unknown, path: string, problems: Problem[]): RecordPattern | undefined {
  const compiled = compilePattern(value);
  if ('problems' in compiled) {
    for (const one of compiled.problems)
      problems.push({
        ...one,
        path: one.path === '' ? path : `${path}${one.path.startsWith('[') ? '' : '.'}${one.path}`,
      });
    return undefined;
  }
  const { pattern } = compiled;
  const isEvent = isForEvent(value);
  return { pattern, isForEvent: isEvent, candidates: candidatesOf(pattern, isEvent ? 'detail' : '') };
}

/** What the rule has where the configuration says nothing. */
export function withRuleDefaults(rule: WrittenCallRule): WrittenCallRule {
  return { ...DEFAULTS, title: rule.name, ...rule };
}

/** What a pattern is asked of: the record, or the EventBridge event that would carry it. */
export function asked({ isForEvent: isEvent }: Pick<RecordPattern, 'isForEvent'>, record: RecordFields): RecordFields {
  return isEvent ? eventOfRecord(record) : record;
}

/** True if the record, or the event that would carry it, matches. */
export function isFound(pattern: RecordPattern, record: RecordFields): boolean {
  return matches(pattern.pattern, asked(pattern, record));
}
