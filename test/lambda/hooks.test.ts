/** What the functions do about instances that Auto Scaling holds back, from the event to the end of the wait. */

import { readFileSync } from 'node:fs';
import type { Context } from 'aws-lambda';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AwsPorts } from '../../src/aws/ports.ts';
import { parseConfig } from '../../src/config.ts';
import { type DeliveryRole, deliveryHandler } from '../../src/lambda/deliveries.ts';
import type { Telemetry } from '../../src/lambda/telemetry.ts';
import { aBucket } from '../support/deliveries.ts';
import { ACCOUNT, anInventory, REGION } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { aFakeAws, livePorts, seed } from '../support/live.ts';
import { at } from '../support/sightings.ts';

const fakeAws = aFakeAws();
const account = () => fakeAws().account(ACCOUNT, REGION);
const sessions = () => account().lists.TrafficMirrorSessions ?? [];

const DELIVERIES = 'https://sqs.eu-west-1.amazonaws.com/111122223333/deliveries';
const REMEDIATIONS = 'https://sqs.eu-west-1.amazonaws.com/111122223333/remediations.fifo';
const settings = { config: 'config.json', deliveryQueueUrl: DELIVERIES, remediationQueueUrl: REMEDIATIONS };
const DONE = { batchItemFailures: [] };
const RETRIED = { batchItemFailures: [{ itemIdentifier: 'm-0' }] };

interface Setup {
  readonly mirroring?: object;
  readonly metadata?: string;
}

