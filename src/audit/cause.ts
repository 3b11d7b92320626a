/** Who or what a finding is due to, as far as the records prove it. */

/** A recorded call that is, or may be, the cause of a finding. */
export interface CauseCall {
  /** For people: the user, role session or service. An attacker may have chosen it. */
  readonly actor: string;
  readonly eventName: string;
  /** ISO 8601 UTC. */
  readonly eventTime: string;
  readonly eventID: string;
}

/**
 * The cause of a finding.
 * - `call`: without this one call, the finding would not be there.
 * - `calls`: none alone, but these together; none of them can be left out.
 * - `possible`: the records fit these calls being the cause, and also something else. Never written as "by".
 * - `configuration`: our configuration changed, not the account. Nobody is named.
 * - `unknown`: no record shows it; `reason` says why. Nobody is named.
 */
export type Cause =
  | { readonly kind: 'call' | 'calls'; readonly calls: readonly CauseCall[] }
  | { readonly kind: 'possible'; readonly calls: readonly CauseCall[]; readonly reason: string }
  | { readonly kind: 'configuration' | 'unknown'; readonly reason: string };

const NOT_EXAMINED = 'it was not examined';

/** The cause of a finding that nothing has looked into. */
export const CAUSE_NOT_EXAMINED: Cause = { kind: 'unknown', reason: NOT_EXAMINED };

/** True for an unknown cause whose reason is only that nothing has looked into it. */
export function isNotExamined(cause: Cause): boolean {
  return cause.kind === 'unknown' && cause.reason === NOT_EXAMINED;
}

/** The calls that are proven to be the cause, oldest first; empty unless the cause is proven. */
export function provenCalls(cause: Cause): readonly CauseCall[] {
  return cause.kind === 'call' || cause.kind === 'calls' ? cause.calls : [];
}

/** Why a piece of evidence is listed: it caused the finding, belongs to its circumstances (the launch, a possible cause), or resolved it. */
export type EvidenceRole = 'cause' | 'context' | 'resolution';
