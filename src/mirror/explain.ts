/** `mirror explain`: why an interface or an instance goes to its target, with every check of every candidate. */

import { byText, groupBy } from '../collections.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { AccountIndex } from './account-index.ts';
import { verdictOf } from './coverage.ts';
import { eligibilityOf, resourceOf } from './eligibility.ts';
import { candidatesFor, selectTarget } from './select-target.ts';
import type { Explanation, Verdict } from './verdict.ts';

/** What `mirror explain -o json` prints for an instance or a task. */
export interface InstanceExplanation {
  readonly resourceId: string;
  /** In order of interface ids. Empty when the instance has none (it is terminated) or they could not be read. */
  readonly interfaces: readonly Explanation[];
}

/**
 * Explains one interface: its verdict, its target (the one it has, else the one that would be selected) and every candidate, best
 * first. An exempt interface has no candidates. Undefined when the interface is not in the inventory.
 */
export function explain(networkInterfaceId: string, account: AccountIndex): Explanation | undefined {
  const found = account.networkInterface(networkInterfaceId);
  return typeof found === 'object' ? explanationOf(found, account) : undefined;
}

/**
 * Explains all interfaces of an instance, or of a task by its `resourceOf` id. Undefined when the inventory has neither the resource
 * nor an interface of it.
 */
export function explainInstance(resourceId: string, account: AccountIndex): InstanceExplanation | undefined {
  const interfaces = account.once(interfacesByResource).get(resourceId) ?? [];
  if (interfaces.length === 0 && typeof account.instance(resourceId) !== 'object') return undefined;
  return { resourceId, interfaces: interfaces.map((one) => explanationOf(one, account)) };
}

function explanationOf(networkInterface: NetworkInterface, account: AccountIndex): Explanation {
  const verdict = verdictOf(networkInterface, account);
  const { selected, reason } = chosenFor(verdict, networkInterface, account);
  const eligibility = eligibilityOf(networkInterface, account);
  const unproven = eligibility.kind === 'source' ? (eligibility.destination.unproven ?? []) : [];
  return {
    networkInterfaceId: networkInterface.networkInterfaceId,
    resourceId: resourceOf(networkInterface).resourceId,
    verdict: { kind: verdict.kind, reason },
    selected,
    candidates: verdict.kind === 'exempt' ? [] : candidatesFor(networkInterface, account),
    ...(unproven.length > 0 && { unproven }),
  };
}

/** The target it has, or the choice for this source alone; and the verdict's reason, which says so of such a choice. */
function chosenFor(
  verdict: Verdict,
  networkInterface: NetworkInterface,
  account: AccountIndex,
): { readonly selected: string | null; readonly reason: string } {
  const { reason } = verdict;
  switch (verdict.kind) {
    case 'exempt':
      return { selected: null, reason };
    case 'mirrored':
      return { selected: verdict.trafficMirrorTargetId, reason };
    case 'duplicate': {
      const first = account.trafficMirrorSession(verdict.trafficMirrorSessionIds[0] ?? '');
      return { selected: typeof first === 'object' ? first.trafficMirrorTargetId : null, reason };
    }
    case 'ineffective':
    case 'missing':
    case 'rogue':
    case 'unknown': {
      const selection = selectTarget(networkInterface, account);
      if (selection.kind !== 'selected') return { selected: null, reason };
      const alone = `for this source alone, with the sessions of now: ${selection.reason}`;
      return { selected: selection.trafficMirrorTargetId, reason: `${reason}; ${alone}` };
    }
  }
}

function interfacesByResource({ inventory }: AccountIndex): ReadonlyMap<string, readonly NetworkInterface[]> {
  const interfaces = (inventory.networkInterfaces ?? []).toSorted(byText((it) => it.networkInterfaceId));
  return groupBy(interfaces, (networkInterface) => resourceOf(networkInterface).resourceId);
}
