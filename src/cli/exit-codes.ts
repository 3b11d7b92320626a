/** The process's exit codes; `mirrorwatch --help` lists them. */

import { atLeast, type Finding, type Judgement, type RuleId, type Severity } from '../audit/finding.ts';
import { severityOf } from '../audit/rule-book.ts';

/** Nothing found that counts. */
export const CLEAN = 0;
/** A usage, configuration or AWS error: the work was not done. */
export const FAILED = 1;
/** Finished, but some input could not be read, which wins over FINDINGS, or without findings, some resource not be judged; each is named. */
export const INCOMPLETE = 2;
/** Open findings at or above `--fail-on`. */
export const FINDINGS = 3;

/** What a finished run found, and what it could not judge or read. */
export interface Finished {
  readonly findings: readonly Pick<Finding, 'status' | 'severity'>[];
  readonly judgements: readonly Pick<Judgement, 'rule' | 'result'>[];
  readonly rejected: readonly unknown[];
}

/** What counts. */
export interface ExitPolicy {
  readonly failOn: Severity;
  /** @default false */
  readonly exitZero?: boolean | undefined;
  readonly severities: Readonly<Partial<Record<RuleId, Severity>>>;
}

/**
 * The exit code of a finished run. Muted and resolved findings never count. Where no finding counts, what could not be judged does, if a
 * finding of its rule would: it may be one. `exitZero` turns FINDINGS into CLEAN, but never INCOMPLETE.
 */
export function exitCodeOf({ findings, judgements, rejected }: Finished, policy: ExitPolicy): number {
  const { failOn, exitZero = false } = policy;
  if (rejected.length > 0) return INCOMPLETE;
  const counts = findings.some(({ status, severity }) => status === 'open' && atLeast(severity, failOn));
  if (counts && !exitZero) return FINDINGS;
  return unjudged(judgements, policy).length > 0 ? INCOMPLETE : CLEAN;
}

/** The judgements that could not be made, by rules whose findings would count. */
export function unjudged<J extends Pick<Judgement, 'rule' | 'result'>>(
  judgements: readonly J[],
  { failOn, severities }: ExitPolicy,
): readonly J[] {
  return judgements.filter(({ rule, result }) => result === 'unknown' && atLeast(severityOf(rule, severities), failOn));
}
