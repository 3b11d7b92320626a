/** What AWS's figures say of an instance, and the answer of a rule that one kind of health breaks. */

import type { AccountIndex } from '../mirror/account-index.ts';
import type { TrafficHealth } from '../mirror/health/judge-figures.ts';
import { trafficHealthOf } from '../mirror/health/traffic-health.ts';
import { detailOf, type MirroredResource } from './mirrored-resource.ts';
import type { FindingDetail, RuleAnswer } from './rule-answer.ts';

/** An instance, and what its sessions carry. */
export interface JudgedTraffic {
  readonly resource: MirroredResource;
  /** Undefined if no session of it should carry anything. */
  readonly health: TrafficHealth | undefined;
}

/** What the sessions of an instance carry. Of a session that is known not to work, another rule tells. */
export function healthOf({ interfaces }: MirroredResource, account: AccountIndex): TrafficHealth | undefined {
  const all = interfaces.flatMap(({ networkInterface, verdict }) =>
    ['mirrored', 'duplicate', 'unknown'].includes(verdict.kind)
      ? (trafficHealthOf(networkInterface, account) ?? [])
      : [],
  );
  // With several interfaces the answer about each of them is unknown.
  return all[0];
}

/**
 * The answer of a rule that one kind of health breaks. Undefined where the figures prove neither that nor the contrary: an idle instance does not show
 * whether its session works.
 */
export function answerByTraffic(
  { breaks, says, fix }: { readonly breaks: TrafficHealth['kind']; readonly says: string; readonly fix: string },
  { resource, health }: JudgedTraffic,
): RuleAnswer | undefined {
  if (health === undefined) return { result: 'pass', reason: 'no session of it should carry anything' };
  if (health.kind === 'unknown' || health.kind === 'idle') return undefined;
  if (health.kind !== breaks) return { result: 'pass', reason: health.reason };
  const detail: FindingDetail = { ...detailOf(resource), figures: health.figures };
  return { result: 'fail', reason: `${resource.resourceId} ${says}: ${health.reason}.`, detail, evidence: [], fix };
}
