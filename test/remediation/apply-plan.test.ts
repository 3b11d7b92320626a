import { describe, expect, it } from 'vitest';
import { AwsCallError, PipelineError } from '../../src/errors.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { TrafficMirrorSession } from '../../src/inventory/mirror.ts';
import { AWS_LIMITS } from '../../src/local/account/mirror-quotas.ts';
import { type ApplyOptions, applyPlan, type MirrorWriter } from '../../src/remediation/apply-plan.ts';
import type { Outcome } from '../../src/remediation/outcome.ts';
import type { SessionStep } from '../../src/remediation/plan.ts';
import { REFUSALS } from '../../src/remediation/refusals.ts';
import { ACCOUNT, anInterface, anInventory, aSession, aTarget, REGION } from '../support/inventories.ts';
import { anAccountOf, type Fault, failing, refusedWith } from '../support/mirror-writers.ts';
import { aDeletion, aModification, aPlan, aStep } from '../support/plans.ts';

const SCOPE = { accountId: ACCOUNT, region: REGION };
const NOW = new Date('2026-11-21T09:00:00Z');

/** Options whose clock advances only by the pauses, and the list of pauses. */
function options(overrides: Partial<ApplyOptions> = {}): ApplyOptions & { readonly pauses: readonly number[] } {
  const pauses: number[] = [];
  return {
    now: NOW,
    clock: {
      elapsedMs: () => pauses.reduce((sum, pause) => sum + pause, 0),
      runId: 'run',
      sleep: async (milliseconds) => {
        pauses.push(milliseconds);
      },
    },
    pauses,
    ...overrides,
  };
}

/** An account with eni-s0 to eni-s<n-1> besides eni-1, and targets of the given capacities tmt-a, tmt-b, … */
function anAccount(sources: number, capacities: readonly number[] = [10, 10], overrides: Partial<Inventory> = {}) {
  const letters = capacities.map((_, index) => String.fromCharCode(97 + index));
  const names = Array.from({ length: sources }, (_, index) => `eni-s${index}`);
  const { networkInterfaces = [] } = anInventory();
  const inventory = anInventory({
    networkInterfaces: [
      ...networkInterfaces,
      ...names.map((networkInterfaceId) => anInterface({ networkInterfaceId, attachment: undefined })),
    ],
    trafficMirrorTargets: letters.map((letter) =>
      aTarget({ trafficMirrorTargetId: `tmt-${letter}`, networkInterfaceId: `eni-sensor-${letter}` }),
    ),
    ...overrides,
  });
  const capacityOf: typeof AWS_LIMITS.capacityOf = (_, { trafficMirrorTargetId }) =>
    capacities[letters.indexOf(trafficMirrorTargetId.slice(-1))] ?? 0;
  return anAccountOf(inventory, { ...AWS_LIMITS, capacityOf });
}

const sessionsIn = ({ inventories }: ReturnType<typeof anAccount>): readonly TrafficMirrorSession[] =>
  inventories()[0]?.trafficMirrorSessions ?? [];

async function applyOne(
  step: SessionStep,
  faults: Partial<Record<keyof MirrorWriter, readonly (Fault | undefined)[]>>,
  inventory: Partial<Inventory> = {},
) {
  const account = anAccount(0, [10, 10], inventory);
  const writer = failing(account.writer, faults);
  const [outcome] = await applyPlan(aPlan([step]), writer, options());
  return { outcome: outcome as Outcome, sessions: sessionsIn(account), calls: writer.calls };
}