/** The three functions of a stack, and what they sent. Messages are delivered by the test. */
function aStack({ mirroring = {}, metadata = '' }: Setup = {}) {
  const config = parseConfig(
    JSON.stringify({ mirroring: { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a'], ...mirroring } }),
    'config.json',
  );
  const ledger = { ...aLedger() };
  const delayed: { readonly body: string; readonly seconds: number | undefined }[] = [];
  const ordered: { readonly body: string; readonly group: string }[] = [];
  const completed: string[] = [];
  const reasons: unknown[] = [];
  const ignored = (): void => undefined;
  const telemetry: Telemetry = {
    ...{ begin: ignored, delivered: ignored, swept: ignored, end: ignored, failed: ignored, messageFailed: ignored },
    note: (_, fields) => void (fields?.reason !== undefined && reasons.push(fields.reason)),
  };
  let refusal: Error | undefined;
  let opens = 0;
  const aFunction = (repairs: DeliveryRole['repairs']) => {
    const live = livePorts({ now: () => at(1) });
    const aws: AwsPorts = {
      ...{ ...live, logs: aBucket().logs, tasks: { describe: async () => [] } },
      lifecycle: {
        complete: async (_, { instanceId, lifecycleHookName }, result) => {
          if (refusal !== undefined) throw refusal;
          completed.push(`${lifecycleHookName} ${instanceId} ${result}`);
          return completed.length === 1;
        },
      },
      queues: {
        ...live.queues,
        send: async (_, body, { delaySeconds } = {}) => void delayed.push({ body, seconds: delaySeconds }),
        sendInOrder: async (_, body, { group }) => void ordered.push({ body, group }),
      },
    };
    const open = async () => {
      opens += 1;
      return { settings, config, aws, ports: { ledger } };
    };
    const queueUrls = [DELIVERIES, REMEDIATIONS];
    const parts = { open, openWithoutConfig: async () => aws, telemetry, now: () => at(1), queueUrls };
    const role = { service: 'function', repairs, events: true };
    const handler = deliveryHandler(role, { ...parts, remediationQueueUrl: REMEDIATIONS });
    return (event: unknown) => handler(event, { getRemainingTimeInMillis: () => 300_000 } as Context);
  };
  const ofQueue = (...bodies: readonly string[]) => ({
    Records: bodies.map((body, n) => ({
      ...{ messageId: `m-${n}`, eventSource: 'aws:sqs', attributes: {}, body },
      eventSourceARN: 'arn:aws:sqs:eu-west-1:111122223333:deliveries',
    })),
  });
  const [respond, remediate] = [aFunction('hand-over'), aFunction('here')];
  const anEvent = (name: string) =>
    JSON.parse(readFileSync(new URL(`../fixtures/events/${name}.json`, import.meta.url), 'utf8'));
  const event = { ...anEvent('lifecycle-launch'), time: at(0).toISOString() };
  const running = { ...anEvent('instance-running'), time: at(0).toISOString() };
  return {
    ...{ completed, reasons },
    launch: (detail: object = {}) =>
      respond({ ...event, detail: { ...event.detail, NotificationMetadata: metadata, ...detail } }),
    /** EC2's event that an instance runs. */
    running: () => respond({ ...running, detail: { ...running.detail, 'instance-id': 'i-1' } }),
    /** Delivers what was handed over to the function that repairs. */
    remediate: async () => {
      const bodies = ordered.splice(0).map(({ body }) => body);
      return bodies.length === 0 ? undefined : remediate(ofQueue(...bodies));
    },
    /** Delivers what was delayed to the function that reads deliveries. */
    endOfWait: async () => respond(ofQueue(...delayed.splice(0).map(({ body }) => body))),
    opens: () => opens,
    /** Delivers what was sent to that function without a delay. */
    soon: async () => {
      const [now, later] = [delayed.filter(({ seconds }) => !seconds), delayed.filter(({ seconds }) => seconds)];
      delayed.splice(0, delayed.length, ...later);
      return respond(ofQueue(...now.map(({ body }) => body)));
    },
    groups: () => ordered.map(({ group }) => group),
    waits: () => delayed.filter(({ body }) => body.includes('release')).map(({ seconds }) => seconds),
    breakLedger: () => {
      ledger.entries = () => Promise.reject(new Error('the ledger is down'));
    },
    refuse: (error: Error | undefined) => {
      refusal = error;
    },
  };
}

const TAGGED = anInventory({
  instances: (anInventory().instances ?? []).map((each) => ({ ...each, tags: [{ key: 'quiet', value: 'yes' }] })),
});
const OURS = { lifecycleHooks: ['mirror-first'] };
const released = (result = 'CONTINUE') => [`mirror-first i-1 ${result}`];

beforeEach(() => {
  seed(account(), anInventory());
  fakeAws().fail();
});

describe('a launch that is held back', () => {
  it.each<[string, Setup]>([
    ['the configuration names the hook', { mirroring: OURS }],
    ['the metadata of the hook is mirrorwatch', { metadata: 'mirrorwatch' }],
  ])('is released by the function that made its session if %s', async (_, setup) => {
    const stack = aStack(setup);
    await stack.launch();
    expect(stack.completed).toEqual([]);
    expect(sessions()).toEqual([]);
    expect(await stack.remediate()).toEqual(DONE);
    expect(sessions()).toHaveLength(1);
    expect(stack.completed).toEqual(released());
    expect(stack.reasons).toContain('it is mirrored');
  });

  it.each<[string, Setup]>([
    ['whose hook nobody named', {}],
    ['whose hook has another name', { mirroring: { lifecycleHooks: ['mirror'] } }],
    ['whose metadata only begins like ours', { metadata: 'mirrorwatch-2' }],
  ])('%s is mirrored and gets no call', async (_, setup) => {
    const stack = aStack(setup);
    await stack.launch();
    expect(stack.waits()).toEqual([]);
    await stack.remediate();
    expect(sessions()).toHaveLength(1);
    expect(stack.completed).toEqual([]);
  });

  it.each<[string, object, RegExp]>([
    ['is exempt', { ...OURS, excludeTags: ['quiet'] }, /excluded by tag quiet/],
    ['has no target', { ...OURS, targets: ['tmt-missing'] }, /no target/],
    ['would only be planned', { ...OURS, mode: 'plan' }, /mirroring\.mode is plan/],
    ['is not mirrored because mirroring is off', { ...OURS, mode: 'off' }, /mirroring is off/],
  ])('is released at once, with the reason, if it %s', async (_, mirroring, reason) => {
    seed(account(), TAGGED);
    const stack = aStack({ mirroring });
    await stack.launch();
    expect(stack.groups()).toEqual([`${ACCOUNT}:${REGION}:hooks`]);
    await stack.remediate();
    expect(sessions()).toEqual([]);
    expect(stack.completed).toEqual(released());
    expect(stack.reasons).toEqual([expect.stringMatching(reason)]);
  });

  it.each([
    ['goes into service', OURS, 'CONTINUE'],
    ['is replaced where that is asked for', { ...OURS, onHookFailure: 'abandon' }, 'ABANDON'],
  ])('%s if its session is refused', async (_, mirroring, result) => {
    const stack = aStack({ mirroring });
    await stack.launch();
    fakeAws().fail({ action: 'CreateTrafficMirrorSession', code: 'UnauthorizedOperation', status: 403, times: 99 });
    await stack.remediate();
    expect(stack.completed).toEqual(released(result));
  });

  it.each([
    ['goes into service', OURS, 'CONTINUE'],
    ['is replaced where that is asked for', { ...OURS, onHookFailure: 'abandon' }, 'ABANDON'],
  ])('%s if no target takes it', async (_, mirroring, result) => {
    const stack = aStack({ mirroring: { ...mirroring, targets: ['tmt-missing'] } });
    await stack.launch();
    await stack.remediate();
    expect(stack.completed).toEqual(released(result));
  });

  it.each(['exempt', 'off', 'plan'])(
    'goes into service if it is not to be mirrored (%s), whatever failures do',
    async (why) => {
      seed(account(), TAGGED);
      const settings = why === 'exempt' ? { excludeTags: ['quiet'] } : { mode: why };
      const stack = aStack({ mirroring: { ...OURS, onHookFailure: 'abandon', ...settings } });
      await stack.launch();
      await stack.remediate();
      expect(stack.completed).toEqual(released());
    },
  );

  it('is not called mirrored if EC2 says that it never mirrors it', async () => {
    const stack = aStack({ mirroring: OURS });
    await stack.launch();
    fakeAws().fail({
      action: 'CreateTrafficMirrorSession',
      code: 'NetworkInterfaceNotSupported',
      status: 400,
      times: 99,
    });
    await stack.remediate();
    expect(stack.completed).toEqual(released());
    expect(stack.reasons).toEqual([expect.stringContaining('NetworkInterfaceNotSupported')]);
  });

  it('is released after its repair although an event before had that handed over', async () => {
    const stack = aStack({ mirroring: OURS });
    await stack.running();
    await stack.launch();
    await stack.remediate();
    expect(sessions()).toHaveLength(1);
    expect(stack.completed).toEqual(released());
  });

  it('waits while its repair is retried, and is released at the end of the wait at the latest', async () => {
    const stack = aStack({ mirroring: { ...OURS, hookWaitSeconds: 60 } });
    await stack.launch();
    expect(stack.waits()).toEqual([60]);
    stack.breakLedger();
    expect(await stack.remediate()).toEqual(RETRIED);
    expect(stack.completed).toEqual([]);
    await stack.endOfWait();
    expect(stack.groups()).toEqual([`${ACCOUNT}:${REGION}:hooks`]);
    expect(await stack.remediate()).toEqual(DONE);
    expect(stack.completed).toEqual(released());
    expect(stack.reasons).toContain('it was not mirrored within 60 s');
  });

  it('is not said to have been released at the end of the wait if it was before', async () => {
    const stack = aStack({ mirroring: OURS });
    await stack.launch();
    await stack.remediate();
    expect(stack.reasons).toEqual(['it is mirrored']);
    await stack.endOfWait();
    expect(await stack.remediate()).toEqual(DONE);
    expect(stack.completed).toHaveLength(2);
    expect(stack.reasons).toEqual(['it is mirrored']);
  });

  it('waits if EC2 does not list it yet', async () => {
    seed(account(), anInventory({ instances: [], networkInterfaces: [] }));
    const stack = aStack({ mirroring: OURS });
    await stack.launch({});
    await stack.remediate();
    expect(stack.completed).toEqual([]);
    expect(stack.waits()).toEqual([120]);
  });

  it('is not abandoned at the end of the wait if an event after its own had it mirrored', async () => {
    seed(account(), anInventory({ instances: [], networkInterfaces: [] }));
    const stack = aStack({ mirroring: { ...OURS, onHookFailure: 'abandon' } });
    await stack.launch();
    seed(account(), anInventory());
    await stack.running();
    await stack.remediate();
    expect(sessions()).toHaveLength(1);
    await stack.endOfWait();
    await stack.remediate();
    expect(stack.completed).toEqual(released());
  });

  it('is asked for again if the release was refused, before and at the end of the wait', async () => {
    const stack = aStack({ mirroring: OURS });
    await stack.launch();
    stack.refuse(new Error('AccessDenied'));
    expect(await stack.remediate()).toEqual(DONE);
    expect(stack.waits()).toEqual([120, undefined]);
    await stack.endOfWait();
    expect(await stack.remediate()).toMatchObject({ batchItemFailures: [{}, {}] });
  });

  it('is not abandoned if it is mirrored and the first call that releases it failed', async () => {
    const stack = aStack({ mirroring: { ...OURS, onHookFailure: 'abandon' } });
    await stack.launch();
    stack.refuse(new Error('Throttling'));
    await stack.remediate();
    expect(sessions()).toHaveLength(1);
    stack.refuse(undefined);
    await stack.soon();
    await stack.remediate();
    expect(stack.completed).toEqual(released());
  });

  it('is released again, to no effect, when its event comes twice', async () => {
    const stack = aStack({ mirroring: OURS });
    await stack.launch();
    await stack.launch();
    await stack.remediate();
    await stack.launch();
    await stack.remediate();
    expect(sessions()).toHaveLength(1);
    expect(new Set(stack.completed)).toEqual(new Set(released()));
  });

  it('has the runtime opened once for each event while the function is warm', async () => {
    const stack = aStack({ mirroring: { ...OURS, mode: 'plan' } });
    await stack.launch();
    const before = stack.opens();
    await stack.launch();
    expect(stack.opens() - before).toBe(1);
  });

  it('goes to the warm pool without a look at the account', async () => {
    const stack = aStack({ mirroring: OURS });
    const before = fakeAws().calls.length;
    await stack.launch({ Destination: 'WarmPool' });
    expect(fakeAws().calls.slice(before)).toEqual([]);
    await stack.remediate();
    expect(stack.completed).toEqual(released());
  });
});
