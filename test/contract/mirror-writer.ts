/** The contract of every MirrorWriter, run against the local one and against the AWS adapter with a fake EC2. */

import { describe, expect, it } from 'vitest';
import { awsCodeOf } from '../../src/errors.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { CreateSessionRequest, MirrorWriter } from '../../src/remediation/apply-plan.ts';
import { ACCOUNT, aBalancerTarget, anInterface, anInventory, aSession, REGION } from '../support/inventories.ts';

const SCOPE = { accountId: ACCOUNT, region: REGION };

function aRequest(overrides: Partial<CreateSessionRequest> = {}): CreateSessionRequest {
  return {
    networkInterfaceId: 'eni-1',
    trafficMirrorTargetId: 'tmt-a',
    trafficMirrorFilterId: 'tmf-1',
    sessionNumber: 1,
    clientToken: 'token-1',
    tags: [
      { key: 'mirrorwatch:managed', value: 'true' },
      { key: 'Name', value: 'i-1' },
    ],
    ...overrides,
  };
}

async function codeOf(call: Promise<unknown>): Promise<string | undefined> {
  const refused = await call.then(
    (answer) => expect.unreachable(`accepted: ${JSON.stringify(answer)}`),
    (error: unknown) => error,
  );
  return awsCodeOf(refused);
}

/** tmt-a allows ten sources: eni-s0 to eni-s9 have a session each, and eni-1 is one too many. */
function aFullTarget(): Inventory {
  const sources = Array.from({ length: 10 }, (_, index) => `eni-s${index}`);
  const { networkInterfaces = [] } = anInventory();
  return anInventory({
    networkInterfaces: [
      ...networkInterfaces,
      ...sources.map((networkInterfaceId) => anInterface({ networkInterfaceId, attachment: undefined })),
    ],
    trafficMirrorSessions: sources.map((networkInterfaceId, index) =>
      aSession({ networkInterfaceId, trafficMirrorSessionId: `tms-s${index}` }),
    ),
  });
}

/**
 * The contract's tests. `open` returns a writer on the account of the inventory. Results are read back through the writer itself.
 * AWS's limits apply.
 */
