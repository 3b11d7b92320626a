/** `mirror health`: what the sessions of each source carry, by AWS's figures. */

import { byText } from '../../collections.ts';
import type { NetworkInterface } from '../../inventory/network-interface.ts';
import type { AccountIndex } from '../account-index.ts';
import { verdictOf } from '../coverage.ts';
import { resourceOf } from '../eligibility.ts';
import type { TrafficHealth } from './judge-figures.ts';
import { trafficHealthOf } from './traffic-health.ts';

/** An interface with sessions, and what these carry. */
export interface SourceHealth {
  readonly accountId: string;
  readonly region: string;
  /** The instance or task, else the interface itself. */
  readonly resourceId: string;
  readonly networkInterfaceId: string;
  /** Lowest session number first, like their targets. */
  readonly trafficMirrorSessionIds: readonly string[];
  readonly trafficMirrorTargetIds: readonly string[];
  readonly health: TrafficHealth['kind'];
  readonly reason: string;
  readonly figures?: TrafficHealth['figures'];
}

/** The figures are the source's: a session that is known not to work may well mirror packets that go nowhere. */
function asArriving(health: TrafficHealth, networkInterface: NetworkInterface, account: AccountIndex): TrafficHealth {
  const verdict = verdictOf(networkInterface, account);
  if (verdict.kind !== 'ineffective' || !['carrying', 'dropping'].includes(health.kind)) return health;
  const why = verdict.reason.replace(/^session \S+ to \S+: /, '');
  return { ...health, kind: 'unknown', reason: `packets are mirrored, and lost on the way: ${why}` };
}

/** Every interface of the account that has a session, by resource and interface. Empty if sessions or interfaces were not read. */
export function sourcesHealth(account: AccountIndex): readonly SourceHealth[] {
  const { accountId, region, networkInterfaces = [] } = account.inventory;
  return networkInterfaces
    .flatMap((networkInterface): readonly SourceHealth[] => {
      const health = trafficHealthOf(networkInterface, account);
      if (health === undefined) return [];
      const { networkInterfaceId } = networkInterface;
      const sessions = account.sessionsOn(networkInterfaceId);
      const { kind, reason, figures } = asArriving(health, networkInterface, account);
      return [
        {
          ...{ accountId, region, resourceId: resourceOf(networkInterface).resourceId, networkInterfaceId },
          trafficMirrorSessionIds: sessions.map(({ trafficMirrorSessionId }) => trafficMirrorSessionId),
          trafficMirrorTargetIds: sessions.map(({ trafficMirrorTargetId }) => trafficMirrorTargetId),
          health: kind,
          reason,
          ...(figures !== undefined && { figures }),
        },
      ];
    })
    .toSorted(byText(({ resourceId, networkInterfaceId }) => `${resourceId} ${networkInterfaceId}`));
}
