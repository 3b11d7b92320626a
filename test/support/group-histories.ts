/** Runs a history of security groups through deliveries, re-checks and sweeps, and says what the ledger has of them in the end. */

import type { AlertMessage } from '../../src/alert/message.ts';
import { parseConfig } from '../../src/config.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { LoadOptions, Need } from '../../src/inventory/load-inventory.ts';
import type { FullLedger } from '../../src/ledger/change-log.ts';
import type { LedgerEntry } from '../../src/ledger/ledger.ts';
import { narrowed } from '../../src/local/account/narrow-inventory.ts';
import { recordsAlone } from '../../src/local/account/records-alone.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { sweep } from '../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from './clocks.ts';
import { aBucket, aLogKey, aNotice } from './deliveries.ts';
import { ACCOUNT, anInstance, anInterface, anInventory, aPermission, attachedTo, REGION } from './inventories.ts';
import { at } from './sightings.ts';

type Json = Readonly<Record<string, unknown>>;

export const GROUP = 'sg-0a1b2c3d4e5f60001';
export const ALL = '0.0.0.0/0';

/** A rule for one TCP port. */
export function perm(cidrIps: readonly string[], port = 22, more: object = {}) {
  return aPermission({ ipProtocol: 'tcp', fromPort: port, toPort: port, cidrIps, ...more });
}

/** An account with the group, called web, behind which an instance runs. Null: without the group. */
export function anAccount(rules: readonly ReturnType<typeof perm>[] | null, more: object = {}, ofGroup: object = {}) {
  const group = { groupId: GROUP, groupName: 'web', vpcId: 'vpc-1', ipPermissions: rules ?? [], ...ofGroup };
  return anInventory({
    instances: [anInstance()],
    networkInterfaces: [anInterface({ groupIds: [GROUP], attachment: attachedTo('i-1') })],
    securityGroups: rules === null ? [] : [group],
    ...more,
  });
}

/** What can be read at a step: an account, records alone, or nothing, for this reason. */
type World = Inventory | 'alone' | Error;

/** One run. `policy` is that of `security-group-open`; null turns the rule off. */
export interface Step {
  readonly run: 'deliver' | 'sweep' | 'recheck';
  /** Minutes after noon. */
  readonly minute: number;
  readonly world: World;
  readonly records?: readonly Json[] | undefined;
  readonly policy: object | null;
}

export function delivered(minute: number, world: World, records: readonly Json[], policy: object | null = {}): Step {
  return { run: 'deliver', minute, world, records, policy };
}

export function swept(minute: number, world: World, policy: object | null = {}): Step {
  return { run: 'sweep', minute, world, policy };
}

/** Delivers the re-checks that earlier steps asked for. */
export function rechecked(minute: number, world: World, policy: object | null = {}): Step {
  return { run: 'recheck', minute, world, policy };
}

/** What is known in the end. */
export interface Outcome {
  /** `sg open; call dana`, `web resolved by erin; possible dana`, sorted. */
  readonly entries: readonly string[];
  readonly subjects: readonly string[];
}

/** Runs the steps, one after the other, over one ledger. */
export async function historyOf(steps: readonly Step[], ledger: FullLedger): Promise<Outcome> {
  const logs = aBucket();
  const subjects: string[] = [];
  const publish = async ({ subject }: AlertMessage): Promise<string> => `mail-${subjects.push(subject)}`;
  let waiting: readonly string[] = [];
  for (const [index, { run, minute, world, records = [], policy }] of steps.entries()) {
    const written = { graceSeconds: 300, ...(policy && { watch: { securityGroupOpen: policy } }) };
    const config = parseConfig(JSON.stringify(written), 'config.json');
    const ports = { logs: logs.logs, ledger, inventory: sourceOf(world), publisher: { publish } };
    const options = { now: at(minute), clock: STOPPED_CLOCK };
    if (run === 'sweep') {
      await sweep(ports, config, { ...options, name: `sweep-${index}` });
      continue;
    }
    if (run === 'deliver') logs.put(aLogKey(index), records);
    const messages =
      run === 'deliver'
        ? [aNotice(`m${index}`, aLogKey(index))]
        : waiting.map((body, n) => ({ messageId: `r${index}-${n}`, body }));
    const { rechecks } = await deliver(messages, ports, config, options);
    waiting = [...(run === 'deliver' ? waiting : []), ...rechecks.map(({ body }) => body)];
  }
  const entries = (await ledger.entries({})).filter(({ finding }) => finding.rule === 'security-group-open');
  return { entries: entries.map(inShort).toSorted(), subjects };
}

function sourceOf(world: World) {
  if (world === 'alone') return recordsAlone();
  return {
    scopes: async () => [{ accountId: ACCOUNT, region: REGION }],
    load: async (_: unknown, need: Need, { groups }: LoadOptions) => {
      if (world instanceof Error) throw world;
      return narrowed(world, need, groups);
    },
  };
}

function inShort({ finding: { resourceId, status, evidence, cause } }: LedgerEntry): string {
  const by = [...new Set(evidence.flatMap(({ role, actor }) => (role === 'resolution' ? [actor] : [])))];
  const callers = 'calls' in cause ? cause.calls.map(({ actor }) => actor) : [];
  const ended = by.length === 0 ? '' : ` by ${by.join(' and ')}`;
  return `${resourceId.replace(GROUP, 'sg')} ${status}${ended}; ${[cause.kind, callers.join(' and ')].join(' ').trim()}`;
}
