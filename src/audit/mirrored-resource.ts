/** A resource with the verdict on each of its interfaces. The mirror rules judge these. */

import { byText, groupBy } from '../collections.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { AccountIndex } from '../mirror/account-index.ts';
import { type SessionFinding, sessionFindings, verdictOf } from '../mirror/coverage.ts';
import { type Resource, resourceOf } from '../mirror/eligibility.ts';
import type { Verdict } from '../mirror/verdict.ts';
import type { FindingDetail, MirrorContext, RuleAnswer } from './rule-answer.ts';

/** An instance, task or stand-alone interface, with the verdict on each of its interfaces. */
export interface MirroredResource extends Resource {
  readonly interfaces: readonly { readonly networkInterface: NetworkInterface; readonly verdict: Verdict }[];
  /** Sessions on its interfaces that have an unknown target or a foreign owner, even if another session covers the interface. */
  readonly rogues: readonly SessionFinding[];
}

/** Judges each interface and groups them by resource. Resources and their interfaces are ordered by id. */
export function mirroredResourcesOf(
  interfaces: readonly NetworkInterface[],
  account: AccountIndex,
): readonly MirroredResource[] {
  const rogues = groupBy(
    sessionFindings(account).filter(({ kind }) => kind === 'rogue'),
    ({ networkInterfaceId }) => networkInterfaceId,
  );
  const sorted = interfaces.toSorted(byText(({ networkInterfaceId }) => networkInterfaceId));
  const owned = sorted.map((networkInterface) => ({
    networkInterface,
    resource: resourceOf(networkInterface),
    verdict: verdictOf(networkInterface, account),
  }));
  return [...groupBy(owned, ({ resource }) => resource.resourceId).values()]
    .flatMap((members) => {
      const [first] = members;
      if (first === undefined) return [];
      return {
        ...first.resource,
        interfaces: members.map(({ networkInterface, verdict }) => ({ networkInterface, verdict })),
        rogues: members.flatMap(({ networkInterface }) => rogues.get(networkInterface.networkInterfaceId) ?? []),
      };
    })
    .toSorted(byText(({ resourceId }) => resourceId));
}

/** A rule that certain kinds of verdicts break, with its texts. */
interface VerdictRule {
  readonly breaks: readonly Verdict['kind'][];
  /** Completes "i-1 …", given the verdicts that break the rule. */
  readonly says: string | ((breaking: readonly Verdict[]) => string);
  readonly passes: string;
}

/**
 * Judges a resource by its interfaces' verdicts. An interface that could not be judged makes the answer `unknown`, unless another
 * interface breaks the rule.
 */
export function answerByVerdicts(
  { breaks, says, passes }: VerdictRule,
  resource: MirroredResource,
  { evidence }: MirrorContext,
): RuleAnswer {
  const verdicts = resource.interfaces.map(({ verdict }) => verdict);
  const breaking = verdicts.filter(({ kind }) => breaks.includes(kind));
  if (breaking.length > 0) {
    return {
      result: 'fail',
      reason: `${resource.resourceId} ${typeof says === 'string' ? says : says(breaking)}: ${distinctReasons(breaking)}.`,
      detail: detailOf(resource),
      evidence,
      fix: UNPLANNED_FIX,
    };
  }
  return unknownAnswer(resource) ?? { result: 'pass', reason: passes, evidence };
}

/** The fix until a plan was made: only the plan knows whether a step of ours repairs the resource. */
export const UNPLANNED_FIX = 'No command is known before a plan is made: mirrorwatch mirror plan';

/** The `unknown` answer if any interface could not be judged; undefined if all could. */
export function unknownAnswer({ interfaces }: MirroredResource): RuleAnswer | undefined {
  const unknown = interfaces.map(({ verdict }) => verdict).filter(({ kind }) => kind === 'unknown');
  return unknown.length === 0 ? undefined : { result: 'unknown', reason: distinctReasons(unknown) };
}

/** The reasons of several verdicts as one phrase, without repeats. */
export function distinctReasons(verdicts: readonly Pick<Verdict, 'reason'>[]): string {
  return [...new Set(verdicts.map(({ reason }) => reason))].join('; ');
}

/** The resource's VPC and zone, and the verdict on each interface. */
export function detailOf({ interfaces }: MirroredResource): FindingDetail {
  const place = interfaces[0]?.networkInterface;
  return {
    vpcId: place?.vpcId,
    availabilityZone: place?.availabilityZone,
    interfaces: interfaces.map(({ networkInterface: { networkInterfaceId }, verdict }) => ({
      networkInterfaceId,
      verdict: verdict.kind,
      reason: verdict.reason,
    })),
  };
}
