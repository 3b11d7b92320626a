/** Reads changes of mirror sessions, filters and targets. */

import { accountIdOf, asList, type Fields, field, fieldsOf, numberField, str, textField } from '../fields.ts';
import { type Tag, tagsOf } from '../tags.ts';
import type {
  FilterRuleCreated,
  RecordedFilterRule,
  RecordedPorts,
  RecordedSession,
  RemovableRuleField,
} from './mirroring.ts';
import type { ReadChanges } from './read-changes.ts';

const NOTHING: Fields = {};

/** CreateTrafficMirrorSession: the response describes the session; the request fills in the rest. */
export const readSessionCreated: ReadChanges = ({ request, response }) => {
  const session = sessionIn(response, request);
  return session === undefined ? undefined : [{ kind: 'session-created', ...session }];
};

/** The session that a response describes, with what only the request has; undefined if they don't say all that matters. */
function sessionIn(response: Fields, request: Fields): RecordedSession | undefined {
  const made = fieldsOf(field(response, 'trafficMirrorSession'));
  const text = eitherText(made, request);
  const number = eitherNumber(made, request);
  const trafficMirrorSessionId = textField(made, 'trafficMirrorSessionId');
  const networkInterfaceId = text('networkInterfaceId');
  const trafficMirrorTargetId = text('trafficMirrorTargetId');
  const trafficMirrorFilterId = text('trafficMirrorFilterId');
  const sessionNumber = number('sessionNumber');
  if (!trafficMirrorSessionId || !networkInterfaceId || !trafficMirrorTargetId || !trafficMirrorFilterId)
    return undefined;
  if (sessionNumber === undefined) return undefined;
  return {
    ...{ trafficMirrorSessionId, networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber },
    ownerId: accountIdOf(field(made, 'ownerId')),
    virtualNetworkId: number('virtualNetworkId'),
    packetLength: number('packetLength'),
    description: text('description'),
    tags: tagsAtCreation(made, request),
  };
}

/** ModifyTrafficMirrorSession. If the request was omitted, every field of the response may have been named. */
export const readSessionModified: ReadChanges = ({ request, response, requestOmitted }) => {
  const session = fieldsOf(field(response, 'trafficMirrorSession'));
  const named = requestOmitted ? session : request;
  const trafficMirrorSessionId =
    textField(request, 'trafficMirrorSessionId') ?? textField(session, 'trafficMirrorSessionId');
  if (trafficMirrorSessionId === undefined) return undefined;
  // The answer alone is what the session is now; the request has only what was asked for.
  const after = sessionIn(response, NOTHING);
  return [
    {
      kind: 'session-modified',
      trafficMirrorSessionId,
      trafficMirrorTargetId: textField(named, 'trafficMirrorTargetId'),
      trafficMirrorFilterId: textField(named, 'trafficMirrorFilterId'),
      sessionNumber: numberField(named, 'sessionNumber'),
      ...(after !== undefined && { session: after }),
    },
  ];
};

/** DeleteTrafficMirrorSession. */
export const readSessionDeleted: ReadChanges = ({ request, response }) => {
  const trafficMirrorSessionId = eitherText(request, response)('trafficMirrorSessionId');
  return trafficMirrorSessionId === undefined ? undefined : [{ kind: 'session-deleted', trafficMirrorSessionId }];
};

/** CreateTrafficMirrorFilter: a new filter has no rules. */
export const readFilterCreated: ReadChanges = ({ response }) => {
  const trafficMirrorFilterId = textField(fieldsOf(field(response, 'trafficMirrorFilter')), 'trafficMirrorFilterId');
  return trafficMirrorFilterId === undefined ? undefined : [{ kind: 'filter-created', trafficMirrorFilterId }];
};

/** DeleteTrafficMirrorFilter. */
export const readFilterDeleted: ReadChanges = ({ request, response }) => {
  const trafficMirrorFilterId = eitherText(request, response)('trafficMirrorFilterId');
  return trafficMirrorFilterId === undefined ? undefined : [{ kind: 'filter-deleted', trafficMirrorFilterId }];
};

/** CreateTrafficMirrorFilterRule. */
export const readFilterRuleCreated: ReadChanges = ({ request, response }) => {
  const made = fieldsOf(field(response, 'trafficMirrorFilterRule'));
  const trafficMirrorFilterId = eitherText(made, request)('trafficMirrorFilterId');
  const direction = directionIn(made) ?? directionIn(request);
  const rule = filterRule(textField(made, 'trafficMirrorFilterRuleId'), made, request);
  if (trafficMirrorFilterId === undefined || direction === undefined) return undefined;
  if (rule?.ruleNumber === undefined || rule.ruleAction === undefined) return undefined;
  return [{ kind: 'filter-rule-created', trafficMirrorFilterId, direction, rule }];
};

function shownRule({ trafficMirrorFilterId, direction, rule }: FilterRuleCreated): Omit<FilterRuleCreated, 'kind'> {
  return { trafficMirrorFilterId, direction, rule };
}

