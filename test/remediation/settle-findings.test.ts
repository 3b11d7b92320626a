import { describe, expect, it } from 'vitest';
import type { Finding, FindingRemediation } from '../../src/audit/finding.ts';
import type { Outcome } from '../../src/remediation/outcome.ts';
import type { PlanStep, Unplaced } from '../../src/remediation/plan.ts';
import { awaitingRepair, isRepairedBy, withRefusals, withRemediation } from '../../src/remediation/settle-findings.ts';
import { aFinding } from '../support/findings.ts';
import { ACCOUNT, anInventory, aSession, aTaskInterface, REGION } from '../support/inventories.ts';
import { aDeletion, aModification, aStep } from '../support/plans.ts';
import { at } from '../support/sightings.ts';

/** An open finding of a rule, on i-1 unless another resource is named. */
const found = (rule: Finding['rule'], parts: Partial<Finding> = {}): Finding =>
  aFinding({ rule, resourceId: 'i-1', status: 'open', reason: 'as audited', detail: {}, ...parts });
const rogue = (...trafficMirrorSessionIds: readonly string[]): Finding =>
  found('mirror-rogue', { detail: { trafficMirrorSessionIds } });
const orphan = found('mirror-orphan', { resourceId: 'tms-1', resourceType: 'AWS::EC2::TrafficMirrorSession' });

const outcome = (step: PlanStep, result: Outcome['result'], more: Partial<Outcome> = {}): Outcome => ({
  step,
  result,
  reason: `it was ${result}`,
  ...more,
});
const done = (step: PlanStep): Outcome => outcome(step, 'done');

/** The finding after these outcomes; the plan was their steps. */
function settled(finding: Finding, outcomes: readonly Outcome[], unplaced: readonly Unplaced[] = []): Finding {
  const steps = outcomes.map(({ step }) => step);
  const [after] = withRemediation([finding], { steps, unplaced }, outcomes);
  if (after === undefined) throw new Error('the finding was lost');
  return after;
}