export function mirrorWriterContract(name: string, open: (inventory: Inventory) => Promise<MirrorWriter>): void {
  describe(`${name} writes sessions`, () => {
    it('creates a session as requested, with tags, and returns it for its interface', async () => {
      const writer = await open(anInventory());
      const session = await writer.createSession(SCOPE, aRequest({ description: 'by mirrorwatch' }));
      expect(session).toMatchObject({
        trafficMirrorSessionId: expect.stringMatching(/^tms-/),
        networkInterfaceId: 'eni-1',
        trafficMirrorTargetId: 'tmt-a',
        trafficMirrorFilterId: 'tmf-1',
        sessionNumber: 1,
        description: 'by mirrorwatch',
        tags: aRequest().tags,
      });
      const shown = await writer.sessionsOf(SCOPE, 'eni-1');
      expect(shown.map((each) => each.trafficMirrorSessionId)).toEqual([session.trafficMirrorSessionId]);
      expect(await writer.sessionsOf(SCOPE, 'eni-sensor-a')).toEqual([]);
    });

    it('returns the same session for a repeated client token', async () => {
      const writer = await open(anInventory());
      const first = await writer.createSession(SCOPE, aRequest());
      const second = await writer.createSession(SCOPE, aRequest());
      expect(second.trafficMirrorSessionId).toBe(first.trafficMirrorSessionId);
      expect(await writer.sessionsOf(SCOPE, 'eni-1')).toHaveLength(1);
    });

    it('refuses a client token with a different request', async () => {
      const writer = await open(anInventory());
      await writer.createSession(SCOPE, aRequest());
      const again = writer.createSession(SCOPE, aRequest({ trafficMirrorTargetId: 'tmt-b' }));
      expect(await codeOf(again)).toBe('IdempotentParameterMismatch');
    });

    const three = [1, 2, 3].map((sessionNumber) =>
      aSession({ trafficMirrorSessionId: `tms-${sessionNumber}`, sessionNumber }),
    );
    const lambda = anInterface({ networkInterfaceId: 'eni-lambda', interfaceType: 'lambda', attachment: undefined });
    const withLambda = anInventory({ networkInterfaces: [...(anInventory().networkInterfaces ?? []), lambda] });
    it.each<[string, Inventory, Partial<CreateSessionRequest>, string]>([
      [
        'an interface that is gone',
        anInventory(),
        { networkInterfaceId: 'eni-9' },
        'InvalidNetworkInterfaceID.NotFound',
      ],
      ['a deleted target', anInventory(), { trafficMirrorTargetId: 'tmt-9' }, 'InvalidTrafficMirrorTargetId.NotFound'],
      ['a deleted filter', anInventory(), { trafficMirrorFilterId: 'tmf-9' }, 'InvalidTrafficMirrorFilterId.NotFound'],
      ['a sensor', anInventory(), { networkInterfaceId: 'eni-sensor-a' }, 'InterfaceInUseByTrafficMirrorTarget'],
      [
        'an interface of an unsupported type',
        withLambda,
        { networkInterfaceId: 'eni-lambda' },
        'NetworkInterfaceNotSupported',
      ],
      ['a number in use', anInventory({ trafficMirrorSessions: [aSession()] }), {}, 'InvalidParameterValue'],
      ['the number 0', anInventory(), { sessionNumber: 0 }, 'InvalidParameterValue'],
      ['the number 32767', anInventory(), { sessionNumber: 32_767 }, 'InvalidParameterValue'],
      [
        'a fourth session',
        anInventory({ trafficMirrorSessions: three }),
        { sessionNumber: 4 },
        'TrafficMirrorSessionsPerInterfaceLimitExceeded',
      ],
      ['an eleventh source', aFullTarget(), {}, 'TrafficMirrorSourcesPerTargetLimitExceeded'],
    ])("refuses %s with EC2's code", async (_, inventory, request, code) => {
      const writer = await open(inventory);
      expect(await codeOf(writer.createSession(SCOPE, aRequest(request)))).toBe(code);
    });

    it('accepts the number 32766, and a second session from the same source to the same target', async () => {
      const writer = await open(aFullTarget());
      const second = { networkInterfaceId: 'eni-s0', sessionNumber: 32_766, clientToken: 'token-2' };
      expect(await writer.createSession(SCOPE, aRequest(second))).toMatchObject({ sessionNumber: 32_766 });
    });

    it('accepts any number of sources on a load balancer', async () => {
      const inventory = aFullTarget();
      const balancer = aBalancerTarget();
      const writer = await open({ ...inventory, trafficMirrorTargets: [balancer] });
      expect(await writer.createSession(SCOPE, aRequest())).toMatchObject({ trafficMirrorTargetId: 'tmt-a' });
    });
  });

  describe(`${name} changes sessions`, () => {
    it('changes a session’s target and leaves the rest', async () => {
      const before = aSession({ trafficMirrorTargetId: 'tmt-b', virtualNetworkId: 77, description: 'kept' });
      const writer = await open(anInventory({ trafficMirrorSessions: [before] }));
      const after = await writer.modifySession(SCOPE, {
        trafficMirrorSessionId: 'tms-1',
        trafficMirrorTargetId: 'tmt-a',
      });
      expect(after).toEqual({ ...before, trafficMirrorTargetId: 'tmt-a' });
      expect(await writer.sessionsOf(SCOPE, 'eni-1')).toEqual([after]);
    });

    it.each<[string, Inventory, object, string]>([
      ['a session that is gone', anInventory(), {}, 'InvalidTrafficMirrorSessionId.NotFound'],
      [
        'a deleted target',
        anInventory({ trafficMirrorSessions: [aSession()] }),
        { trafficMirrorTargetId: 'tmt-9' },
        'InvalidTrafficMirrorTargetId.NotFound',
      ],
      [
        'a full target',
        {
          ...aFullTarget(),
          trafficMirrorSessions: [
            ...(aFullTarget().trafficMirrorSessions ?? []),
            aSession({ trafficMirrorTargetId: 'tmt-b' }),
          ],
        },
        { trafficMirrorTargetId: 'tmt-a' },
        'TrafficMirrorSourcesPerTargetLimitExceeded',
      ],
    ])("refuses %s with EC2's code", async (_, inventory, change, code) => {
      const writer = await open(inventory);
      expect(await codeOf(writer.modifySession(SCOPE, { trafficMirrorSessionId: 'tms-1', ...change }))).toBe(code);
    });
  });

  describe(`${name} deletes sessions`, () => {
    it('says whether it deleted a session, and succeeds if there is none', async () => {
      const writer = await open(anInventory({ trafficMirrorSessions: [aSession()] }));
      await expect(writer.deleteSession(SCOPE, 'tms-1')).resolves.toBe(true);
      expect(await writer.sessionsOf(SCOPE, 'eni-1')).toEqual([]);
      await expect(writer.deleteSession(SCOPE, 'tms-1')).resolves.toBe(false);
    });
  });

  describe(`${name} makes targets`, () => {
    const request = { networkInterfaceId: 'eni-1', clientToken: 'token-t', tags: [{ key: 'a', value: '1' }] };

    it('makes an interface a target, once per token, and accepts sessions to it', async () => {
      const source = anInterface({ networkInterfaceId: 'eni-2', attachment: undefined });
      const networkInterfaces = [...(anInventory().networkInterfaces ?? []), source];
      const writer = await open(anInventory({ networkInterfaces }));
      const target = await writer.createTarget(SCOPE, request);
      expect(target).toMatchObject({ type: 'network-interface', networkInterfaceId: 'eni-1', tags: request.tags });
      const again = await writer.createTarget(SCOPE, request);
      const { trafficMirrorTargetId } = target;
      expect(again.trafficMirrorTargetId).toBe(trafficMirrorTargetId);
      const session = aRequest({ networkInterfaceId: 'eni-2', trafficMirrorTargetId });
      expect(await writer.createSession(SCOPE, session)).toMatchObject({ trafficMirrorTargetId });
    });

    it.each<[string, Inventory, string, string]>([
      ['an interface that is gone', anInventory(), 'eni-9', 'InvalidNetworkInterfaceID.NotFound'],
      ['a target', anInventory(), 'eni-sensor-a', 'InterfaceInUseByTrafficMirrorTarget'],
      [
        'a source',
        anInventory({ trafficMirrorSessions: [aSession()] }),
        'eni-1',
        'InterfaceInUseByTrafficMirrorSession',
      ],
    ])("refuses %s with EC2's code", async (_, inventory, networkInterfaceId, code) => {
      const writer = await open(inventory);
      expect(await codeOf(writer.createTarget(SCOPE, { ...request, networkInterfaceId }))).toBe(code);
    });
  });
}
