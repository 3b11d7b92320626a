/** A sweep of an organization on the double of AWS: every account and region is judged, and what that takes of Lambda's limits and of AWS's. */

import { believing } from '../../src/config/organization/policy.ts';
import { deliveryHandler } from '../../src/lambda/deliveries.ts';
import type { Runtime } from '../../src/lambda/function.ts';
import { sweepHandler } from '../../src/lambda/sweeps.ts';
import type { Row, Suite, SuiteResult } from '../measure.ts';
import {
  aContext,
  accountIdOf,
  type OrganizationLab,
  QUEUE_URL,
  queueEvent,
  REGIONS,
  startOrganization,
} from '../organization-lab.ts';

export const organization: Suite = { name: 'organization: a sweep of 100 accounts in 17 regions', run };

const ACCOUNTS = 100;
/** The account that lets nobody in. Another one has a region off. */
const SHUT = accountIdOf(7);
/** Lambda takes that many messages of the queue at a time. */
const BATCH = 10;
/** A call on AWS is reckoned with this time, one after the other, though most are made side by side. */
const CALL_SECONDS = 0.1;
/** The time limit of the functions. */
const LIMIT_SECONDS = 300;

/** Needs about two minutes. */
async function run(): Promise<SuiteResult> {
  const lab = await startOrganization(ACCOUNTS);
  try {
    lab.shut(SHUT);
    const regions = lab.fake.account(accountIdOf(8), 'eu-west-1').lists.Regions ?? [];
    regions.splice(REGIONS.indexOf('sa-east-1'), 1);
    const first = await swept(lab, 'first');
    lab.addAccount(accountIdOf(ACCOUNTS));
    lab.later(61);
    const second = await swept(lab, 'second');
    const named = [`iam::${SHUT}:role/`, 'region sa-east-1'].filter((text) =>
      second.said.some((line) => line.includes(text)),
    );
    return {
      rows: [rowOf('first sweep', first), rowOf('an hour later, with one account more', second)],
      targets: [
        { name: 'scopes judged, first sweep', value: first.judged, goal: (ACCOUNTS - 1) * REGIONS.length - 1 },
        { name: 'scopes judged, second sweep', value: second.judged, goal: ACCOUNTS * REGIONS.length - 1 },
        { name: 'the new account is judged, regions', value: second.ofNewest, goal: REGIONS.length },
        { name: 'the account that refuses and the region that is off are named', value: named.length, goal: 2 },
        { name: 'EC2 reads a scope, at most', value: first.mostReads, goal: 20, atMost: true },
        {
          name: `seconds of the longest invocation, reckoned with ${CALL_SECONDS} s a call`,
          value: first.mostCalls * CALL_SECONDS,
          goal: LIMIT_SECONDS,
          atMost: true,
        },
      ],
    };
  } finally {
    await lab.stop();
  }
}

interface Swept {
  readonly seconds: number;
  readonly invocations: number;
  readonly calls: number;
  readonly callsToList: number;
  /** Accounts and regions that the ledger has a complete look at. */
  readonly judged: number;
  readonly ofNewest: number;
  readonly mostReads: number;
  /** Calls of the invocation that made most. */
  readonly mostCalls: number;
  readonly said: readonly string[];
}

/** A call for which EC2 or Elastic Load Balancing reads something. */
const READ = /^(?:Describe|Get(?!CallerIdentity))/;

async function swept(lab: OrganizationLab, name: string): Promise<Swept> {
  const begun = process.hrtime.bigint();
  const startedAt = lab.now();
  lab.fake.calls.length = 0;
  lab.said.length = 0;
  const open = async (): Promise<Runtime> => ({
    ...lab.runtime,
    config: believing(lab.runtime.config, (await lab.aws.organization?.accountIds()) ?? []),
  });
  const parts = { open, telemetry: lab.telemetry, now: lab.now };
  await sweepHandler(parts)({ id: name }, aContext(name));
  const callsToList = lab.fake.calls.length;
  const watch = deliveryHandler(
    { service: 'watch', repairs: 'hand-over' },
    { ...parts, openWithoutConfig: async () => lab.aws, queueUrls: [QUEUE_URL] },
  );
  const messages = lab.sent.splice(0);
  let [invocations, mostReads, mostCalls] = [1, 0, 0];
  for (let from = 0; from < messages.length; from += BATCH) {
    const before = lab.fake.calls.length;
    const batch = messages.slice(from, from + BATCH);
    await watch(queueEvent(batch), aContext(`${name} ${from}`));
    invocations += 1;
    const made = lab.fake.calls.slice(before);
    mostCalls = Math.max(mostCalls, made.length);
    mostReads = Math.max(mostReads, made.filter((call) => READ.test(call)).length / batch.length);
    lab.sent.length = 0;
  }
  const entries = await lab.ledger.entries({ status: ['open'] });
  const seen = entries.filter(({ finding }) => new Date(finding.lastSeen) >= startedAt);
  const scopes = new Set(seen.map(({ finding: { accountId, region } }) => `${accountId} ${region}`));
  return {
    seconds: Number(process.hrtime.bigint() - begun) / 1e9,
    ...{ invocations, calls: lab.fake.calls.length, callsToList, mostReads, mostCalls },
    judged: scopes.size,
    ofNewest: [...scopes].filter((scope) => scope.startsWith(accountIdOf(ACCOUNTS))).length,
    said: [...lab.said],
  };
}

function rowOf(name: string, { seconds, invocations, calls, callsToList, judged, mostReads }: Swept): Row {
  const note = `${judged} scopes, ${invocations} invocations, ${calls} calls to AWS (${callsToList} to list the organization), at most ${mostReads} reads a scope`;
  return { name, seconds, note };
}
