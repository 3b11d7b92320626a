/** The policies by which complete looks judged an account and region, and when findings were last not open. */

import type { Finding } from '../audit/finding.ts';
import { type JudgingPolicy, judgingPart } from '../causes/configuration/policy-changes.ts';
import { type Covering, covers } from './looks/covering.ts';
import { stateAt, type Timeline } from './timeline.ts';

/** A policy, with the time of the last complete look that judged by it. */
export interface KeptPolicy {
  readonly policy: JudgingPolicy;
  readonly lastLook: Date;
}

/** A policy as ledgers keep it. `lastLook` is in milliseconds since 1970. */
export interface StoredPolicy {
  readonly policy: JudgingPolicy;
  readonly lastLook: number;
}

/** Policies that are kept of an account and region. */
export const KEPT_POLICIES = 5;
/** What they may take together, as JSON, even if every character takes three bytes: a row stays within DynamoDB's 400 KB. */
const MOST_CHARS = 100_000;

/**
 * The policies, newest first, after a complete look at `at`. The same list if it adds nothing, because a later look is known. What is
 * too long is not kept, and neither is anything before it.
 */
export function withPolicy(kept: readonly StoredPolicy[], policy: JudgingPolicy, at: Date): readonly StoredPolicy[] {
  const [newest] = kept;
  if (newest !== undefined && at.getTime() <= newest.lastLook) return kept;
  const added = { policy: judgingPart(policy), lastLook: at.getTime() };
  const isKnown = newest !== undefined && JSON.stringify(newest.policy) === JSON.stringify(added.policy);
  const all = [added, ...(isKnown ? kept.slice(1) : kept)];
  let chars = 0;
  const tooMany = all.findIndex((each, index) => {
    chars += JSON.stringify(each).length;
    return index >= KEPT_POLICIES || chars > MOST_CHARS;
  });
  return tooMany === -1 ? all : all.slice(0, tooMany);
}

/** The policies as the port gives them. */
export function toKeptPolicies(stored: readonly StoredPolicy[]): readonly KeptPolicy[] {
  return stored.map(({ policy, lastLook }) => ({ policy, lastLook: new Date(lastLook) }));
}

/** When a finding was last observed as not open. */
export interface LastInOrder {
  readonly findingId: string;
  /** `resolved` also if it never was a finding; `muted` if an exemption or the policy muted it; `never` if it was always open. */
  readonly state: 'resolved' | 'muted' | 'never';
  /** True if a complete look says so that did not name the resource: it was in order then, or not there. */
  readonly isImplied?: true | undefined;
  /** The time of that observation. Of a finding that was always open, the time of the first one. */
  readonly at: Date;
}

/** A finding that is asked about, whether the ledger has it or not. */
export type InOrderAsked = Pick<Finding, 'id' | 'rule' | 'accountId' | 'region'>;

/**
 * What the timeline of a finding and the newest complete look at its account say. A look that judged the finding and did not find it open
 * found it as the timeline has it then. Undefined for a finding that nothing was ever observed of.
 */
export function lastInOrder(
  asked: InOrderAsked,
  timeline: Timeline,
  look: Covering | undefined,
): LastInOrder | undefined {
  const findingId = asked.id;
  const known = lastInFacts(findingId, timeline);
  if (look === undefined || !covers(look, asked)) return known;
  const state = stateAt(timeline, look.at)?.state ?? 'resolved';
  const isNewer = known === undefined || known.state === 'never' || known.at.getTime() < look.at;
  return state === 'open' || !isNewer ? known : { findingId, state, at: new Date(look.at), isImplied: true };
}

function lastInFacts(findingId: string, { facts, base }: Timeline): LastInOrder | undefined {
  const found = facts.findLast(({ state }) => state !== 'open') ?? (base && { at: base.until, state: base.state });
  if (found !== undefined && found.state !== 'open') {
    const implied = 'isImplied' in found && found.isImplied === true ? { isImplied: true as const } : {};
    return { findingId, state: found.state, at: new Date(found.at), ...implied };
  }
  const first = base?.firstOpenedAt ?? base?.until ?? facts[0]?.at;
  return first === undefined ? undefined : { findingId, state: 'never', at: new Date(first) };
}
