import { describe } from 'vitest';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import { aFilter, aSession, aTarget } from '../../support/inventories.ts';
import { aMirroredAccount, call, items } from '../../support/stories.ts';
import { EARLIER, itTakesBack, NOW, type TakenBack } from '../../support/taking-back.ts';

const UNMIRRORED = 'i-1 instance-unmirrored';
const INEFFECTIVE = 'i-1 mirror-ineffective';

const SESSION = {
  ...{ trafficMirrorSessionId: 'tms-1', networkInterfaceId: 'eni-1', trafficMirrorTargetId: 'tmt-a' },
  ...{ trafficMirrorFilterId: 'tmf-1', sessionNumber: 1, ownerId: '111122223333' },
};
const MANAGED = { tagSet: items({ key: 'mirrorwatch:managed', value: 'true' }) };
const sessionMade = (actor: string, minute: number, fields: object = {}) =>
  call(actor, minute, 'CreateTrafficMirrorSession', SESSION, {
    trafficMirrorSession: { ...SESSION, ...MANAGED, ...fields },
  });
const withSessions = (...trafficMirrorSessions: ReturnType<typeof aSession>[]): Inventory =>
  aMirroredAccount({ trafficMirrorSessions });
const sessions = (account: Inventory) =>
  account.trafficMirrorSessions?.map(
    ({
      trafficMirrorSessionId,
      networkInterfaceId,
      trafficMirrorTargetId,
      trafficMirrorFilterId,
      sessionNumber,
      tags,
    }) => ({
      trafficMirrorSessionId,
      networkInterfaceId,
      trafficMirrorTargetId,
      trafficMirrorFilterId,
      sessionNumber,
      tags,
    }),
  );
const modified = (fields: Readonly<Record<string, unknown>>) =>
  call('erin', NOW, 'ModifyTrafficMirrorSession', { trafficMirrorSessionId: 'tms-1', ...fields });

const ACCEPT = {
  ...{ trafficMirrorFilterRuleId: 'tmfr-1', ruleNumber: 100, ruleAction: 'accept' as const },
  ...{ sourceCidrBlock: '0.0.0.0/0', destinationCidrBlock: '0.0.0.0/0' },
};
const REJECT = { ...ACCEPT, trafficMirrorFilterRuleId: 'tmfr-2', ruleNumber: 1, ruleAction: 'reject' as const };
const ruleMade = (actor: string, minute: number, rule: object, trafficDirection = 'ingress') =>
  call(...([actor, minute, 'CreateTrafficMirrorFilterRule', { trafficMirrorFilterId: 'tmf-1' }] as const), {
    trafficMirrorFilterRule: { ...rule, trafficMirrorFilterId: 'tmf-1', trafficDirection },
  });
const withIngress = (...ingressFilterRules: ReturnType<typeof aFilter>['ingressFilterRules'][number][]): Inventory =>
  aMirroredAccount({ trafficMirrorSessions: [aSession()], trafficMirrorFilters: [aFilter({ ingressFilterRules })] });
const ingress = (account: Inventory) =>
  account.trafficMirrorFilters?.[0]?.ingressFilterRules.toSorted((a, b) => a.ruleNumber - b.ruleNumber);

const filters = (account: Inventory) =>
  account.trafficMirrorFilters?.map(({ trafficMirrorFilterId, ingressFilterRules, egressFilterRules }) => [
    trafficMirrorFilterId,
    ingressFilterRules.map(({ ruleAction }) => ruleAction),
    egressFilterRules.map(({ ruleAction }) => ruleAction),
  ]);
const filterMade = call(
  'helper',
  1,
  'CreateTrafficMirrorFilter',
  {},
  {
    trafficMirrorFilter: { trafficMirrorFilterId: 'tmf-1' },
  },
);

const targets = (account: Inventory) =>
  account.trafficMirrorTargets?.map(({ trafficMirrorTargetId, type }) => `${trafficMirrorTargetId} ${type}`).toSorted();
const target = {
  ...{ trafficMirrorTargetId: 'tmt-a', networkInterfaceId: 'eni-sensor-a', ownerId: '111122223333' },
  type: 'network-interface',
};
const targetMade = (actor: string, minute: number) =>
  call(actor, minute, 'CreateTrafficMirrorTarget', {}, { trafficMirrorTarget: target });
const tmtB = aTarget({ trafficMirrorTargetId: 'tmt-b', networkInterfaceId: 'eni-sensor-b' });