describe('withRemediation', () => {
  it.each<[string, Finding, readonly PlanStep[]]>([
    ['instance-unmirrored by a created session', found('instance-unmirrored'), [aStep()]],
    ['instance-unmirrored by a modified session', found('instance-unmirrored'), [aModification()]],
    ['mirror-ineffective by a created session', found('mirror-ineffective'), [aStep()]],
    ['mirror-ineffective by a modified session', found('mirror-ineffective'), [aModification()]],
    ['mirror-rogue by a change of the rogue session', rogue('tms-1'), [aModification()]],
    [
      'mirror-rogue by changes of both rogue sessions',
      rogue('tms-1', 'tms-2'),
      [aModification(), aModification({ trafficMirrorSessionId: 'tms-2' })],
    ],
    ['mirror-orphan by the deletion of its session', orphan, [aDeletion({ resourceId: 'i-9' })]],
    ['mirror-duplicate by a deletion on its resource', found('mirror-duplicate'), [aDeletion()]],
  ])('resolves %s', (_, finding, steps) => {
    expect(settled(finding, steps.map(done))).toMatchObject({
      status: 'resolved',
      remediation: { kind: steps[0]?.kind, outcome: 'done', reason: 'it was done' },
    });
  });

  it.each<[string, Finding, PlanStep]>([
    ['instance-untagged: only people set tags', found('instance-untagged'), aStep()],
    ['instance-unmirrored after a deletion', found('instance-unmirrored'), aDeletion()],
    ['mirror-rogue after a created session', rogue('tms-1'), aStep()],
    [
      'mirror-rogue after a change of another session',
      rogue('tms-1'),
      aModification({ trafficMirrorSessionId: 'tms-2' }),
    ],
    ['mirror-orphan after the deletion of another session', orphan, aDeletion({ trafficMirrorSessionId: 'tms-2' })],
    ['mirror-duplicate after a created session', found('mirror-duplicate'), aStep()],
    ['a finding on another resource', found('instance-unmirrored', { resourceId: 'i-2' }), aStep()],
    ['a finding on the same id in another account', found('instance-unmirrored'), aStep({ accountId: '999999999999' })],
    ['a finding on the same id in another region', found('instance-unmirrored'), aStep({ region: 'us-east-1' })],
    ['a muted finding', found('instance-unmirrored', { status: 'muted' }), aStep()],
  ])('leaves alone %s', (_, finding, step) => {
    expect(settled(finding, [done(step)])).toBe(finding);
  });

  it('leaves mirror-rogue open when only one of two rogue sessions was changed', () => {
    expect(settled(rogue('tms-1', 'tms-2'), [done(aModification())])).toMatchObject({
      status: 'open',
      remediation: { kind: 'modify-session', outcome: 'done' },
    });
  });

  it.each<[string, readonly Outcome[], readonly Unplaced[], FindingRemediation]>([
    [
      'with the reason of a failed step',
      [outcome(aStep(), 'failed')],
      [],
      { kind: 'create-session', outcome: 'failed', reason: 'it was failed', trafficMirrorTargetId: 'tmt-a' },
    ],
    [
      'when one of two interfaces failed',
      [done(aStep()), outcome(aStep({ networkInterfaceId: 'eni-2' }), 'failed', { reason: 'no room' })],
      [],
      { kind: 'create-session', outcome: 'failed', reason: 'no room', trafficMirrorTargetId: 'tmt-a' },
    ],
    [
      'with the reason why it was not placed',
      [],
      [{ networkInterfaceId: 'eni-1', resourceId: 'i-1', reason: 'every target is full' }],
      { kind: 'create-session', outcome: 'unplaced', reason: 'every target is full' },
    ],
    [
      'when one interface was placed and another was not',
      [done(aStep())],
      [{ networkInterfaceId: 'eni-2', resourceId: 'i-1', reason: 'every target is full' }],
      { kind: 'create-session', outcome: 'unplaced', reason: 'every target is full', trafficMirrorTargetId: 'tmt-a' },
    ],
  ])('keeps the finding open %s', (_, outcomes, unplaced, remediation) => {
    const after = settled(found('instance-unmirrored'), outcomes, unplaced);
    expect({ ...after, reason: 'as audited' }).toEqual({ ...found('instance-unmirrored'), remediation });
  });

  it('says in the reason which target the plan chose, which need not be the one for this source alone', () => {
    const plan = { steps: [aStep({ trafficMirrorTargetId: 'tmt-b' })], unplaced: [] };
    const reasons = (['account', 'judged'] as const).flatMap((scope) =>
      withRemediation([found('instance-unmirrored')], plan, [], scope).map(({ reason }) => reason),
    );
    expect(reasons).toEqual([
      'as audited; in the plan for the whole account eni-1 goes to tmt-b.',
      'as audited; in the plan for what this run judged eni-1 goes to tmt-b.',
    ]);
  });

  it('says in the reason that the plan has no place, unless the reason says so already', () => {
    const full = { networkInterfaceId: 'eni-1', resourceId: 'i-1', reason: 'every target is full' };
    expect(settled(found('instance-unmirrored'), [], [full]).reason).toBe(
      'as audited; in the plan for what this run judged eni-1 gets no session: every target is full.',
    );
    const known = found('instance-unmirrored', { reason: 'i-1 is bare: every target is full.' });
    expect(settled(known, [], [full]).reason).toBe(known.reason);
  });

  it('settles a muted finding that its exemption still wants repaired', () => {
    const decision = { reason: 'known', owner: 'rosa', expires: '2099-12-31' };
    const muted = found('instance-unmirrored', { status: 'muted', detail: { exemption: decision } });
    const still = { ...muted, detail: { exemption: { ...decision, still: 'repair' as const } } };
    expect(settled(muted, [done(aStep())])).toBe(muted);
    expect(settled(still, [done(aStep())])).toMatchObject({ status: 'resolved', remediation: { outcome: 'done' } });
    expect(settled(still, [outcome(aStep(), 'failed')])).toMatchObject({
      status: 'muted',
      remediation: { outcome: 'failed' },
    });
  });

  it('says each reason once when several steps failed for the same reason', () => {
    const failed = ['eni-1', 'eni-2'].map((id) => outcome(aStep({ networkInterfaceId: id }), 'failed'));
    expect(settled(found('instance-unmirrored'), failed).remediation?.reason).toBe('it was failed');
  });

  it('adds no unplaced source to a finding whose rule no placement can fix', () => {
    const unplaced = [{ networkInterfaceId: 'eni-1', resourceId: 'i-1', reason: 'every target is full' }];
    expect(settled(found('mirror-duplicate'), [], unplaced)).toEqual(found('mirror-duplicate'));
  });

  it('says what is planned when nothing was applied', () => {
    const plan = { steps: [aStep()], unplaced: [] };
    expect(withRemediation([found('instance-unmirrored')], plan, [])).toMatchObject([
      {
        status: 'open',
        remediation: {
          kind: 'create-session',
          outcome: 'planned',
          reason: aStep().reason,
          trafficMirrorTargetId: 'tmt-a',
        },
      },
    ]);
  });

  it('names the session that was made and the target that took it', () => {
    const made = outcome(aStep(), 'done', { trafficMirrorSessionId: 'tms-new', trafficMirrorTargetId: 'tmt-b' });
    expect(settled(found('instance-unmirrored'), [made]).remediation).toMatchObject({
      trafficMirrorSessionId: 'tms-new',
      trafficMirrorTargetId: 'tmt-b',
    });
  });

  it('mutes a finding when AWS refuses all its interfaces', () => {
    expect(settled(found('instance-unmirrored'), [outcome(aStep(), 'exempt')])).toMatchObject({
      status: 'muted',
      reason: 'i-1 cannot be mirrored: it was exempt.',
      remediation: { outcome: 'not-needed', reason: 'it was exempt' },
    });
  });

  it('resolves a finding when AWS refuses one of its interfaces and mirrors the other', () => {
    const outcomes = [outcome(aStep(), 'exempt'), done(aStep({ networkInterfaceId: 'eni-2' }))];
    expect(settled(found('instance-unmirrored'), outcomes).status).toBe('resolved');
  });
});

