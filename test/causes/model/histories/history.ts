/** Histories of an account: random ones by seed, and told ones for the tests. */

import type { AuditPolicy } from '../../../../src/audit/audit.ts';
import type { CloudTrailRecord } from '../../../../src/cloudtrail/record.ts';
import type { Account, Session } from '../account.ts';
import { ACTOR_NAMES, type ActorName } from '../actors.ts';
import type { Call } from '../call.ts';
import { after, recordOf, replay } from '../simulate.ts';
import { INSTANCE_INTENTS, type Intent, living, type Scene, type Wish } from './intents.ts';
import { MIRRORING_INTENTS } from './mirroring-intents.ts';
import { NETWORK_INTENTS } from './network-intents.ts';
import { type Random, randomOf } from './random.ts';
import { worldOf } from './world.ts';

/** What happened to an account, as it was and as the logs tell it. */
export interface History {
  /** The account when the logs begin. What happened before left no record. */
  readonly initial: Account;
  /** The calls in the logs, in the order in which they happened. */
  readonly calls: readonly Call[];
  /** Their records, failed calls and late additions (`UPDATED_DATA`) included. */
  readonly records: readonly CloudTrailRecord[];
  /** The account before the first call and after each: `accounts[n]` is the account after `n` calls. */
  readonly accounts: readonly Account[];
  readonly final: Account;
  readonly policy: AuditPolicy;
  /** Sessions that we made ourselves before the logs, as they still are when the logs begin. */
  readonly ledger: readonly Session[];
}

/** A history that is told: an account, and the calls. */
export interface Told {
  readonly initial: Account;
  readonly calls: readonly Call[];
  readonly policy: AuditPolicy;
  readonly ledger?: readonly Session[];
}

/** Simulates the calls and writes their records. */
export function historyOf({ initial, calls, policy, ledger = [] }: Told): History {
  const { accounts, outcomes } = replay(initial, calls);
  const records = calls.flatMap((call, index) => {
    const outcome = outcomes[index];
    return outcome === undefined ? [] : [recordOf(call, outcome)];
  });
  return { initial, calls, records, accounts, final: accounts.at(-1) ?? initial, policy, ledger };
}

/** The same history for the same seed: about thirty calls by eight actors, some of them before the logs begin. */
export function randomHistory(seed: number): History {
  const random = randomOf(seed);
  const { account, policy } = worldOf(random);
  const unrecorded = random.chance(0.5) ? random.below(12) : 0;
  const prefix = callsOn(account, unrecorded, START, random);
  const initial = prefix.reduce(after, account);
  const started = Date.parse(prefix.at(-1)?.eventTime ?? START) + 60_000;
  const calls = callsOn(initial, 26 + random.below(9), new Date(started).toISOString(), random);
  const ledger = Object.values(initial.sessions).filter(
    (session) => session.managed && account.sessions[session.id] === session && random.chance(0.8),
  );
  const history = historyOf({ initial, calls, policy, ledger });
  return { ...history, records: history.records.flatMap((record) => withAddendum(record, random)) };
}

const START = '2026-03-17T06:00:00Z';

const INTENTS: readonly (readonly [number, Intent])[] = [...INSTANCE_INTENTS, ...NETWORK_INTENTS, ...MIRRORING_INTENTS];
const TOTAL = INTENTS.reduce((sum, [weight]) => sum + weight, 0);

function callsOn(initial: Account, count: number, from: string, random: Random): readonly Call[] {
  const calls: Call[] = [];
  const oldInstances = living(initial).map(({ id }) => id);
  let account = initial;
  let time = Date.parse(from);
  while (calls.length < count) {
    // Now and then two calls share a second.
    if (!random.chance(0.03)) time += (1 + random.below(900)) * 1000;
    const eventTime = new Date(time).toISOString().replace('.000Z', 'Z');
    const wish = wishOf({ account, random, eventTime, oldInstances }, calls);
    if (wish === undefined) continue;
    const call = callOf(wish, eventTime, random);
    calls.push(call);
    account = after(account, call);
  }
  return calls;
}

/** A random intent, or now and then a call that was made before: people also do what was done already. */
function wishOf(scene: Scene, before: readonly Call[]): Wish | undefined {
  const { random } = scene;
  const repeated = random.chance(0.05)
    ? random.pick(before.filter(({ eventName }) => REPEATABLE.test(eventName)))
    : undefined;
  if (repeated !== undefined) return repeated;
  let left = random.below(TOTAL);
  for (const [weight, intent] of INTENTS) {
    left -= weight;
    if (left < 0) return intent(scene);
  }
  return undefined;
}

/** Calls that make nothing with an id of its own. */
const REPEATABLE =
  /^(?:CreateTags|Delete|Start|Stop|Terminate|Modify|Revoke|CreateRoute|ReplaceRoute$|CreateNetworkAclEntry)/;

function callOf(wish: Wish, eventTime: string, random: Random): Call {
  const actor: ActorName = random.pick(ACTOR_NAMES) ?? 'ana';
  const refused = random.pick(['Client.DryRunOperation', 'Client.UnauthorizedOperation'] as const);
  const mayBeOmitted = ['RunInstances', 'CreateTags', 'DeleteTags'].includes(wish.eventName);
  return {
    ...wish,
    actor,
    eventTime,
    eventID: random.uuid(),
    refused: random.chance(0.05) ? refused : undefined,
    omitted: mayBeOmitted && random.chance(0.03),
  };
}

/** CloudTrail repeats a launch now and then with details that came later. */
function withAddendum(record: CloudTrailRecord, random: Random): readonly CloudTrailRecord[] {
  if (record.eventName !== 'RunInstances' || record.errorCode !== undefined || !random.chance(0.05)) return [record];
  const addendum = { reason: 'UPDATED_DATA', updatedFields: 'responseElements', originalEventID: record.eventID };
  return [record, { ...record, eventID: random.uuid(), addendum }];
}