const ROWS: Readonly<Record<string, TakenBack>> = {
  'CreateTrafficMirrorSession, which removes the session': {
    call: sessionMade('erin', NOW, { trafficMirrorSessionId: 'tms-2', trafficMirrorTargetId: 'tmt-x', tagSet: {} }),
    now: withSessions(
      aSession(),
      aSession({ trafficMirrorSessionId: 'tms-2', trafficMirrorTargetId: 'tmt-x', tags: [] }),
    ),
    ...{ part: sessions, before: sessions(withSessions(aSession())), broke: 'i-1 mirror-rogue' },
  },
  'ModifyTrafficMirrorSession, which puts the target back': {
    call: modified({ trafficMirrorTargetId: 'tmt-x' }),
    told: [sessionMade('helper', EARLIER, { tagSet: {} })],
    now: withSessions(aSession({ trafficMirrorTargetId: 'tmt-x', tags: [] })),
    ...{ part: sessions, before: sessions(withSessions(aSession({ tags: [] }))), broke: UNMIRRORED },
  },
  'ModifyTrafficMirrorSession, which puts the filter back': {
    call: modified({ trafficMirrorFilterId: 'tmf-x' }),
    told: [sessionMade('helper', EARLIER)],
    now: withSessions(aSession({ trafficMirrorFilterId: 'tmf-x' })),
    ...{ part: sessions, before: sessions(withSessions(aSession())), broke: INEFFECTIVE },
  },
  'ModifyTrafficMirrorSession, which puts the number back': {
    call: modified({ sessionNumber: 7 }),
    told: [sessionMade('helper', EARLIER)],
    now: withSessions(aSession({ sessionNumber: 7 })),
    ...{ part: sessions, before: sessions(withSessions(aSession())) },
  },
  'DeleteTrafficMirrorSession, which adds the session': {
    call: call('erin', NOW, 'DeleteTrafficMirrorSession', { trafficMirrorSessionId: 'tms-1' }),
    told: [sessionMade('helper', EARLIER)],
    now: withSessions(),
    ...{ part: sessions, before: sessions(withSessions(aSession())), broke: UNMIRRORED },
  },
  'CreateTrafficMirrorFilterRule, which removes the rule': {
    call: ruleMade('erin', NOW, REJECT),
    now: withIngress(REJECT, ACCEPT),
    ...{ part: ingress, before: [ACCEPT], broke: INEFFECTIVE },
  },
  'ModifyTrafficMirrorFilterRule, which puts the fields back': {
    call: call('erin', NOW, 'ModifyTrafficMirrorFilterRule', {
      ...{ trafficMirrorFilterRuleId: 'tmfr-1', ruleAction: 'reject' },
    }),
    told: [ruleMade('helper', EARLIER, ACCEPT)],
    now: withIngress({ ...ACCEPT, ruleAction: 'reject' }),
    ...{ part: ingress, before: [ACCEPT], broke: INEFFECTIVE },
  },
  'ModifyTrafficMirrorFilterRule, which puts the fields back that it took away': {
    call: call('erin', NOW, 'ModifyTrafficMirrorFilterRule', {
      ...{ trafficMirrorFilterRuleId: 'tmfr-2', removeField: items({ content: 'protocol' }) },
    }),
    told: [ruleMade('helper', EARLIER, { ...REJECT, protocol: 6 })],
    now: withIngress(REJECT, ACCEPT),
    ...{ part: ingress, before: [{ ...REJECT, protocol: 6 }, ACCEPT], broke: INEFFECTIVE },
  },
  'DeleteTrafficMirrorFilterRule, which adds the rule': {
    call: call('erin', NOW, 'DeleteTrafficMirrorFilterRule', { trafficMirrorFilterRuleId: 'tmfr-1' }),
    told: [ruleMade('helper', EARLIER, ACCEPT)],
    now: withIngress(),
    ...{ part: ingress, before: [ACCEPT], broke: INEFFECTIVE },
  },
  'CreateTrafficMirrorFilter, which removes the filter': {
    call: call(
      'erin',
      NOW,
      'CreateTrafficMirrorFilter',
      {},
      { trafficMirrorFilter: { trafficMirrorFilterId: 'tmf-2' } },
    ),
    now: aMirroredAccount({
      trafficMirrorFilters: [aFilter(), aFilter({ trafficMirrorFilterId: 'tmf-2', ingressFilterRules: [] })],
    }),
    ...{ part: filters, before: [['tmf-1', ['accept'], ['accept']]] },
  },
  'DeleteTrafficMirrorFilter, which adds the filter with its rules': {
    call: call('erin', NOW, 'DeleteTrafficMirrorFilter', { trafficMirrorFilterId: 'tmf-1' }),
    told: [
      filterMade,
      ruleMade('helper', EARLIER, ACCEPT),
      ruleMade('helper', EARLIER, { ...ACCEPT, trafficMirrorFilterRuleId: 'tmfr-3' }, 'egress'),
    ],
    now: aMirroredAccount({ trafficMirrorFilters: [] }),
    ...{ part: filters, before: [['tmf-1', ['accept'], ['accept']]], broke: INEFFECTIVE },
  },
  'CreateTrafficMirrorTarget, which removes the target': {
    call: targetMade('erin', NOW),
    now: aMirroredAccount(),
    ...{ part: targets, before: ['tmt-b network-interface'] },
  },
  'DeleteTrafficMirrorTarget, which adds the target': {
    call: call('erin', NOW, 'DeleteTrafficMirrorTarget', { trafficMirrorTargetId: 'tmt-a' }),
    told: [targetMade('helper', EARLIER)],
    now: aMirroredAccount({ trafficMirrorTargets: [tmtB] }),
    ...{ part: targets, before: ['tmt-a network-interface', 'tmt-b network-interface'], broke: INEFFECTIVE },
  },
};

describe.each(Object.entries(ROWS))('taking back %s', (_, row) => {
  itTakesBack(row);
});
