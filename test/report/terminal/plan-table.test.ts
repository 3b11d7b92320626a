import { describe, expect, it } from 'vitest';
import { indexAccount } from '../../../src/mirror/account-index.ts';
import type { Explanation } from '../../../src/mirror/verdict.ts';
import type { RemediationPlan } from '../../../src/remediation/plan.ts';
import { joinPlans, planRemediation } from '../../../src/remediation/plan-remediation.ts';
import { renderExplanation, renderPlan } from '../../../src/report/terminal/plan-table.ts';
import { anInventory, aPolicy } from '../../support/inventories.ts';
import { aDeletion, aStep } from '../../support/plans.ts';
import { aWorld } from '../../support/worlds.ts';

const planOf = (parts: Partial<RemediationPlan>): RemediationPlan => ({ steps: [], unplaced: [], load: [], ...parts });
/** Three sources without a step: one has no session, one an ineffective one, one a session that may work. */
const ofEachKind: RemediationPlan['unplaced'] = (['none', 'ineffective', 'unknown'] as const).map((session) => ({
  networkInterfaceId: `eni-${session}`,
  resourceId: 'i-1',
  reason: 'for some reason',
  session,
}));
const head = (plan: RemediationPlan): string => (renderPlan(plan).split('\n\n')[0] ?? '').replaceAll('\n', ' ').trim();
const unplaced = (count: number, id = 'eni-'): RemediationPlan['unplaced'] =>
  Array.from({ length: count }, (_, index) => ({
    networkInterfaceId: id === '*' ? id : `${id}${index}`,
    resourceId: `i-${index}`,
    reason: 'every target is full',
  }));

/** Forty sources and `targets` targets with room for one source each. */
function crowded(targets: number): RemediationPlan {
  const all = Array.from({ length: targets }, (_, index) => index);
  const { inventory, policy } = aWorld({
    sources: Array.from({ length: 40 }, () => ({ zone: 'a' as const, targets: all })),
    targets: all.map(() => ({ zone: 'a' as const, capacity: 1 })),
  });
  return planRemediation(indexAccount(inventory, policy));
}

describe('renderPlan', () => {
  it.each<[string, RemediationPlan, string]>([
    ['nothing at all', planOf({}), 'Nothing to do.'],
    ['steps', planOf({ steps: [aStep(), aStep(), aDeletion()] }), '3 steps: 2 create-session, 1 delete-session'],
    [
      'steps, and a source without a place',
      planOf({ steps: [aStep()], unplaced: unplaced(1) }),
      '1 step: 1 create-session; 1 source gets no session',
    ],
    ['sources without a place', planOf({ unplaced: unplaced(37) }), 'No step can be taken; 37 sources get no session'],
    [
      'what each source without a step has of a session',
      planOf({ unplaced: ofEachKind }),
      'No step can be taken; 1 source gets no session; 1 source keeps an ineffective session; of 1 source it is not known whether it is mirrored',
    ],
    [
      'sources that exemptions leave out',
      planOf({ exempted: unplaced(2).map((one) => ({ ...one, trafficMirrorSessionIds: [] })) }),
      'Nothing to do; 2 sources are left as found by an exemption',
    ],
    [
      'steps, a source without a place and an exempted one',
      planOf({
        steps: [aStep()],
        unplaced: unplaced(1),
        exempted: unplaced(1).map((one) => ({ ...one, trafficMirrorSessionIds: [] })),
      }),
      '1 step: 1 create-session; 1 source gets no session; 1 source is left as found by an exemption',
    ],
    [
      'an account that could not be read',
      planOf({ unplaced: unplaced(1, '*') }),
      'No step can be taken; 1 account and region could not be read',
    ],
  ])('says in its first line: %s', (_, plan, expected) => {
    expect(head(plan)).toBe(expected);
  });

  it('counts truly when three targets have room for one of forty sources each', () => {
    const text = renderPlan(crowded(3));
    expect(text.split('\n')[0]).toBe('3 steps: 3 create-session; 37 sources get no session');
    expect(text.match(/^tmt-\d, 1 of 1 source afterwards$/gm)).toHaveLength(3);
    expect(text.match(/^ {2}eni-s\d+ of i-s\d+$/gm)).toHaveLength(37);
    expect(text).not.toContain('Other targets');
  });

  it('lists a source that has a session apart from those without one', () => {
    const text = renderPlan(planOf({ unplaced: ofEachKind }));
    const sections = text.split('\n\n').map((section) => section.trimEnd().split('\n'));
    expect(sections.slice(1).map(([heading, source]) => [heading, source?.trim()])).toEqual([
      ['No session for', 'eni-none of i-1'],
      ['With an ineffective session, and no step that would help', 'eni-ineffective of i-1'],
      ['Not known whether mirrored', 'eni-unknown of i-1'],
    ]);
  });

  it('shows the id of a task whole on a wide terminal, and cut on a narrow one', () => {
    const id = '184d10a7-bcee-4038-ad3d-59080c7c1bf5';
    const steps = [aStep({ resourceId: `arn:aws:ecs:eu-west-1:111122223333:attachment/${id}` })];
    expect(renderPlan(planOf({ steps }), { columns: 120 })).toContain(`  ${id}  `);
    expect(renderPlan(planOf({ steps }), { columns: 80 })).toContain('  184d10a7-bcee-4038-a…');
  });

  it('never says that there is nothing to do while sources need a session', () => {
    const plan = crowded(0);
    expect(plan.unplaced).toHaveLength(40);
    expect(head(plan)).toBe('No step can be taken; 40 sources get no session');
  });

  it('gives a target that two accounts share one heading for each', () => {
    const [mine, theirs] = ['111111111111', '222222222222'].map((accountId) => {
      const { networkInterfaces: each = [], ...rest } = anInventory({ accountId });
      const networkInterfaces = each.map((one) => ({ ...one, ownerId: accountId }));
      return planRemediation(indexAccount({ ...rest, networkInterfaces }, aPolicy()));
    });
    if (mine === undefined || theirs === undefined) throw new Error('no plans');
    const text = renderPlan(joinPlans([mine, theirs]));
    expect(text).toContain('tmt-a (111111111111, eu-west-1), 1 of 10 sources afterwards');
    expect(text).toContain('tmt-a (222222222222, eu-west-1), 1 of 10 sources afterwards');
  });

  it('counts no sources when the sessions could not be read', () => {
    const { trafficMirrorSessions: _, ...blind } = anInventory();
    const plan = planRemediation(indexAccount(blind, aPolicy()));
    expect(plan.unplaced).not.toEqual([]);
    expect(plan.load).toEqual([]);
    expect(renderPlan(plan)).not.toContain('of 10 sources');
  });
});

