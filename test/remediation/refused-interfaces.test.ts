import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/audit/finding.ts';
import { indexAccount } from '../../src/mirror/account-index.ts';
import type { Outcome } from '../../src/remediation/outcome.ts';
import type { PlanStep } from '../../src/remediation/plan.ts';
import {
  coverTasks,
  isRefusedPermanently,
  probeTasks,
  type Refusal,
  refusalsIn,
  rememberRefusals,
  taskRefusalIn,
} from '../../src/remediation/refused-interfaces.ts';
import { aFinding } from '../support/findings.ts';
import { anInstance, anInventory, aPolicy, aSession, aTaskInterface } from '../support/inventories.ts';
import { aPlan, aStep } from '../support/plans.ts';
import { at } from '../support/sightings.ts';

const DAY = 24 * 60;
const REFUSAL: Refusal = {
  networkInterfaceId: 'eni-1',
  reason: 'it is not supported',
  at: at(0).toISOString(),
  instanceType: 'm7i.large',
};
const remembering = (refused: unknown): Finding => aFinding({ rule: 'instance-unmirrored', detail: { refused } });

describe('isRefusedPermanently', () => {
  it.each<[string, Partial<Outcome>, boolean]>([
    ['an unsupported interface', { awsCode: 'NetworkInterfaceNotSupported' }, true],
    ['a sensor', { awsCode: 'InterfaceInUseByTrafficMirrorTarget' }, false],
    ['a fault without a code', {}, false],
    ['a failed step', { result: 'failed', awsCode: 'NetworkInterfaceNotSupported' }, false],
  ])('answers for %s', (_, parts, expected) => {
    expect(isRefusedPermanently({ step: aStep(), result: 'exempt', reason: 'r', ...parts })).toBe(expected);
  });
});

describe('refusalsIn', () => {
  const resized = anInventory({ instances: [anInstance({ instanceType: 'c7i.large' })] });

  it.each<[string, ReturnType<typeof anInventory>, number, number]>([
    ['believes a refusal for a month', anInventory(), 29 * DAY, 1],
    ['tries again after a month', anInventory(), 30 * DAY, 0],
    ['tries again when the instance has another type', resized, 1, 0],
  ])('%s', (_, inventory, minute, count) => {
    expect(refusalsIn(remembering([REFUSAL]), inventory, at(minute))).toHaveLength(count);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['text', 'eni-1'],
    ['null', [null]],
    ['an entry without a time', [{ networkInterfaceId: 'eni-1', reason: 'r' }]],
  ])('skips stored details that contain %s', (_, refused) => {
    expect(refusalsIn(remembering(refused), anInventory(), at(1))).toEqual([]);
  });
});

describe('rememberRefusals', () => {
  const interfaces = [{ networkInterfaceId: 'eni-1', verdict: 'missing', reason: 'r' }];
  const unmirrored = aFinding({ rule: 'instance-unmirrored', detail: { interfaces } });

  it('notes the refusals of the finding’s own interfaces', () => {
    const other = { ...REFUSAL, networkInterfaceId: 'eni-2' };
    expect(rememberRefusals(unmirrored, [REFUSAL, other]).detail).toEqual({ interfaces, refused: [REFUSAL] });
  });

  it.each<[string, Finding, readonly Refusal[]]>([
    ['of another interface', unmirrored, [{ ...REFUSAL, networkInterfaceId: 'eni-2' }]],
    ['in a finding of another rule', aFinding({ rule: 'mirror-rogue', detail: { interfaces } }), [REFUSAL]],
  ])('does not note a refusal %s', (_, finding, refusals) => {
    expect(rememberRefusals(finding, refusals)).toBe(finding);
  });
});

describe('the finding for all tasks', () => {
  const scope = { accountId: '111122223333', region: 'eu-west-1' };
  const inRegion = (region: string): Finding => {
    const refusals = [{ scope: { ...scope, region }, refusal: REFUSAL }];
    const { findings } = coverTasks({ findings: [], judgements: [] }, refusals, { severities: {}, now: at(10) });
    const [made] = findings;
    if (made === undefined) throw new Error('no finding was made');
    return made;
  };
  const finding = inRegion('eu-west-1');

  it('is muted, begins with the refusal, and has one id for each account and region', () => {
    expect(finding).toMatchObject({
      status: 'muted',
      resourceType: 'AWS::ECS::Task',
      resourceId: 'arn:aws:ecs:eu-west-1:111122223333:attachment/*',
      firstSeen: REFUSAL.at,
    });
    expect(inRegion('us-east-1').id).not.toBe(finding.id);
  });

  it('replaces the findings of tasks there, which are judged as gone, and no others', () => {
    const task = (parts: Partial<Finding> = {}): Finding =>
      aFinding({ rule: 'instance-unmirrored', resourceType: 'AWS::ECS::Task', resourceId: 'task-1', ...parts });
    const others = [
      task({ region: 'us-east-1' }),
      task({ rule: 'mirror-rogue' }),
      aFinding({ rule: 'instance-unmirrored' }),
    ];
    const before = { findings: [task(), ...others], judgements: [] };
    const after = coverTasks(before, [{ scope, refusal: REFUSAL }], { severities: {}, now: at(10) });
    expect(after.findings).toEqual([...others, finding]);
    expect(after.judgements).toMatchObject([{ resourceId: 'task-1', result: 'gone' }]);
  });

  it('covers all tasks for a month', () => {
    expect(taskRefusalIn(finding, at(29 * DAY))).toEqual(REFUSAL);
    expect(taskRefusalIn(finding, at(30 * DAY))).toBeUndefined();
    expect(taskRefusalIn(undefined, at(1))).toBeUndefined();
  });
});

describe('probeTasks', () => {
  const ofTask = (id: string, target = 'tmt-a'): PlanStep =>
    aStep({ networkInterfaceId: id, resourceId: id, trafficMirrorTargetId: target });
  const tasks = ['eni-t1', 'eni-t2', 'eni-t3'].map((networkInterfaceId) => aTaskInterface({ networkInterfaceId }));
  const [t1, t2, t3] = [ofTask('eni-t1'), ofTask('eni-t2'), ofTask('eni-t3')];
  const instance = aStep();
  const accountWith = (sessions = anInventory().trafficMirrorSessions) =>
    indexAccount(
      anInventory({
        networkInterfaces: [...(anInventory().networkInterfaces ?? []), ...tasks],
        trafficMirrorSessions: sessions,
      }),
      aPolicy(),
    );

  it('tries one task before the others where none is mirrored yet', () => {
    const { probe, others, rest } = probeTasks(aPlan([instance, t1, t2, t3]), accountWith());
    expect([probe.steps, others, rest.steps]).toEqual([[t1], [t2, t3], [instance]]);
  });

  it.each<[string, readonly PlanStep[], ReturnType<typeof accountWith>]>([
    ['a task is mirrored already', [t1, t2], accountWith([aSession({ networkInterfaceId: 'eni-t3' })])],
    ['there is only one task', [instance, t1], accountWith()],
    ['there is no task', [instance], accountWith()],
  ])('tries nothing first where %s', (_, steps, account) => {
    const plan = aPlan(steps);
    expect(probeTasks(plan, account)).toEqual({ probe: { ...plan, steps: [] }, others: [], rest: plan });
  });
});
