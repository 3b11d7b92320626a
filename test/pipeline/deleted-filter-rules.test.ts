/** Deleted filter rules, whose records name only the rule: every source that is mirrored through its filter is looked at. */

import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../src/alert/message.ts';
import { parseConfig } from '../../src/config.ts';
import type { Message } from '../../src/delivery/envelope.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import { aBucket, aLogKey, aNotice, aRecord } from '../support/deliveries.ts';
import { ACCOUNT, aFilter, anInventory, aSession, REGION } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { aFakeAws, livePorts, seed } from '../support/live.ts';
import { at } from '../support/sightings.ts';

const fakeAws = aFakeAws();

const CONFIG = parseConfig(
  JSON.stringify({ mirroring: { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] } }),
  'config.json',
);

type Json = Readonly<Record<string, unknown>>;

const RULES = { ingress: 'tmfr-in', egress: 'tmfr-out' } as const;
type Direction = keyof typeof RULES;

const madeIn = (filterId: string, direction: Direction, minute: number): Json => {
  const common = { ruleNumber: 100, ruleAction: 'accept', trafficDirection: direction };
  const rule = { trafficMirrorFilterRuleId: RULES[direction], trafficMirrorFilterId: filterId, ...common };
  return aRecord(
    'CreateTrafficMirrorFilterRule',
    minute,
    { CreateTrafficMirrorFilterRuleRequest: { TrafficMirrorFilterId: filterId, RuleNumber: 100 } },
    { CreateTrafficMirrorFilterRuleResponse: { trafficMirrorFilterRule: rule } },
  );
};
const deletionOf = (direction: Direction, minute: number): Json =>
  aRecord(
    'DeleteTrafficMirrorFilterRule',
    minute,
    { DeleteTrafficMirrorFilterRuleRequest: { TrafficMirrorFilterRuleId: RULES[direction] } },
    { DeleteTrafficMirrorFilterRuleResponse: { trafficMirrorFilterRuleId: RULES[direction] } },
  );
const MADE = [madeIn('tmf-1', 'ingress', 1), madeIn('tmf-1', 'egress', 2)];
const DELETED = [deletionOf('ingress', 15), deletionOf('egress', 16)];

/** i-1 is mirrored through tmf-1, which accepts only these directions. */
function anAccountWith(...accepted: readonly Direction[]): Inventory {
  const { ingressFilterRules, egressFilterRules } = aFilter();
  const filter = aFilter({
    ingressFilterRules: accepted.includes('ingress') ? ingressFilterRules : [],
    egressFilterRules: accepted.includes('egress') ? egressFilterRules : [],
  });
  return anInventory({
    trafficMirrorFilters: [filter, aFilter({ trafficMirrorFilterId: 'tmf-2' })],
    trafficMirrorSessions: [aSession()],
  });
}

type Way = 'a log file' | 'events of EventBridge';

/** How records reach us, delivered at `minute`: `put` puts them into a log file with this key. */
const WAYS: Readonly<
  Record<Way, (records: readonly Json[], minute: number, put: (key: string) => void) => readonly Message[]>
> = {
  'a log file': (_, minute, put) => {
    put(aLogKey(minute));
    return [aNotice(`m-${minute}`, aLogKey(minute))];
  },
  'events of EventBridge': (records, minute) =>
    records.map((detail, n) => ({
      messageId: `m-${minute}-${n}`,
      body: JSON.stringify({
        ...{ version: '0', id: `event-${n}`, 'detail-type': 'AWS API Call via CloudTrail', source: 'aws.ec2' },
        ...{ account: ACCOUNT, time: detail.eventTime, region: REGION, resources: [], detail },
      }),
    })),
};

/** A function that finds, with its mailbox. It hands nothing over: no session can make up for its filter. */
function aStack() {
  const bucket = aBucket();
  const ledger = aLedger();
  const mails: AlertMessage[] = [];
  const publish = async (message: AlertMessage): Promise<string> => String(mails.push(message));
  return {
    ledger,
    mails,
    async deliver(way: Way, records: readonly Json[], minute: number): Promise<void> {
      const ports = { ledger, publisher: { publish }, logs: bucket.logs, inventory: livePorts().inventory };
      const messages = WAYS[way](records, minute, (key) => bucket.put(key, records));
      const handOver = (): never => expect.unreachable('a repair was handed over');
      await deliver(messages, ports, CONFIG, { now: at(minute), clock: STOPPED_CLOCK, handOver });
    },
  };
}

describe.each<Way>(['a log file', 'events of EventBridge'])('deleted filter rules, delivered by %s', (way) => {
  it.each<[string, readonly Direction[], readonly Json[], string]>([
    ['one direction', ['egress'], DELETED.slice(0, 1), 'filter tmf-1 accepts no inbound traffic'],
    ['everything', [], DELETED, 'filter tmf-1 accepts nothing'],
  ])('are found and mailed if they stop the mirroring of %s', async (_, left, records, reason) => {
    const stack = aStack();
    seed(fakeAws().account(ACCOUNT, REGION), anAccountWith(...left));
    await stack.deliver(way, records, 30);
    const [entry, ...others] = await stack.ledger.entries({ status: ['open'] });
    expect(others).toEqual([]);
    expect(entry?.finding).toMatchObject({ rule: 'mirror-ineffective', resourceId: 'i-1' });
    expect(entry?.finding.reason).toContain(reason);
    expect(entry?.finding.cause).toMatchObject({
      kind: 'possible',
      calls: records.map(({ eventID }) => ({ eventID })),
    });
    expect(entry?.finding.fix).toMatch(
      /^No session can make up for its filter: tmf-1 must exist and accept traffic both ways\. Each check /,
    );
    expect(stack.mails.map(({ subject }) => subject)).toEqual([
      expect.stringContaining('HIGH 1 instance ineffectively mirrored'),
    ]);
  });

  it('are proven to be the cause if the ledger knows from an earlier delivery which filter they were in', async () => {
    const stack = aStack();
    seed(fakeAws().account(ACCOUNT, REGION), anAccountWith('ingress', 'egress'));
    await stack.deliver(way, MADE, 10);
    expect(await stack.ledger.entries({ status: ['open'] })).toEqual([]);
    seed(fakeAws().account(ACCOUNT, REGION), anAccountWith());
    await stack.deliver(way, DELETED, 20);
    const [entry] = await stack.ledger.entries({ rules: ['mirror-ineffective'] });
    expect(entry?.finding.cause).toMatchObject({
      kind: 'calls',
      calls: DELETED.map(({ eventID }) => ({ actor: 'dana', eventID })),
    });
  });

  it('of a filter that no session has make no finding', async () => {
    const stack = aStack();
    seed(fakeAws().account(ACCOUNT, REGION), anAccountWith('ingress', 'egress'));
    await stack.deliver(way, DELETED, 20);
    expect(await stack.ledger.entries({ status: ['open'] })).toEqual([]);
    expect(stack.mails).toEqual([]);
  });
});
