import { describe, expect, it } from 'vitest';
import { answerOfPolicy, type ServiceRequest } from '../../../src/pipeline/doctor/resource-policy.ts';

const QUEUE = 'arn:aws:sqs:eu-west-1:111122223333:deliveries';
const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:trail';
const REQUEST: ServiceRequest = {
  service: 'sns.amazonaws.com',
  action: 'sqs:SendMessage',
  resource: QUEUE,
  sourceArn: TOPIC,
  sourceAccount: '111122223333',
};
const SNS = { Service: 'sns.amazonaws.com' };
const ALLOW = { Effect: 'Allow', Principal: SNS, Action: 'sqs:SendMessage', Resource: QUEUE };
const said = (...Statement: readonly object[]) => answerOfPolicy(JSON.stringify({ Statement }), REQUEST);
const onlyIf = (Condition: object) => said({ ...ALLOW, Condition });

describe('a policy that allows', () => {
  it.each([
    ['the service', ALLOW],
    ['one of several services', { ...ALLOW, Principal: { Service: ['s3.amazonaws.com', 'sns.amazonaws.com'] } }],
    ['everybody', { ...ALLOW, Principal: '*' }],
    ['every account', { ...ALLOW, Principal: { AWS: '*' } }],
    ['a family of actions, in any case', { ...ALLOW, Action: ['SQS:Send*'] }],
    ['every resource', { ...ALLOW, Resource: '*' }],
    ['without naming its resource', { ...ALLOW, Resource: undefined }],
  ])('%s', (_, statement) => {
    expect(said(statement)).toBe('allowed');
  });

  it.each([
    [{ ArnEquals: { 'aws:SourceArn': TOPIC } }, 'allowed'],
    [{ ArnLike: { 'AWS:SourceArn': ['arn:aws:sns:*:111122223333:*'] } }, 'allowed'],
    [{ StringEquals: { 'aws:SourceAccount': '111122223333' } }, 'allowed'],
    [{ StringEquals: { 'aws:SourceAccount': '444455556666' } }, 'denied'],
    [{ ArnEquals: { 'aws:SourceArn': `${TOPIC}-other` } }, 'denied'],
    // A glob is none for StringEquals.
    [{ StringEquals: { 'aws:SourceArn': 'arn:*' } }, 'denied'],
    [{ Bool: { 'aws:SecureTransport': 'true' } }, 'allowed'],
    [{ Bool: { 'aws:SecureTransport': 'false' } }, 'denied'],
    [{ StringEquals: { 'aws:PrincipalOrgID': 'o-1' } }, 'unclear'],
    [{ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, 'unclear'],
    [{ ArnLike: { 'aws:SourceArn': 'arn:aws:sns:eu-west-?:*' } }, 'unclear'],
    // What certainly does not fit is not made unclear by what might.
    [{ ArnEquals: { 'aws:SourceArn': 'arn:x' }, StringEquals: { 'aws:PrincipalOrgID': 'o-1' } }, 'denied'],
  ])('only if %j: %s', (condition, answer) => {
    expect(onlyIf(condition)).toBe(answer);
  });
});

describe('a policy that does not', () => {
  it.each([
    ['names another service', { ...ALLOW, Principal: { Service: 's3.amazonaws.com' } }],
    ['names an account, which is no service', { ...ALLOW, Principal: { AWS: '111122223333' } }],
    ['names another action', { ...ALLOW, Action: 'sqs:ReceiveMessage' }],
    ['names another resource', { ...ALLOW, Resource: `${QUEUE}-other` }],
  ])('%s', (_, statement) => {
    expect(said(statement)).toBe('denied');
  });

  it('is absent or empty', () => {
    expect([answerOfPolicy(undefined, REQUEST), answerOfPolicy('', REQUEST), said()]).toEqual([
      'denied',
      'denied',
      'denied',
    ]);
  });

  it('denies, whatever else it allows', () => {
    expect(said(ALLOW, { ...ALLOW, Effect: 'Deny' })).toBe('denied');
  });

  it('denies what comes without TLS, which services always use', () => {
    const Condition = { Bool: { 'aws:SecureTransport': 'false' } };
    expect(said(ALLOW, { Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: '*', Condition })).toBe('allowed');
  });
});

describe('a policy that cannot be evaluated', () => {
  it.each([
    ['a Deny that may fit', [ALLOW, { ...ALLOW, Effect: 'Deny', Condition: { Null: { 'aws:x': 'true' } } }]],
    ['NotAction', [{ Effect: 'Allow', Principal: '*', NotAction: 'sqs:Receive*', Resource: '*' }]],
    ['NotPrincipal', [{ ...ALLOW, Principal: undefined, NotPrincipal: { AWS: '1' } }, ALLOW].slice(0, 1)],
  ])('%s is unclear, never allowed', (_, statements) => {
    expect(said(...statements)).toBe('unclear');
  });

  it.each(['{', '[]', '"x"', '{"Statement": [1]}', '{"Statement": "x"}'])('%s is unclear', (text) => {
    expect(answerOfPolicy(text, REQUEST)).not.toBe('allowed');
  });

  it('takes time linear in a pattern made to be slow', () => {
    const startedAt = performance.now();
    said({ ...ALLOW, Resource: `${'*a'.repeat(20_000)}b` });
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});
