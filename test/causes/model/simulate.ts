/** The forward simulator: calls one after the other, each with its effect or its error, and the records they leave. */

import type { CloudTrailRecord } from '../../../src/cloudtrail/record.ts';
import type { Account } from './account.ts';
import { ACCOUNT_ID, ACTORS, REGION } from './actors.ts';
import type { Call, CallKind, CallName, CallOf, Outcome, Params } from './call.ts';
import { FILTER_CALLS } from './calls/filters.ts';
import { INSTANCE_CALLS } from './calls/instances.ts';
import { INTERFACE_CALLS } from './calls/interfaces.ts';
import { NETWORK_ACL_CALLS } from './calls/network-acls.ts';
import { ROUTE_CALLS } from './calls/routes.ts';
import { SECURITY_GROUP_CALLS } from './calls/security-groups.ts';
import { SESSION_CALLS } from './calls/sessions.ts';

/** Every call that the model knows. */
export const CALLS: { readonly [N in CallName]: CallKind<Params[N]> } = {
  ...INSTANCE_CALLS,
  ...INTERFACE_CALLS,
  ...SECURITY_GROUP_CALLS,
  ...NETWORK_ACL_CALLS,
  ...ROUTE_CALLS,
  ...SESSION_CALLS,
  ...FILTER_CALLS,
};

/** What one call does to an account. Refused calls do nothing. */
export function perform<N extends CallName>(account: Account, call: CallOf<N>): Outcome {
  if (call.refused !== undefined) return { error: call.refused };
  return CALLS[call.eventName].apply(account, call.params);
}

/** The account after a call; the same object when it failed or changed nothing. */
export function after(account: Account, call: Call): Account {
  const outcome = perform(account, call);
  return 'error' in outcome ? account : outcome.account;
}

/** The ids of the things that a call changes, or that own what it changes. */
export function aboutOf<N extends CallName>(call: CallOf<N>): readonly string[] {
  return CALLS[call.eventName].about(call.params);
}

/** A history as it was: the account after every call, and what each call answered. */
export interface Replay {
  /** One more than there are calls: the first is the account before them. */
  readonly accounts: readonly Account[];
  readonly outcomes: readonly Outcome[];
}

/** Simulates calls in order. */
export function replay(initial: Account, calls: readonly Call[]): Replay {
  const accounts: Account[] = [initial];
  const outcomes: Outcome[] = [];
  let account = initial;
  for (const call of calls) {
    const outcome = perform(account, call);
    if (!('error' in outcome)) account = outcome.account;
    outcomes.push(outcome);
    accounts.push(account);
  }
  return { accounts, outcomes };
}

/** The record that CloudTrail keeps of a call with this outcome. */
export function recordOf<N extends CallName>(call: CallOf<N>, outcome: Outcome): CloudTrailRecord {
  const { eventName, eventID, eventTime, actor, omitted } = call;
  const { userIdentity, sourceIPAddress, userAgent } = ACTORS[actor];
  const error = 'error' in outcome ? outcome.error : undefined;
  const requestID = `${eventID.slice(0, -4)}0000`;
  return {
    eventVersion: '1.11',
    userIdentity,
    eventTime,
    eventSource: 'ec2.amazonaws.com',
    eventName,
    awsRegion: REGION,
    sourceIPAddress,
    userAgent,
    ...(error !== undefined && { errorCode: error, errorMessage: messageOf(error) }),
    requestParameters: omitted === true ? OMITTED_REQUEST : requestOf(call),
    responseElements: 'error' in outcome ? null : responseOf(call, outcome.response(), requestID),
    ...(eventName === 'RunInstances' && error === undefined && { resources: resourcesOf(call) }),
    requestID,
    eventID,
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: ACCOUNT_ID,
    eventCategory: 'Management',
  };
}

/** What a record shows of a call's answer, as text: two pasts leave the same record exactly when these are the same. */
export function shownBy<N extends CallName>(call: CallOf<N>, outcome: Outcome): string {
  if ('error' in outcome) return outcome.error;
  return call.omitted === true && call.eventName === 'RunInstances' ? 'omitted' : JSON.stringify(outcome.response());
}

/** CloudTrail writes `omitted` as a boolean, and as text. */
const OMITTED_REQUEST = { omitted: true, originalSize: 149893, reason: 'requestParameters too large' };
const OMITTED_RESPONSE = { omitted: 'true', originalSize: '131000', reason: 'responseElements too large' };

function requestOf<N extends CallName>({ eventName, params }: CallOf<N>): object {
  const { request, encoding } = CALLS[eventName];
  return encoding === 'classic' ? request(params) : { [`${eventName}Request`]: request(params) };
}

/** A launch's answer is as long as its request; other answers are short and stay. */
function responseOf<N extends CallName>(call: CallOf<N>, response: object, requestId: string): object {
  if (call.omitted === true && call.eventName === 'RunInstances') return OMITTED_RESPONSE;
  if (CALLS[call.eventName].encoding === 'classic') return { requestId, ...response };
  const xmlns = 'http://ec2.amazonaws.com/doc/2016-11-15/';
  return { [`${call.eventName}Response`]: { xmlns, requestId, ...response } };
}

function resourcesOf<N extends CallName>(call: CallOf<N>): readonly object[] {
  return aboutOf(call)
    .filter((id) => id.startsWith('i-'))
    .map((id) => ({
      accountId: ACCOUNT_ID,
      type: 'AWS::EC2::Instance',
      ARN: `arn:aws:ec2:${REGION}:${ACCOUNT_ID}:instance/${id}`,
    }));
}

function messageOf(error: string): string {
  return error === 'Client.DryRunOperation'
    ? 'Request would have succeeded, but DryRun flag is set.'
    : `The call was refused: ${error}`;
}
