/** Which sources a plan leaves as they are because an exemption says so, and what that means for their sessions. */

import type { ForbiddenRepairs } from '../../audit/exemptions.ts';
import type { RuleId } from '../../audit/finding.ts';
import type { NetworkInterface } from '../../inventory/network-interface.ts';
import type { AccountIndex } from '../../mirror/account-index.ts';
import { resourceOf } from '../../mirror/eligibility.ts';
import { isManaged } from '../../mirror/sessions.ts';
import type { Verdict } from '../../mirror/verdict.ts';
import type { LeftOut } from '../plan.ts';
import type { Need } from '../session-need.ts';

/** True if an exemption says that the interface must not be mirrored. */
export function mustNotBeMirrored(
  { networkInterfaceId }: { readonly networkInterfaceId: string },
  forbidden: ForbiddenRepairs,
): boolean {
  return forbidden.get(networkInterfaceId)?.has('instance-unmirrored') === true;
}

/**
 * The source as left out of the plan; undefined when no exemption concerns what it needs. A source that must not be mirrored is left
 * out whatever it needs: making its dead session work would mirror it too. Sessions on it stay, and are named, because only a
 * person can tell whether they are meant.
 */
export function leftOutBy(
  forbidden: ForbiddenRepairs,
  about: {
    readonly source: NetworkInterface;
    readonly verdict: Verdict;
    readonly need: Need;
    readonly account: AccountIndex;
  },
): LeftOut | undefined {
  const { source, verdict, need, account } = about;
  const { networkInterfaceId } = source;
  const rules = forbidden.get(networkInterfaceId);
  if (rules === undefined || verdict.kind === 'exempt') return undefined;
  const decision = rules.get('instance-unmirrored') ?? rules.get(ruleOfNeed(verdict, need) ?? 'instance-unmirrored');
  const sessions = account.sessionsOn(networkInterfaceId);
  if (decision === undefined || (need.kind === 'none' && sessions.length === 0)) return undefined;
  const named = sessions.map(
    (session) => `${session.trafficMirrorSessionId}${isManaged(session, account.inventory.accountId) ? ' (ours)' : ''}`,
  );
  const stay =
    named.length === 0
      ? ''
      : `; it has ${named.length === 1 ? 'a session' : 'sessions'} all the same, left as found: ${named.join(', ')}; delete what must not be`;
  return {
    networkInterfaceId,
    resourceId: resourceOf(source).resourceId,
    reason: `${decision}${stay}`,
    trafficMirrorSessionIds: sessions.map(({ trafficMirrorSessionId }) => trafficMirrorSessionId),
  };
}

/** The rule whose repair the source's session would be, besides `instance-unmirrored`. */
function ruleOfNeed(verdict: Verdict, need: Need): RuleId | undefined {
  if (verdict.kind === 'ineffective') return 'mirror-ineffective';
  const redirects = verdict.kind === 'rogue' && need.kind === 'session' && need.session !== undefined;
  return redirects ? 'mirror-rogue' : undefined;
}
