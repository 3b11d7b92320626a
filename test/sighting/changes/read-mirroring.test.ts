import { describe, expect, it } from 'vitest';
import { changesIn, changesInBoth } from '../../support/encodings.ts';

const SESSION = {
  trafficMirrorSessionId: 'tms-0a',
  networkInterfaceId: 'eni-0a',
  trafficMirrorTargetId: 'tmt-0a',
  trafficMirrorFilterId: 'tmf-0a',
  sessionNumber: 2,
};
const RULE = {
  ruleNumber: 100,
  ruleAction: 'accept',
  protocol: 6,
  sourceCidrBlock: '10.0.0.0/8',
  destinationCidrBlock: '0.0.0.0/0',
  destinationPortRange: { fromPort: 443, toPort: 443 },
};

describe.each([
  [
    'CreateTrafficMirrorSession',
    { networkInterfaceId: 'eni-0a', sessionNumber: 2 },
    {
      trafficMirrorSession: {
        ...SESSION,
        ownerId: '012345678901',
        virtualNetworkId: 77,
        packetLength: 128,
        description: 'ours',
        tagSet: { items: [{ key: 'Name', value: 'i-0a' }] },
      },
    },
    {
      kind: 'session-created',
      ...SESSION,
      ownerId: '012345678901',
      virtualNetworkId: 77,
      packetLength: 128,
      description: 'ours',
      tags: [{ key: 'Name', value: 'i-0a' }],
    },
  ],
  [
    'ModifyTrafficMirrorSession',
    { trafficMirrorSessionId: 'tms-0a', trafficMirrorTargetId: 'tmt-0b', removeField: { items: ['description'] } },
    { trafficMirrorSession: SESSION },
    {
      kind: 'session-modified',
      trafficMirrorSessionId: 'tms-0a',
      trafficMirrorTargetId: 'tmt-0b',
      session: { ...SESSION, tags: [] },
    },
  ],
  [
    'DeleteTrafficMirrorSession',
    { trafficMirrorSessionId: 'tms-0a' },
    { trafficMirrorSessionId: 'tms-0a' },
    { kind: 'session-deleted', trafficMirrorSessionId: 'tms-0a' },
  ],
  [
    'CreateTrafficMirrorFilter',
    { clientToken: 'token-1' },
    { trafficMirrorFilter: { trafficMirrorFilterId: 'tmf-0a', ingressFilterRuleSet: {} } },
    { kind: 'filter-created', trafficMirrorFilterId: 'tmf-0a' },
  ],
  [
    'DeleteTrafficMirrorFilter',
    { trafficMirrorFilterId: 'tmf-0a' },
    { trafficMirrorFilterId: 'tmf-0a' },
    { kind: 'filter-deleted', trafficMirrorFilterId: 'tmf-0a' },
  ],
  [
    'CreateTrafficMirrorFilterRule',
    { trafficMirrorFilterId: 'tmf-0a', trafficDirection: 'egress', ...RULE },
    {
      trafficMirrorFilterRule: {
        trafficMirrorFilterId: 'tmf-0a',
        trafficMirrorFilterRuleId: 'tmfr-0a',
        trafficDirection: 'egress',
        ...RULE,
      },
    },
    {
      kind: 'filter-rule-created',
      trafficMirrorFilterId: 'tmf-0a',
      direction: 'egress',
      rule: { trafficMirrorFilterRuleId: 'tmfr-0a', ...RULE },
    },
  ],
  [
    'DeleteTrafficMirrorFilterRule',
    { trafficMirrorFilterRuleId: 'tmfr-0a' },
    { trafficMirrorFilterRuleId: 'tmfr-0a' },
    { kind: 'filter-rule-deleted', trafficMirrorFilterRuleId: 'tmfr-0a' },
  ],
  [
    'CreateTrafficMirrorTarget',
    { networkInterfaceId: 'eni-0s' },
    {
      trafficMirrorTarget: {
        trafficMirrorTargetId: 'tmt-0a',
        networkInterfaceId: 'eni-0s',
        ownerId: '111122223333',
        tagSet: {},
        type: 'network-interface',
      },
    },
    {
      kind: 'target-created',
      trafficMirrorTargetId: 'tmt-0a',
      networkInterfaceId: 'eni-0s',
      ownerId: '111122223333',
      tags: [],
    },
  ],
  [
    'DeleteTrafficMirrorTarget',
    { trafficMirrorTargetId: 'tmt-0a' },
    { trafficMirrorTargetId: 'tmt-0a' },
    { kind: 'target-deleted', trafficMirrorTargetId: 'tmt-0a' },
  ],
])('%s', (eventName, request, response, change) => {
  it.each(['classic', 'newer'] as const)('gives the change that its record shows in the %s encoding', (encoding) => {
    expect(changesInBoth({ eventName, request, response })[encoding]).toEqual([change]);
  });
});