describe('renderExplanation', () => {
  const explained = (parts: Partial<Explanation>): string =>
    renderExplanation({
      ...{ networkInterfaceId: 'eni-1', resourceId: 'i-1', verdict: { kind: 'missing', reason: 'no session' } },
      ...{ selected: 'tmt-a', candidates: [] },
      ...parts,
    });
  const place = (trafficMirrorTargetId: string | null): Partial<Explanation> => ({
    planned: { kind: 'create-session', trafficMirrorTargetId, reason: 'tmt-a is full' },
  });

  it.each<[string, Partial<Explanation>, string]>([
    ['the choice alone, without a plan', {}, 'Selected for this source alone: tmt-a'],
    [
      'one target where plan and choice agree',
      place('tmt-a'),
      'Selected: tmt-a, alone and in the plan for the whole account',
    ],
    [
      'both where they differ',
      place('tmt-b'),
      'Planned with the whole account: tmt-b\n  Selected for this source alone: tmt-a',
    ],
    ['that the plan has no place', place(null), 'Planned with the whole account: no step (tmt-a is full)'],
    [
      'no reason twice',
      { ...place(null), verdict: { kind: 'missing', reason: 'no session: tmt-a is full' } },
      'Planned with the whole account: no step',
    ],
    ['that no target would serve', { selected: null }, 'Alone, it would get no target.'],
    ['the target it has', { verdict: { kind: 'mirrored' } }, 'Selected: tmt-a'],
    ['that an exempt source needs none', { verdict: { kind: 'exempt' }, selected: null }, 'No target needed.'],
  ])('names %s', (_, parts, expected) => {
    expect(explained(parts)).toContain(`  ${expected}\n`);
  });

  it('names a target that is no candidate, and why', () => {
    const reason = 'it carries our tag mirrorwatch:pool, but i-9 was not launched with a client token of ours';
    expect(explained({ unproven: [{ trafficMirrorTargetId: 'tmt-9', reason }] })).toMatch(
      /\n {4}tmt-9 {2}no candidate\n {6}it carries our tag mirrorwatch:pool, but i-9 was not launched/,
    );
  });

  it('does not say that an interface it could not judge needs no target', () => {
    const text = explained({ verdict: { kind: 'unknown', reason: 'not read' }, selected: null });
    expect(text).not.toContain('No target needed');
  });
});