describe('withRefusals', () => {
  const context = { severities: {}, now: at(0) };
  const refusalOf = (networkInterfaceId: string, resourceId: string): Outcome =>
    outcome(aStep({ networkInterfaceId, resourceId }), 'exempt', { awsCode: 'NetworkInterfaceNotSupported' });
  const interfaces = [{ networkInterfaceId: 'eni-1', verdict: 'missing', reason: 'no session' }];
  const unmirrored = found('instance-unmirrored', { detail: { interfaces } });
  const TASK = `arn:aws:ecs:${REGION}:${ACCOUNT}:attachment/1`;
  const task = found('instance-unmirrored', { resourceType: 'AWS::ECS::Task', resourceId: TASK });
  const withTask = anInventory({
    networkInterfaces: [...(anInventory().networkInterfaces ?? []), aTaskInterface()],
  });

  it('changes nothing when AWS refused nothing permanently', () => {
    const result = { findings: [unmirrored], judgements: [] };
    expect(withRefusals(result, [outcome(aStep(), 'exempt')], [anInventory()], context)).toEqual(result);
  });

  it('notes the refused interface in the finding of its instance', () => {
    const { findings } = withRefusals(
      { findings: [unmirrored, orphan], judgements: [] },
      [refusalOf('eni-1', 'i-1')],
      [anInventory()],
      context,
    );
    expect(findings).toEqual([
      {
        ...unmirrored,
        detail: {
          interfaces,
          refused: [
            {
              networkInterfaceId: 'eni-1',
              reason: 'it was exempt',
              at: at(0).toISOString(),
              instanceType: 'm7i.large',
            },
          ],
        },
      },
      orphan,
    ]);
  });

  it('replaces the findings of all tasks by one muted finding', () => {
    const result = { findings: [unmirrored, task], judgements: [] };
    const { findings, judgements } = withRefusals(result, [refusalOf('eni-task', TASK)], [withTask], context);
    expect(findings.map(({ status, resourceId }) => `${status} ${resourceId}`)).toEqual([
      'open i-1',
      `muted arn:aws:ecs:${REGION}:${ACCOUNT}:attachment/*`,
    ]);
    expect(judgements).toMatchObject([{ id: task.id, result: 'gone' }]);
  });

  it('keeps the findings of tasks where another task is mirrored', () => {
    const mirrored = { ...withTask, trafficMirrorSessions: [aSession({ networkInterfaceId: 'eni-task' })] };
    const result = { findings: [task], judgements: [] };
    expect(withRefusals(result, [refusalOf('eni-task', TASK)], [mirrored], context)).toEqual(result);
  });
});

describe('awaitingRepair', () => {
  const waits = (finding: Finding, steps: readonly PlanStep[]): boolean =>
    awaitingRepair([finding], steps).includes(finding.id);

  it.each<[string, Finding, PlanStep]>([
    ['instance-unmirrored', found('instance-unmirrored'), aStep()],
    ['mirror-ineffective', found('mirror-ineffective'), aModification()],
  ])('names %s', (_, finding, step) => {
    expect(waits(finding, [step])).toBe(true);
  });

  it.each<[string, Finding, readonly PlanStep[]]>([
    ['without a step', found('instance-unmirrored'), []],
    ['with a step for another resource', found('instance-unmirrored'), [aStep({ resourceId: 'i-2' })]],
    ['with a step in another account', found('instance-unmirrored'), [aStep({ accountId: '999999999999' })]],
    ['that is muted', found('instance-unmirrored', { status: 'muted' }), [aStep()]],
    ['that a session cannot fix', found('instance-untagged'), [aStep()]],
    ['that may be an attacker’s doing: mirror-rogue', rogue('tms-1'), [aModification()]],
    ['that the step cannot resolve', found('instance-unmirrored'), [aDeletion()]],
  ])('leaves out a finding %s', (_, finding, steps) => {
    expect(waits(finding, steps)).toBe(false);
  });
});

describe('isRepairedBy', () => {
  const change = aModification();
  it.each<[string, Finding, readonly Outcome[], boolean]>([
    ['true when its step was done', found('instance-unmirrored'), [done(aStep())], true],
    ['true when its only rogue session was changed', rogue('tms-1'), [done(change)], true],
    ['false when one of two rogue sessions was changed', rogue('tms-1', 'tms-2'), [done(change)], false],
    ['false when another session of the resource was changed', rogue('tms-2'), [done(change)], false],
    ['false when its step failed', found('instance-unmirrored'), [outcome(aStep(), 'failed')], false],
    ['false without an outcome', found('instance-unmirrored'), [], false],
  ])('is %s', (_, finding, outcomes, expected) => {
    expect(isRepairedBy(finding, outcomes)).toBe(expected);
  });
});
