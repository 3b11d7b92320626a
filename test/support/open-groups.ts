/** Runs records through a delivery, and says what became of each security group in one line's worth of facts. */

import { provenCalls } from '../../src/audit/cause.ts';
import type { Finding, Judgement } from '../../src/audit/finding.ts';
import { parseConfig } from '../../src/config.ts';
import type { InventorySource } from '../../src/inventory/load-inventory.ts';
import { recordsAlone } from '../../src/local/account/records-alone.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { STOPPED_CLOCK } from './clocks.ts';
import { aBucket, aNotice } from './deliveries.ts';
import { ACCOUNT, REGION } from './inventories.ts';
import { aLedger } from './ledgers.ts';
import { at } from './sightings.ts';

type Json = Readonly<Record<string, unknown>>;

/** A group that is open, as its finding says. */
export interface Open {
  readonly group: string;
  /** `tcp/22 from 0.0.0.0/0`, sorted. */
  readonly ports: readonly string[];
  /** Minutes after noon. */
  readonly since: number;
  /** Who may have opened it, or is proven to have, sorted. */
  readonly by: readonly string[];
  /** True if `by` is proven. */
  readonly proven: boolean;
  /** True if the finding says that the rule may be an egress rule. */
  readonly mayBeEgress: boolean;
  readonly region: string;
  readonly accountId: string;
}

/** What a delivery says. */
export interface Outcome {
  readonly open: readonly Open[];
  /** Groups that are in order or gone, and who is named for it. */
  readonly closed: readonly { readonly group: string; readonly by: readonly string[] }[];
  /** Why something could not be judged. */
  readonly unknown: readonly string[];
  /** Of the last finding in the ledger: its status and who is named for its end. */
  readonly ledger: readonly { readonly group: string; readonly status: string; readonly by: readonly string[] }[];
  readonly findings: readonly Finding[];
}

/** Delivers the records, each batch by itself, and returns what the last one says. */
export async function outcomeOf(
  deliveries: readonly (readonly Json[])[],
  policy: object = {},
  inventory: InventorySource = recordsAlone(),
): Promise<Outcome> {
  const config = parseConfig(JSON.stringify({ watch: { securityGroupOpen: policy } }), 'config.json');
  const bucket = aBucket();
  const ledger = aLedger();
  const ports = { logs: bucket.logs, ledger, inventory, publisher: { publish: async () => 'mail-1' } };
  let findings: readonly Finding[] = [];
  let judgements: readonly Judgement[] = [];
  let omitted: readonly string[] = [];
  for (const [index, records] of deliveries.entries()) {
    const keys = filesOf(records, index).map(([key, content]) => {
      bucket.put(key, content);
      return key;
    });
    const options = { now: at(60 + index), clock: STOPPED_CLOCK };
    const { assessment, failed } = await deliver([aNotice(`m${index}`, ...keys)], ports, config, options);
    if (failed.length > 0) throw new Error(`not delivered: ${JSON.stringify(failed)}`);
    findings = assessment.findings.filter(({ rule }) => rule === 'security-group-open');
    judgements = assessment.judgements.filter(({ rule }) => rule === 'security-group-open');
    omitted = assessment.omitted.map(({ reason }) => reason);
  }
  const entries = await ledger.entries({});
  ledger.close();
  return {
    open: findings.filter(({ status }) => status === 'open').map(openOf),
    closed: judgements
      .filter(({ result }) => result !== 'unknown')
      .map((judgement) => ({ group: judgement.resourceId, by: resolversOf(judgement) })),
    unknown: [
      ...judgements
        .filter(({ result }) => result === 'unknown')
        .map(({ resourceId, reason }) => `${resourceId}: ${reason}`),
      ...omitted,
    ],
    ledger: entries.map(({ finding }) => ({
      group: finding.resourceId,
      status: finding.status,
      by: resolversOf(finding),
    })),
    findings,
  };
}

/** The finding in short. */
export function openOf({ resourceId, detail, cause, firstSeen, reason, region, accountId }: Finding): Open {
  const calls = 'calls' in cause ? cause.calls : [];
  return {
    group: resourceId,
    ports: openPortsOf(detail).toSorted(),
    since: Math.round((Date.parse(firstSeen) - at(0).getTime()) / 60_000),
    by: [...new Set(calls.map(({ actor }) => actor))].toSorted(),
    proven: provenCalls(cause).length > 0,
    mayBeEgress: reason.includes('may be an egress rule'),
    region,
    accountId,
  };
}

/** CloudTrail writes one file for each account and region. */
function filesOf(records: readonly Json[], index: number): readonly (readonly [string, readonly Json[]])[] {
  const files = new Map<string, Json[]>();
  for (const record of records) {
    const { recipientAccountId: account = ACCOUNT, awsRegion: region = REGION } = record;
    const name = `${account}_CloudTrail_${region}_20260317T1210Z_${String(index).padStart(16, 'A')}.json.gz`;
    const key = `AWSLogs/${account}/CloudTrail/${region}/2026/03/17/${name}`;
    files.set(key, [...(files.get(key) ?? []), record]);
  }
  return [...files];
}

function openPortsOf(detail: object): readonly string[] {
  const { openPorts = [] } = detail as { readonly openPorts?: readonly OpenPorts[] };
  return openPorts.map(({ protocol, fromPort, toPort, sources }) => {
    const range = fromPort === undefined ? '' : `/${fromPort}${toPort === fromPort ? '' : `-${toPort}`}`;
    // Of ICMP, these are a type and a code.
    const ports = protocol.startsWith('icmp') ? '' : range;
    return `${protocol === '-1' ? 'all' : protocol}${ports} from ${sources.toSorted().join(' and ')}`;
  });
}

interface OpenPorts {
  readonly protocol: string;
  readonly fromPort?: number;
  readonly toPort?: number;
  readonly sources: readonly string[];
}

function resolversOf({ evidence = [] }: Pick<Judgement, 'evidence'>): readonly string[] {
  const resolutions = evidence.filter(({ role }) => role === 'resolution');
  return [...new Set(resolutions.map(({ actor }) => actor))].toSorted();
}
