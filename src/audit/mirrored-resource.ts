/** A resource with the verdicts of its interfaces: what the mirror rules judge. */

import { byText, groupBy } from '../collections.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { AccountIndex } from '../mirror/account-index.ts';
import { type SessionFinding, sessionFindings, verdictOf } from '../mirror/coverage.ts';
import { type Resource, resourceOf } from '../mirror/eligibility.ts';
import type { Verdict } from '../mirror/verdict.ts';
import type { FindingDetail, MirrorContext, RuleAnswer } from './rule-answer.ts';

/** An instance, task or lone interface, with the verdict of each of its interfaces. */
export interface MirroredResource extends Resource {
  readonly interfaces: readonly { readonly networkInterface: NetworkInterface; readonly verdict: Verdict }[];
  /** Sessions on its interfaces that go to unknown targets or belong to unknown owners, whatever else covers the interfaces. */
  readonly rogues: readonly SessionFinding[];
}

/** Groups interfaces by the resource they belong to and judges each. Resources are ordered by id, and so are their interfaces. */
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

/** What a rule says when any of some kinds of verdicts breaks it. */
interface VerdictRule {
  /** The kinds of verdicts that break the rule. */
  readonly breaks: readonly Verdict['kind'][];
  /** Completes "i-1 …". */
  readonly says: string;
  readonly passes: string;
  readonly fix: string;
}

/**
 * Judges a resource by its interfaces' verdicts. An interface that could not be judged makes the answer `unknown`, unless another
 * one certainly breaks the rule.
 */
export function answerByVerdicts(
  { breaks, says, passes, fix }: VerdictRule,
  resource: MirroredResource,
  { evidence }: MirrorContext,
): RuleAnswer {
  const verdicts = resource.interfaces.map(({ verdict }) => verdict);
  const breaking = verdicts.filter(({ kind }) => breaks.includes(kind));
  if (breaking.length > 0) {
    const isHopeless = breaking.some((verdict) => verdict.kind === 'missing' && !verdict.remediable);
    return {
      result: 'fail',
      reason: `${resource.resourceId} ${says}: ${distinctReasons(breaking)}.`,
      detail: detailOf(resource),
      evidence,
      fix: isHopeless ? `mirrorwatch mirror explain ${resource.resourceId}` : fix,
    };
  }
  return unknownAnswer(resource) ?? { result: 'pass', reason: passes, evidence };
}

/** The answer where an interface could not be judged; undefined when all could. */
export function unknownAnswer({ interfaces }: MirroredResource): RuleAnswer | undefined {
  const unknown = interfaces.map(({ verdict }) => verdict).filter(({ kind }) => kind === 'unknown');
  return unknown.length === 0 ? undefined : { result: 'unknown', reason: distinctReasons(unknown) };
}

/** The reasons of several verdicts as one phrase, each once. */
export function distinctReasons(verdicts: readonly Pick<Verdict, 'reason'>[]): string {
  return [...new Set(verdicts.map(({ reason }) => reason))].join('; ');
}

/** Where the resource is, and the verdict of each interface. */
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
