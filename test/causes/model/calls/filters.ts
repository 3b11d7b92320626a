/** Traffic mirror filters and their rules, in the newer encoding. */

import { type Account, drop, type FilterRule, put } from '../account.ts';
import { type CallKind, done, failed, type Params } from '../call.ts';
import { present } from './encoding.ts';

const NO_FILTER = 'Client.InvalidTrafficMirrorFilterId.NotFound';
const NO_RULE = 'Client.InvalidTrafficMirrorFilterRuleId.NotFound';
const TAKEN = 'Client.TrafficMirrorFilterRuleAlreadyExists';
const ANY = '0.0.0.0/0';

const createTrafficMirrorFilter: CallKind<Params['CreateTrafficMirrorFilter']> = {
  apply: (account, { filterId }) =>
    done(put(account, 'filters', filterId, { id: filterId }), () => ({
      trafficMirrorFilter: { trafficMirrorFilterId: filterId, ingressFilterRuleSet: '', egressFilterRuleSet: '' },
    })),
  request: () => ({ Description: '' }),
  encoding: 'wrapped',
  about: ({ filterId }) => [filterId],
};

/** A filter goes with its rules, and only when no session uses it. */
const deleteTrafficMirrorFilter: CallKind<Params['DeleteTrafficMirrorFilter']> = {
  apply(account, { filterId }) {
    if (account.filters[filterId] === undefined) return failed(NO_FILTER);
    if (Object.values(account.sessions).some((session) => session.filterId === filterId))
      return failed('Client.TrafficMirrorFilterInUse');
    const rules = Object.values(account.filterRules).filter((rule) => rule.filterId === filterId);
    const without = drop(account, 'filters', [filterId]);
    return done(
      drop(
        without,
        'filterRules',
        rules.map(({ id }) => id),
      ),
      () => ({ trafficMirrorFilterId: filterId }),
    );
  },
  request: ({ filterId }) => ({ TrafficMirrorFilterId: filterId }),
  encoding: 'wrapped',
  about: ({ filterId }) => [filterId],
};

const createTrafficMirrorFilterRule: CallKind<FilterRule> = {
  apply(account, { id, filterId, direction, number, action, protocol }) {
    const rule = { id, filterId, direction, number, action, protocol };
    if (account.filters[filterId] === undefined) return failed(NO_FILTER);
    if (isTaken(account, rule)) return failed(TAKEN);
    return done(put(account, 'filterRules', id, rule), () => ({ trafficMirrorFilterRule: described(rule) }));
  },
  request: ({ filterId, direction, number, action, protocol }) => ({
    TrafficMirrorFilterId: filterId,
    TrafficDirection: direction,
    RuleNumber: number,
    RuleAction: action,
    ...present({ Protocol: protocol }),
    SourceCidrBlock: ANY,
    DestinationCidrBlock: ANY,
  }),
  encoding: 'wrapped',
  about: ({ filterId }) => [filterId],
};

/** The answer shows the rule afterwards, not what it was. */
const modifyTrafficMirrorFilterRule: CallKind<Params['ModifyTrafficMirrorFilterRule']> = {
  apply(account, { ruleId, action, number }) {
    const before = account.filterRules[ruleId];
    if (before === undefined) return failed(NO_RULE);
    const rule = { ...before, action: action ?? before.action, number: number ?? before.number };
    if (isTaken(account, rule)) return failed(TAKEN);
    return done(put(account, 'filterRules', ruleId, rule), () => ({ trafficMirrorFilterRule: described(rule) }));
  },
  request: ({ ruleId, action, number }) =>
    present({ TrafficMirrorFilterRuleId: ruleId, RuleAction: action, RuleNumber: number }),
  encoding: 'wrapped',
  about: ({ ruleId }) => [ruleId],
};

/** The record names only the rule. */
const deleteTrafficMirrorFilterRule: CallKind<Params['DeleteTrafficMirrorFilterRule']> = {
  apply(account, { ruleId }) {
    if (account.filterRules[ruleId] === undefined) return failed(NO_RULE);
    return done(drop(account, 'filterRules', [ruleId]), () => ({ trafficMirrorFilterRuleId: ruleId }));
  },
  request: ({ ruleId }) => ({ TrafficMirrorFilterRuleId: ruleId }),
  encoding: 'wrapped',
  about: ({ ruleId }) => [ruleId],
};

function isTaken(account: Account, { id, filterId, direction, number }: FilterRule): boolean {
  return Object.values(account.filterRules).some(
    (rule) => rule.id !== id && rule.filterId === filterId && rule.direction === direction && rule.number === number,
  );
}

function described({ id, filterId, direction, number, action, protocol }: FilterRule): object {
  return {
    trafficMirrorFilterRuleId: id,
    trafficMirrorFilterId: filterId,
    trafficDirection: direction,
    ruleNumber: number,
    ruleAction: action,
    ...present({ protocol }),
    sourceCidrBlock: ANY,
    destinationCidrBlock: ANY,
  };
}

export const FILTER_CALLS = {
  CreateTrafficMirrorFilter: createTrafficMirrorFilter,
  DeleteTrafficMirrorFilter: deleteTrafficMirrorFilter,
  CreateTrafficMirrorFilterRule: createTrafficMirrorFilterRule,
  ModifyTrafficMirrorFilterRule: modifyTrafficMirrorFilterRule,
  DeleteTrafficMirrorFilterRule: deleteTrafficMirrorFilterRule,
} as const;