describe('ModifyTrafficMirrorFilterRule', () => {
  const removeField = [
    { content: 'protocol', tag: 1 },
    { content: 'description', tag: 2 },
    { content: 'source-port-range', tag: 3 },
  ];

  it('gives the fields that the request names, not those of the answer, and the ones it removes', () => {
    const changes = changesIn({
      eventName: 'ModifyTrafficMirrorFilterRule',
      requestParameters: {
        ModifyTrafficMirrorFilterRuleRequest: {
          TrafficMirrorFilterRuleId: 'tmfr-0a',
          RuleAction: 'reject',
          TrafficDirection: 'ingress',
          RemoveField: removeField,
        },
      },
      responseElements: {
        ModifyTrafficMirrorFilterRuleResponse: {
          trafficMirrorFilterRule: { trafficMirrorFilterRuleId: 'tmfr-0a', ...RULE, ruleAction: 'reject' },
        },
      },
    });
    expect(changes).toEqual([
      {
        kind: 'filter-rule-modified',
        rule: { trafficMirrorFilterRuleId: 'tmfr-0a', ruleAction: 'reject' },
        direction: 'ingress',
        removed: ['protocol', 'sourcePortRange'],
      },
    ]);
  });

  it('is opaque without its request: nothing else tells which fields it changed', () => {
    const trafficMirrorFilterRule = { trafficMirrorFilterRuleId: 'tmfr-0a', ...RULE };
    expect(
      changesIn({
        eventName: 'ModifyTrafficMirrorFilterRule',
        requestParameters: { omitted: true },
        responseElements: { ModifyTrafficMirrorFilterRuleResponse: { trafficMirrorFilterRule } },
      }),
    ).toEqual([{ kind: 'opaque', resourceIds: ['tmfr-0a'], lacks: 'lacks its parameters (omitted)' }]);
  });
});

it('takes the tags of a new session from the request when the answer has none', () => {
  const [change] =
    changesIn({
      eventName: 'CreateTrafficMirrorSession',
      requestParameters: {
        CreateTrafficMirrorSessionRequest: {
          TagSpecification: {
            ResourceType: 'traffic-mirror-session',
            tag: 1,
            Tag: [
              { Key: 'a', Value: '1', tag: 1 },
              { Key: 'b', Value: true, tag: 2 },
            ],
          },
        },
      },
      responseElements: { CreateTrafficMirrorSessionResponse: { trafficMirrorSession: SESSION } },
    }) ?? [];
  expect(change?.kind === 'session-created' && change.tags).toEqual([
    { key: 'a', value: '1' },
    { key: 'b', value: 'true' },
  ]);
});

it('takes every field of the answer for changed when the request of a session change was omitted', () => {
  expect(
    changesIn({
      eventName: 'ModifyTrafficMirrorSession',
      requestParameters: { omitted: true },
      responseElements: { ModifyTrafficMirrorSessionResponse: { trafficMirrorSession: SESSION } },
    }),
  ).toEqual([
    {
      kind: 'session-modified',
      trafficMirrorSessionId: 'tms-0a',
      trafficMirrorTargetId: 'tmt-0a',
      trafficMirrorFilterId: 'tmf-0a',
      sessionNumber: 2,
      session: { ...SESSION, tags: [] },
    },
  ]);
});

it('is opaque for a new session whose id the record does not show', () => {
  const requestParameters = { CreateTrafficMirrorSessionRequest: { NetworkInterfaceId: 'eni-0a', SessionNumber: 1 } };
  expect(changesIn({ eventName: 'CreateTrafficMirrorSession', requestParameters })).toEqual([
    { kind: 'opaque', resourceIds: ['eni-0a'], lacks: 'does not say what it changed' },
  ]);
});