/** ModifyTrafficMirrorFilterRule. Only the request tells which fields it changed; the answer shows the complete rule. */
export const readFilterRuleModified: ReadChanges = (parts) => {
  const { request, requestOmitted } = parts;
  const rule = filterRule(textField(request, 'trafficMirrorFilterRuleId'), request);
  if (requestOmitted || rule === undefined) return undefined;
  const removed = asList(field(request, 'removeField')).flatMap((name) => REMOVABLE.get(str(name) ?? '') ?? []);
  const shown = readFilterRuleCreated({ ...parts, request: {} })?.[0];
  const after = shown?.kind === 'filter-rule-created' ? shown : undefined;
  return [
    { kind: 'filter-rule-modified', rule, direction: directionIn(request), removed, after: after && shownRule(after) },
  ];
};

/** DeleteTrafficMirrorFilterRule. */
export const readFilterRuleDeleted: ReadChanges = ({ request, response }) => {
  const trafficMirrorFilterRuleId = eitherText(request, response)('trafficMirrorFilterRuleId');
  return trafficMirrorFilterRuleId === undefined
    ? undefined
    : [{ kind: 'filter-rule-deleted', trafficMirrorFilterRuleId }];
};

/** CreateTrafficMirrorTarget. */
export const readTargetCreated: ReadChanges = ({ request, response }) => {
  const made = fieldsOf(field(response, 'trafficMirrorTarget'));
  const trafficMirrorTargetId = textField(made, 'trafficMirrorTargetId');
  if (trafficMirrorTargetId === undefined) return undefined;
  const text = eitherText(made, request);
  return [
    {
      kind: 'target-created',
      trafficMirrorTargetId,
      networkInterfaceId: text('networkInterfaceId'),
      networkLoadBalancerArn: text('networkLoadBalancerArn'),
      gatewayLoadBalancerEndpointId: text('gatewayLoadBalancerEndpointId'),
      ownerId: accountIdOf(field(made, 'ownerId')),
      tags: tagsAtCreation(made, request),
    },
  ];
};

/** DeleteTrafficMirrorTarget. */
export const readTargetDeleted: ReadChanges = ({ request, response }) => {
  const trafficMirrorTargetId = eitherText(request, response)('trafficMirrorTargetId');
  return trafficMirrorTargetId === undefined ? undefined : [{ kind: 'target-deleted', trafficMirrorTargetId }];
};

/**
 * The fields that a call can take away from a rule, of those we judge. EC2 can also take away the description.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyTrafficMirrorFilterRule.html
 */
const REMOVABLE: ReadonlyMap<string, RemovableRuleField> = new Map([
  ['protocol', 'protocol'],
  ['source-cidr-block', 'sourceCidrBlock'],
  ['destination-cidr-block', 'destinationCidrBlock'],
  ['source-port-range', 'sourcePortRange'],
  ['destination-port-range', 'destinationPortRange'],
]);

const ACTIONS = ['accept', 'reject'] as const;
const DIRECTIONS = ['ingress', 'egress'] as const;

function filterRule(id: string | undefined, ...holders: readonly Fields[]): RecordedFilterRule | undefined {
  if (id === undefined) return undefined;
  const [first = {}, second = {}] = holders;
  const text = eitherText(first, second);
  const number = eitherNumber(first, second);
  return {
    trafficMirrorFilterRuleId: id,
    ruleNumber: number('ruleNumber'),
    ruleAction: ACTIONS.find((action) => action === text('ruleAction')),
    protocol: number('protocol'),
    sourceCidrBlock: text('sourceCidrBlock'),
    destinationCidrBlock: text('destinationCidrBlock'),
    sourcePortRange: portsIn('sourcePortRange', first, second),
    destinationPortRange: portsIn('destinationPortRange', first, second),
  };
}

function portsIn(name: string, first: Fields, second: Fields): RecordedPorts | undefined {
  const range = fieldsOf(field(first, name) ?? field(second, name));
  const [fromPort, toPort] = [numberField(range, 'fromPort'), numberField(range, 'toPort')];
  return fromPort === undefined && toPort === undefined ? undefined : { fromPort, toPort };
}

const directionIn = (fields: Fields): 'ingress' | 'egress' | undefined =>
  DIRECTIONS.find((direction) => direction === textField(fields, 'trafficDirection'));

/** The response's `tagSet`; if the response has none, the tags that the request gave. */
function tagsAtCreation(made: Fields, request: Fields): readonly Tag[] {
  const set = field(made, 'tagSet');
  if (set !== undefined) return tagsOf(set);
  return asList(field(request, 'tagSpecification') ?? field(request, 'tagSpecificationSet')).flatMap(
    (specification) => {
      const fields = fieldsOf(specification);
      return tagsOf(fields.Tag ?? field(fields, 'tags'));
    },
  );
}

const eitherText =
  (one: Fields, other: Fields) =>
  (name: string): string | undefined =>
    textField(one, name) ?? textField(other, name);

const eitherNumber =
  (one: Fields, other: Fields) =>
  (name: string): number | undefined =>
    numberField(one, name) ?? numberField(other, name);
