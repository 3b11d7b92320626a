/** The port of the change log: the recorded calls and the policies that prove causes, kept beside the findings from one run to the next. */

import type { JudgingPolicy } from '../causes/configuration/policy-changes.ts';
import type { Scope } from '../inventory/inventory.ts';
import type { LaunchLog } from '../remediation/sensors/launch-log.ts';
import type { Change } from '../sighting/changes/change.ts';
import type { Sighting } from '../sighting/sighting.ts';
import type { FreshnessLog } from './freshness/freshness-log.ts';
import type { InOrderAsked, KeptPolicy, LastInOrder } from './judged-policies.ts';
import type { Ledger } from './ledger.ts';
import type { FloodLog } from './mails/floods.ts';

/** A successful call with what it changed, in one account and region: what a history of causes is made from. */
export type ChangingCall = Scope & Pick<Sighting, 'kind' | 'eventTime' | 'evidence' | 'changes'>;

/** A change with its place among the changes of its call, which may concern up to 1,000 resources. */
export interface PlacedChange {
  readonly place: number;
  readonly change: Change;
}

/** What one call did to one resource. */
export interface KeptPart extends Omit<ChangingCall, 'changes'> {
  /** Identifies the call: every copy of its record has the same one. */
  readonly callId: string;
  readonly changes: readonly PlacedChange[];
}

/** What is kept of one resource. */
export interface KeptResource {
  readonly resourceId: string;
  readonly parts: readonly KeptPart[];
  /** Calls up to this time are left out for want of space. */
  readonly lacksUntil?: Date | undefined;
}

/** A call as the log knows it: with the changes of the resources that were looked up, and perhaps not with others. */
export interface KeptCall extends ChangingCall {
  readonly callId: string;
}

/**
 * The calls that changed something, by resource, and the policies that an account was judged by. What is kept of a resource is bounded (`MOST_BYTES`), the newest calls first, and ends
 * `KEPT_DAYS` after it was last added to.
 */
export interface ChangeLog {
  /** Keeps calls. Keeping a call again changes nothing, and the order does not matter. Calls without changes are left out. */
  keep(calls: readonly ChangingCall[], now: Date): Promise<void>;
  /** What calls did to these resources, those without calls left out, in no order. One look-up for all of them. */
  about(scope: Scope, resourceIds: readonly string[]): Promise<readonly KeptResource[]>;
  /** Keeps the policy by which a complete look at `at` judged. A look older than those that are kept adds nothing. */
  keepPolicy(scope: Scope, policy: JudgingPolicy, at: Date): Promise<void>;
  /** The newest `KEPT_POLICIES` policies by which complete looks judged, newest first. */
  policies(scope: Scope): Promise<readonly KeptPolicy[]>;
  /**
   * When each of these findings was last observed as not open, also by a complete look that found nothing, in no order. Those never
   * observed are left out. One look-up for all.
   */
  lastInOrder(findings: readonly InOrderAsked[]): Promise<readonly LastInOrder[]>;
}

/**
 * What every adapter of the ledger provides: findings over time, the calls that their causes are found by, flood control, the launches that
 * are about to be made, and when accounts and regions spoke.
 */
export type FullLedger = Ledger & ChangeLog & FloodLog & LaunchLog & FreshnessLog;

/** How long the calls on a resource are kept after the last of them was added. */
export const KEPT_DAYS = 400;