describe('applyPlan', () => {
  it('creates, modifies and deletes as planned, and returns one outcome per step in order', async () => {
    const sessions = [
      aSession({ networkInterfaceId: 'eni-s0', trafficMirrorSessionId: 'tms-0', trafficMirrorTargetId: 'tmt-b' }),
      aSession({ networkInterfaceId: 'eni-s1', trafficMirrorSessionId: 'tms-old' }),
    ];
    const account = anAccount(2, [10, 10], { trafficMirrorSessions: sessions });
    const steps = [
      aDeletion({ networkInterfaceId: 'eni-s1', trafficMirrorSessionId: 'tms-old' }),
      aModification({ networkInterfaceId: 'eni-s0', trafficMirrorSessionId: 'tms-0' }),
      aStep(),
    ];
    const outcomes = await applyPlan(aPlan(steps), account.writer, options());
    expect(outcomes.map(({ step, result }) => [step, result])).toEqual(steps.map((step) => [step, 'done']));
    expect(sessionsIn(account)).toMatchObject([
      { trafficMirrorSessionId: 'tms-0', networkInterfaceId: 'eni-s0', trafficMirrorTargetId: 'tmt-a' },
      { trafficMirrorSessionId: outcomes[2]?.trafficMirrorSessionId, networkInterfaceId: 'eni-1', sessionNumber: 1 },
    ]);
  });

  it('says of each step what its call did to the session', async () => {
    const sessions = [
      aSession({ networkInterfaceId: 'eni-s0', trafficMirrorSessionId: 'tms-0', trafficMirrorTargetId: 'tmt-b' }),
      aSession({ networkInterfaceId: 'eni-s1', trafficMirrorSessionId: 'tms-old', sessionNumber: 1 }),
    ];
    const account = anAccount(2, [10, 10], { trafficMirrorSessions: sessions });
    const steps = [
      aDeletion({ networkInterfaceId: 'eni-s1', trafficMirrorSessionId: 'tms-old' }),
      aModification({ networkInterfaceId: 'eni-s0', trafficMirrorSessionId: 'tms-0' }),
      aStep(),
    ];
    const outcomes = await applyPlan(aPlan(steps), account.writer, options());
    const [modified, created] = sessionsIn(account);
    expect(outcomes.map(({ change }) => change)).toMatchObject([
      { kind: 'session-deleted', trafficMirrorSessionId: 'tms-old', session: { networkInterfaceId: 'eni-s1' } },
      { kind: 'session-modified', trafficMirrorSessionId: 'tms-0', trafficMirrorTargetId: 'tmt-a', session: modified },
      { kind: 'session-created', ...created },
    ]);
  });

  it('claims no change that someone else made: the session was gone already, or was there', async () => {
    const gone = await applyOne(aDeletion({ trafficMirrorSessionId: 'tms-none' }), {});
    expect(gone.outcome).toMatchObject({ result: 'done' });
    expect(gone.outcome.change).toBeUndefined();
    const trafficMirrorSessions = [aSession({ networkInterfaceId: 'eni-1', sessionNumber: 1 })];
    const there = await applyOne(
      aStep(),
      { createSession: [{ before: refusedWith('TrafficMirrorSessionAlreadyExists') }] },
      { trafficMirrorSessions },
    );
    expect(there.outcome.change).toBeUndefined();
  });

  it('changes nothing when the same plan is applied again, in the same generation or a new one', async () => {
    const account = anAccount(0);
    const plan = aPlan([aStep()]);
    await applyPlan(plan, account.writer, options());
    const before = sessionsIn(account);
    const [same] = await applyPlan(plan, account.writer, options());
    const [other] = await applyPlan(plan, account.writer, options({ generation: 'another' }));
    expect([same?.result, other?.result]).toEqual(['done', 'done']);
    expect(other?.trafficMirrorSessionId).toBe(before[0]?.trafficMirrorSessionId);
    expect(sessionsIn(account)).toEqual(before);
  });

  it('creates a session again in a new generation after someone deleted it', async () => {
    const account = anAccount(0);
    const [first] = await applyPlan(aPlan([aStep()]), account.writer, options({ generation: '1' }));
    await account.writer.deleteSession(SCOPE, first?.trafficMirrorSessionId ?? '');
    await applyPlan(aPlan([aStep()]), account.writer, options({ generation: '2' }));
    expect(sessionsIn(account)).toHaveLength(1);
  });

  it.each([
    ['TrafficMirrorSourcesPerTargetLimitExceeded'],
    ['TrafficMirrorSessionsPerTargetLimitExceeded'],
    ['InvalidTrafficMirrorTargetId.NotFound'],
  ])('goes to the next target on %s', async (code) => {
    const { outcome, sessions } = await applyOne(aStep({ alternatives: ['tmt-a', 'tmt-b'] }), {
      createSession: [{ before: refusedWith(code) }],
    });
    expect(outcome).toMatchObject({
      result: 'done',
      trafficMirrorTargetId: 'tmt-b',
      reason: expect.stringMatching(/tmt-a/),
    });
    expect(sessions).toMatchObject([{ trafficMirrorTargetId: 'tmt-b' }]);
  });

  it('tries each target once, and names them all when none takes the session', async () => {
    const full = { before: refusedWith('TrafficMirrorSourcesPerTargetLimitExceeded') };
    const { outcome, calls } = await applyOne(aStep({ alternatives: ['tmt-b'] }), {
      createSession: [full, full, full],
    });
    expect(outcome).toMatchObject({ result: 'failed', retry: false, reason: expect.stringContaining('tmt-a, tmt-b') });
    expect(calls).toEqual(['createSession', 'createSession']);
  });

  it.each([
    ...Object.entries(REFUSALS).flatMap(([code, { handling }]) => (handling === 'slow-down' ? [code] : [])),
    'InternalError',
    'SomethingTemporary',
    'ECONNRESET',
  ])('leaves a step to its own delivery while %s lasts', async (code) => {
    const faults = Array.from({ length: 9 }, () => ({ before: refusedWith(code, true) }));
    const { outcome } = await applyOne(aStep(), { createSession: faults });
    expect(outcome).toMatchObject({ result: 'failed', retry: true, awsCode: code });
  });

  it.each(
    Object.entries(REFUSALS).flatMap(([code, { handling }]) =>
      ['slow-down', 'source-gone', 'exempt'].includes(handling) ? [] : [code],
    ),
  )('leaves a step that is refused with %s to the next sweep', async (code) => {
    const faults = Array.from({ length: 9 }, () => ({ before: refusedWith(code) }));
    const { outcome } = await applyOne(aStep(), { createSession: faults });
    const isTransient = /^Internal/.test(code);
    expect(outcome).toMatchObject({ result: 'failed', retry: isTransient, awsCode: code });
  });

  it('tries the planned target for two more steps when every target was full for an earlier one', async () => {
    const account = anAccount(4);
    const full = { before: refusedWith('TrafficMirrorSourcesPerTargetLimitExceeded') };
    const writer = failing(account.writer, { createSession: [full, full, full, full] });
    const steps = ['eni-1', 'eni-s0', 'eni-s1', 'eni-s2'].map((networkInterfaceId) =>
      aStep({ networkInterfaceId, alternatives: ['tmt-b'] }),
    );
    const outcomes = await applyPlan(aPlan(steps), writer, options());
    expect(outcomes.map(({ result }) => result)).toEqual(['failed', 'failed', 'failed', 'failed']);
    expect(writer.calls).toHaveLength(4);
  });

  it('asks a full target only once per run, and spreads the remaining sessions over the others', async () => {
    const account = anAccount(30, [5, 20, 20]);
    const writer = failing(account.writer, {});
    const steps = Array.from({ length: 30 }, (_, index) =>
      aStep({
        networkInterfaceId: `eni-s${index}`,
        trafficMirrorTargetId: index < 12 ? 'tmt-a' : 'tmt-b',
        alternatives: index < 12 ? ['tmt-b', 'tmt-c'] : ['tmt-c'],
      }),
    );
    const load = [
      { trafficMirrorTargetId: 'tmt-a', sources: 12, capacity: 12 },
      { trafficMirrorTargetId: 'tmt-b', sources: 18, capacity: 20 },
      { trafficMirrorTargetId: 'tmt-c', sources: 0, capacity: 20 },
    ];
    const outcomes = await applyPlan(aPlan(steps, load), writer, options());
    expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(['done']));
    const counts: Record<string, number> = {};
    for (const { trafficMirrorTargetId: id } of sessionsIn(account)) counts[id] = (counts[id] ?? 0) + 1;
    expect(counts).toEqual({ 'tmt-a': 5, 'tmt-b': 20, 'tmt-c': 5 });
    expect(writer.calls).toHaveLength(31);
  });

  it.each([['InvalidNetworkInterfaceID.NotFound'], ['InvalidInstanceID.NotFound']])(
    'reports not-needed for a source that is gone (%s)',
    async (code) => {
      const { outcome } = await applyOne(aStep(), { createSession: [{ before: refusedWith(code) }] });
      expect(outcome).toMatchObject({ result: 'not-needed', awsCode: code });
    },
  );

  it.each([['NetworkInterfaceNotSupported'], ['InterfaceInUseByTrafficMirrorTarget']])(
    'exempts an interface that AWS refuses permanently (%s)',
    async (code) => {
      const { outcome, calls } = await applyOne(aStep({ alternatives: ['tmt-b'] }), {
        createSession: [{ before: refusedWith(code) }],
      });
      expect(outcome).toMatchObject({ result: 'exempt', awsCode: code });
      expect(calls).toEqual(['createSession']);
    },
  );

  it('retries a throttled call with growing pauses, and gives up after the fourth attempt', async () => {
    const throttled = { before: refusedWith('RequestLimitExceeded', true) };
    const account = anAccount(0);
    const patient = options();
    const [first] = await applyPlan(
      aPlan([aStep()]),
      failing(account.writer, { createSession: [throttled, throttled] }),
      patient,
    );
    expect(first?.result).toBe('done');
    expect(patient.pauses).toEqual([1000, 2000]);
    const writer = failing(anAccount(0).writer, { createSession: Array.from({ length: 9 }, () => throttled) });
    const [second] = await applyPlan(aPlan([aStep()]), writer, options());
    expect(second).toMatchObject({ result: 'failed', retry: true, awsCode: 'RequestLimitExceeded' });
    expect(writer.calls).toHaveLength(4);
  });

  it('creates nothing more in an account whose quota refused three in a row, and continues with everything else', async () => {
    const sessions = [aSession({ networkInterfaceId: 'eni-s0', trafficMirrorSessionId: 'tms-0' })];
    const account = anAccount(5, [10, 10], { trafficMirrorSessions: sessions });
    const quota = { before: refusedWith('TrafficMirrorSessionLimitExceeded') };
    const steps = [
      ...['eni-1', 'eni-s1', 'eni-s2', 'eni-s3'].map((networkInterfaceId) => aStep({ networkInterfaceId })),
      aDeletion({ networkInterfaceId: 'eni-s0', trafficMirrorSessionId: 'tms-0' }),
      aStep({ accountId: '999988887777' }),
    ];
    const writer = failing(account.writer, {
      createSession: [quota, quota, quota, { before: refusedWith('UnauthorizedOperation') }],
    });
    const outcomes = await applyPlan(aPlan(steps), writer, options());
    const refused = { result: 'failed', awsCode: 'TrafficMirrorSessionLimitExceeded', retry: false };
    expect(outcomes).toMatchObject([
      ...[refused, refused, refused],
      { ...refused, reason: expect.stringContaining('not begun') },
      { result: 'done' },
      { result: 'failed', awsCode: 'UnauthorizedOperation', retry: false },
    ]);
  });

  it('creates the others when the quota refuses one: a session that was deleted meanwhile makes room', async () => {
    const account = anAccount(5);
    const quota = { before: refusedWith('TrafficMirrorSessionLimitExceeded') };
    const writer = failing(account.writer, { createSession: [quota, quota, undefined, quota, quota, undefined] });
    const steps = ['eni-1', 'eni-s0', 'eni-s1', 'eni-s2', 'eni-s3', 'eni-s4'].map((networkInterfaceId) =>
      aStep({ networkInterfaceId }),
    );
    const outcomes = await applyPlan(aPlan(steps), writer, options());
    expect(outcomes.map(({ result }) => result)).toEqual(['failed', 'failed', 'done', 'failed', 'failed', 'done']);
  });

  it('does not repeat a call that was not answered, and tries the others', async () => {
    const account = anAccount(1);
    const writer = failing(account.writer, { createSession: [{ before: refusedWith('TimeoutError', true) }] });
    const steps = ['eni-1', 'eni-s0'].map((networkInterfaceId) => aStep({ networkInterfaceId }));
    const outcomes = await applyPlan(aPlan(steps), writer, options());
    expect(outcomes).toMatchObject([{ result: 'failed', retry: true, awsCode: 'TimeoutError' }, { result: 'done' }]);
    expect(writer.calls).toEqual(['createSession', 'sessionsOf', 'createSession']);
  });

  it('tries nothing more in an account whose EC2 answers neither a call nor the reading after it', async () => {
    const account = anAccount(1);
    const silent = { before: refusedWith('TimeoutError', true) };
    const writer = failing(account.writer, { createSession: [silent], sessionsOf: [silent] });
    const steps = [
      aStep(),
      aStep({ networkInterfaceId: 'eni-s0' }),
      aDeletion({ networkInterfaceId: 'eni-s0' }),
      aStep({ accountId: '999988887777' }),
    ];
    const outcomes = await applyPlan(aPlan(steps), writer, options());
    const left = { result: 'failed', retry: true, reason: expect.stringMatching(/^not begun: .*TimeoutError/) };
    expect(outcomes).toMatchObject([
      { result: 'failed', retry: true },
      left,
      left,
      { step: { accountId: '999988887777' } },
    ]);
    expect(outcomes[3]?.reason).not.toContain('not begun');
    expect(writer.calls.slice(0, 3)).toEqual(['createSession', 'sessionsOf', 'createSession']);
  });

  it.each<[string, Fault]>([
    ['a dropped connection after the call was carried out', { after: new Error('socket hang up') }],
    ['a dropped connection before the call was carried out', { before: new Error('socket hang up') }],
    ['an undocumented error code after the call was carried out', { after: refusedWith('SomethingNew') }],
    ['an internal error after the call was carried out', { after: refusedWith('InternalError', true) }],
    ['an internal error before the call was carried out', { before: refusedWith('InternalError', true) }],
  ])('creates exactly one session despite %s', async (_, fault) => {
    const { outcome, sessions } = await applyOne(aStep(), { createSession: [fault] });
    expect(outcome).toMatchObject({ result: 'done', trafficMirrorSessionId: sessions[0]?.trafficMirrorSessionId });
    expect(sessions).toHaveLength(1);
  });

  it('repeats an unclear call as it was while the list of sessions still shows its number with another one', async () => {
    const account = anAccount(0);
    const writer = failing(account.writer, { createSession: [{ after: refusedWith('InternalError', true) }] });
    // EC2's lists lag behind: the session that a step before has renumbered is still shown with its old number, and the new one not at all.
    const stale = aSession({
      trafficMirrorSessionId: 'tms-renumbered',
      trafficMirrorFilterId: 'tmf-x',
      sessionNumber: 1,
    });
    const numbers: number[] = [];
    const lagging: MirrorWriter = {
      ...writer,
      createSession: (scope, request) => {
        numbers.push(request.sessionNumber);
        return writer.createSession(scope, request);
      },
      sessionsOf: async () => [stale],
    };
    const [outcome] = await applyPlan(aPlan([aStep()]), lagging, options());
    expect(outcome).toMatchObject({ result: 'done' });
    expect(numbers).toEqual([1, 1]);
    expect(sessionsIn(account)).toHaveLength(1);
  });

  it('fails on an undocumented refusal when no session exists, and does not repeat the call', async () => {
    const { outcome, calls } = await applyOne(aStep(), { createSession: [{ before: refusedWith('SomethingNew') }] });
    expect(outcome).toMatchObject({ result: 'failed', awsCode: 'SomethingNew', retry: false });
    expect(calls).toEqual(['createSession', 'sessionsOf']);
  });

  it('takes the next free number when a foreign session holds the planned one, and leaves that session alone', async () => {
    const foreign = aSession({ trafficMirrorTargetId: 'tmt-b', trafficMirrorFilterId: 'tmf-x', tags: [] });
    const { outcome, sessions } = await applyOne(aStep(), {}, { trafficMirrorSessions: [foreign] });
    expect(outcome.result).toBe('done');
    expect(sessions).toEqual([foreign, expect.objectContaining({ sessionNumber: 2, trafficMirrorTargetId: 'tmt-a' })]);
  });

  it('fails without retry when sessions of others take all three slots', async () => {
    const others = [1, 2, 3].map((sessionNumber) =>
      aSession({
        trafficMirrorSessionId: `tms-${sessionNumber}`,
        trafficMirrorFilterId: 'tmf-x',
        sessionNumber,
        tags: [],
      }),
    );
    const { outcome, sessions } = await applyOne(aStep(), {}, { trafficMirrorSessions: others });
    expect(outcome).toMatchObject({
      result: 'failed',
      retry: false,
      reason: expect.stringContaining('tms-1, tms-2, tms-3'),
    });
    expect(sessions).toEqual(others);
  });

  it('keeps the session that a concurrent run created, and reports its target', async () => {
    const theirs = aSession({ trafficMirrorTargetId: 'tmt-b' });
    const { outcome, sessions } = await applyOne(aStep(), {}, { trafficMirrorSessions: [theirs] });
    expect(outcome).toMatchObject({
      ...{ result: 'done', trafficMirrorSessionId: 'tms-1', trafficMirrorTargetId: 'tmt-b' },
      reason: 'session tms-1 already exists; at tmt-b',
    });
    expect(sessions).toEqual([theirs]);
  });

  it.each<[string, SessionStep, Partial<Inventory>, object]>([
    [
      'fails to modify a session that is gone',
      aModification(),
      {},
      { result: 'failed', retry: false, reason: expect.stringContaining('tms-1 is gone') },
    ],
    ['has nothing to delete when the session is gone', aDeletion(), {}, { result: 'done' }],
    [
      'moves a session to the next target when the planned one does not exist',
      aModification({ trafficMirrorTargetId: 'tmt-z', alternatives: ['tmt-b'] }),
      { trafficMirrorSessions: [aSession()] },
      { result: 'done', trafficMirrorTargetId: 'tmt-b' },
    ],
  ])('%s', async (_, step, inventory, expected) => {
    expect((await applyOne(step, {}, inventory)).outcome).toMatchObject(expected);
  });

  it('continues after a failed step, even when the sessions cannot be read', async () => {
    const account = anAccount(1);
    const broken = { before: new PipelineError('inventory-unreadable', 'cannot be read') };
    const writer = failing(account.writer, {
      createSession: [broken],
      sessionsOf: [broken],
    });
    const outcomes = await applyPlan(aPlan([aStep(), aStep({ networkInterfaceId: 'eni-s0' })]), writer, options());
    expect(outcomes.map(({ result }) => result)).toEqual(['failed', 'done']);
    expect(outcomes[0]?.reason).toMatch(/cannot be read; and the sessions of the interface could not be read/);
  });

  it('begins no step after the deadline, does not wait beyond it, and reports what is left', async () => {
    const account = anAccount(2);
    const slow = { before: refusedWith('RequestLimitExceeded', true) };
    const writer = failing(account.writer, { createSession: [undefined, slow, slow] });
    let elapsed = 0;
    const deadline = new Date(NOW.getTime() + 2500);
    const steps = ['eni-1', 'eni-s0', 'eni-s1'].map((networkInterfaceId) => aStep({ networkInterfaceId }));
    const clock = {
      elapsedMs: () => elapsed,
      runId: 'run',
      sleep: async (milliseconds: number) => {
        elapsed += milliseconds;
      },
    };
    const outcomes = await applyPlan(aPlan(steps), writer, {
      now: NOW,
      clock,
      deadline,
      onOutcome: () => {
        elapsed += 600;
      },
    });
    expect(outcomes).toMatchObject([
      { result: 'done' },
      { result: 'failed', retry: true, awsCode: 'RequestLimitExceeded' },
      { result: 'done' },
    ]);
    elapsed = 3000;
    const late = await applyPlan(aPlan(steps), writer, { now: NOW, clock, deadline });
    const left = { result: 'failed', retry: true, reason: expect.stringContaining('not begun') };
    expect(late).toMatchObject(steps.map(() => left));
    expect(sessionsIn(account)).toHaveLength(2);
  });

  it('ends when onOutcome throws, because nothing may happen that is not recorded', async () => {
    const account = anAccount(1);
    const applied = applyPlan(aPlan([aStep(), aStep({ networkInterfaceId: 'eni-s0' })]), account.writer, {
      ...options(),
      onOutcome: () => {
        throw new AwsCallError('PutItem', 'InternalServerError', 'not recorded');
      },
    });
    await expect(applied).rejects.toThrow('not recorded');
    expect(sessionsIn(account)).toHaveLength(1);
  });
});
