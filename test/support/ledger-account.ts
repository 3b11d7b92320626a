/** An account in order of any size, and a ledger's history of any length. */

import type { Finding } from '../../src/audit/finding.ts';
import { type Config, parseConfig } from '../../src/config.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { FullLedger } from '../../src/ledger/change-log.ts';
import { aFinding, anEvidence } from './findings.ts';
import { ACCOUNT, anInstance, anInterface, anInventory, aSession, attachedTo, REGION } from './inventories.ts';
import { at } from './sightings.ts';

const TAGS = [{ key: 'CostCenter', value: '7' }];

/** Judges tags and mirroring, and plans only. */
export const CONFIG: Config = parseConfig(
  JSON.stringify({
    requiredTags: ['CostCenter'],
    mirroring: { mode: 'plan', filterId: 'tmf-1', targets: [{ id: 'tmt-a', maxSources: 50_000 }] },
  }),
  'config.json',
);

/** Tagged and mirrored instances; the last `bare` of them are neither. */
export function accountOf(size: number, bare = 0): Inventory {
  const plain = anInventory();
  const sensors = (plain.instances ?? []).filter(({ instanceId }) => instanceId.startsWith('i-sensor'));
  const ids = Array.from({ length: size }, (_, n) => String(n).padStart(6, '0'));
  const mirrored = ids.slice(0, size - bare);
  return anInventory({
    instances: [
      ...sensors.map((sensor) => ({ ...sensor, tags: TAGS })),
      ...ids.map((id, n) =>
        anInstance({
          instanceId: `i-${id}`,
          networkInterfaceIds: [`eni-${id}`],
          launchTime: at(-600),
          tags: n < mirrored.length ? TAGS : [],
        }),
      ),
    ],
    networkInterfaces: [
      ...(plain.networkInterfaces ?? []).filter(({ networkInterfaceId }) => networkInterfaceId !== 'eni-1'),
      ...ids.map((id, n) =>
        anInterface({
          networkInterfaceId: `eni-${id}`,
          privateIpAddress: `10.0.${Math.floor(n / 250) % 250}.${(n % 250) + 1}`,
          attachment: attachedTo(`i-${id}`),
        }),
      ),
    ],
    trafficMirrorSessions: mirrored.map((id) =>
      aSession({
        trafficMirrorSessionId: `tms-${id}`,
        networkInterfaceId: `eni-${id}`,
        trafficMirrorTargetId: 'tmt-a',
      }),
    ),
  });
}

const PER_RECORD = 1000;

/** Records findings that were opened a day before the first sweep: `resolved` an hour later, or still `open`. */
export async function recordHistory(
  ledger: FullLedger,
  count: number,
  { state, region = REGION }: { readonly state: 'resolved' | 'open'; readonly region?: string },
): Promise<void> {
  for (let from = 0; from < count; from += PER_RECORD) {
    const findings = Array.from({ length: Math.min(PER_RECORD, count - from) }, (_, n) => old(from + n, region));
    await ledger.record({ at: at(-1440), findings, judgements: [], outcomes: [] });
    if (state === 'open') continue;
    const judgements = findings.map(({ id, rule, accountId, resourceType, resourceId }) => ({
      ...{ id, rule, accountId, region, resourceType, resourceId },
      ...({ result: 'gone', reason: 'it is no longer in the account' } as const),
    }));
    await ledger.record({ at: at(-1380), findings: [], judgements, outcomes: [] });
  }
}

function old(n: number, region: string): Finding {
  const time = at(-1440).toISOString();
  const eventID = `event-${n}`;
  return aFinding({
    ...{ accountId: ACCOUNT, region, resourceId: `i-old-${n}`, firstSeen: time, lastSeen: time },
    evidence: [anEvidence({ eventID, eventTime: time })],
  });
}
