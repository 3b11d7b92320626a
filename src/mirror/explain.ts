/** `mirror explain`: why an interface or an instance goes to its target, check by check, for every candidate. */

import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { AccountIndex } from './account-index.ts';
import { verdictOf } from './coverage.ts';
import { resourceOf } from './eligibility.ts';
import { candidatesFor, selectTarget } from './select-target.ts';
import type { Explanation, Verdict } from './verdict.ts';

/** The contract of `mirror explain -o json` for an instance or a task. */
export interface InstanceExplanation {
  readonly resourceId: string;
  /** By interface id; empty when the instance has none (terminated) or they could not be read. */
  readonly interfaces: readonly Explanation[];
}

/**
 * The verdict of an interface, the target it goes to (the one it has, else the one that would be chosen), and every candidate, best
 * first. Undefined when the interface is not in the inventory. An exempt interface has no candidates.
 */
export function explain(networkInterfaceId: string, account: AccountIndex): Explanation | undefined {
  const found = account.networkInterface(networkInterfaceId);
  return typeof found === 'object' ? explanationOf(found, account) : undefined;
}

/** All interfaces of an instance, or of a task by the id that `resourceOf` gives; undefined when the inventory knows neither it nor an interface of it. */
export function explainInstance(resourceId: string, account: AccountIndex): InstanceExplanation | undefined {
  const interfaces = account.once(interfacesByResource).get(resourceId) ?? [];
  if (interfaces.length === 0 && typeof account.instance(resourceId) !== 'object') return undefined;
  return { resourceId, interfaces: interfaces.map((one) => explanationOf(one, account)) };
}

function explanationOf(networkInterface: NetworkInterface, account: AccountIndex): Explanation {
  const verdict = verdictOf(networkInterface, account);
  return {
    networkInterfaceId: networkInterface.networkInterfaceId,
    resourceId: resourceOf(networkInterface).resourceId,
    verdict: { kind: verdict.kind, reason: verdict.reason },
    selected: selectedBy(verdict, networkInterface, account),
    candidates: verdict.kind === 'exempt' ? [] : candidatesFor(networkInterface, account),
  };
}

function selectedBy(verdict: Verdict, networkInterface: NetworkInterface, account: AccountIndex): string | null {
  if (verdict.kind === 'exempt') return null;
  if (verdict.kind === 'mirrored') return verdict.trafficMirrorTargetId;
  if (verdict.kind === 'duplicate') {
    const kept = account.trafficMirrorSession(verdict.trafficMirrorSessionIds[0] ?? '');
    return typeof kept === 'object' ? kept.trafficMirrorTargetId : null;
  }
  const selection = selectTarget(networkInterface, account);
  return selection.kind === 'selected' ? selection.trafficMirrorTargetId : null;
}

function interfacesByResource({ inventory }: AccountIndex): ReadonlyMap<string, readonly NetworkInterface[]> {
  const byResource = new Map<string, NetworkInterface[]>();
  const byId = (a: NetworkInterface, b: NetworkInterface): number =>
    a.networkInterfaceId < b.networkInterfaceId ? -1 : 1;
  for (const one of (inventory.networkInterfaces ?? []).toSorted(byId)) {
    const { resourceId } = resourceOf(one);
    const list = byResource.get(resourceId);
    if (list === undefined) byResource.set(resourceId, [one]);
    else list.push(one);
  }
  return byResource;
}
