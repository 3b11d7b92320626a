import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../src/rules/compile-pattern.ts';
import { eventOfRecord } from '../../src/rules/event-of-record.ts';
import { matches } from '../../src/rules/match.ts';
import { IAM_USER_CALLS } from '../../src/sighting/iam-users.ts';
import { readTemplate, refusalsOf, resolved } from '../support/cloudformation.ts';
import { anIamCall } from '../support/iam-calls.ts';

const template = readTemplate('deploy/iam-calls.json');
const main = resolved(readTemplate('template.json'), { AlertEmail: 'you@example.com' }).Resources;
const BESIDE = {
  Respond: 'mirrorwatch-Respond-1',
  EventDeadLetters: 'https://sqs.eu-west-1.amazonaws.com/111122223333/mirrorwatch-EventDeadLetters-1',
};
const FORWARDING = { ForwardTo: 'eu-central-1' };
const ruleFor = (parameters: Readonly<Record<string, string>>) =>
  resolved(template, parameters).Resources.IamCallRule?.Properties;

describe('the rule for calls of IAM', () => {
  it('has the calls that iam-user-after-hours reads', () => {
    const { detail } = ruleFor(BESIDE).EventPattern;
    expect(detail.eventName).toEqual([...IAM_USER_CALLS].toSorted());
  });

  it('matches the event of each of them, in any region’s bus, and no other', () => {
    const compiled = compilePattern(ruleFor(BESIDE).EventPattern);
    if (!('pattern' in compiled)) throw new Error(JSON.stringify(compiled.problems));
    const found = (eventName: string, fields = {}) => {
      const record = anIamCall(eventName, '2026-03-14T02:12:00Z', null, fields);
      return matches(compiled.pattern, eventOfRecord(record as Readonly<Record<string, unknown>>));
    };
    expect([...IAM_USER_CALLS].filter((name) => !found(name))).toEqual([]);
    expect([found('CreateRole'), found('CreateUser', { eventSource: 'transfer.amazonaws.com' })]).toEqual([
      false,
      false,
    ]);
  });
});

describe('beside the main stack', () => {
  it('invokes its function as its own rules do, and with their queue', () => {
    const [target] = ruleFor(BESIDE).Targets;
    const [own] = main.CallRule.Properties.Targets;
    expect(target).toEqual({
      ...own,
      Arn: 'arn:aws:lambda:eu-west-1:111122223333:function:mirrorwatch-Respond-1',
      DeadLetterConfig: { Arn: 'arn:aws:sqs:eu-west-1:111122223333:mirrorwatch-EventDeadLetters-1' },
    });
    expect(resolved(template, BESIDE).Resources.ForwardRole).toBeUndefined();
  });

  it('is named such that the main stack’s permission and queue accept it', () => {
    const name = `arn:aws:events:eu-west-1:111122223333:rule/${ruleFor(BESIDE).Name}`;
    const accepted = [
      main.RulesInvoke?.Properties.SourceArn,
      main.EventDeadLettersPolicy?.Properties.PolicyDocument.Statement[1].Condition.ArnLike['aws:SourceArn'],
    ];
    for (const pattern of accepted) {
      expect(pattern).toMatch(/-\*$/);
      expect(name.startsWith(pattern.slice(0, -1))).toBe(true);
    }
  });

  it('is refused without what it invokes', () => {
    expect(refusalsOf(template, {})).toHaveLength(1);
    expect(refusalsOf(template, { Respond: BESIDE.Respond })).toHaveLength(1);
    expect(refusalsOf(template, BESIDE)).toEqual([]);
    expect(refusalsOf(template, FORWARDING)).toEqual([]);
  });
});

describe('in the region of IAM', () => {
  it('forwards to the bus of the main stack’s region, and may do nothing else', () => {
    const bus = 'arn:aws:events:eu-central-1:111122223333:event-bus/default';
    expect(ruleFor(FORWARDING).Targets).toEqual([
      { Id: 'bus', Arn: bus, RoleArn: expect.stringContaining('ForwardRole') },
    ]);
    const { Policies, ManagedPolicyArns } = resolved(template, FORWARDING).Resources.ForwardRole.Properties;
    expect(Policies[0].PolicyDocument.Statement).toEqual([
      { Effect: 'Allow', Action: 'events:PutEvents', Resource: bus },
    ]);
    expect([Policies.length, ManagedPolicyArns]).toEqual([1, undefined]);
  });
});
