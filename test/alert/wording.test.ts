import { describe, expect, it } from 'vitest';
import { agePhrase, countPhrase, placePhrase, subjectPhrase, toolOf } from '../../src/alert/wording.ts';
import { aCallFinding, aFinding, NOW } from '../support/findings.ts';

const TASK = { rule: 'instance-unmirrored', resourceType: 'AWS::ECS::Task' } as const;

describe('countPhrase', () => {
  it.each([
    ['one', [aFinding()], '1 instance untagged'],
    ['two of a rule', [aFinding(), aFinding()], '2 instances untagged'],
    ['two rules', [aFinding(), aFinding(TASK)], '1 instance untagged, 1 task unmirrored'],
    ['two resource types of one rule', [aFinding({ rule: TASK.rule }), aFinding(TASK)], '2 resources unmirrored'],
    ['a custom rule without a title', [aFinding({ rule: 'custom:big-vm' })], 'big-vm'],
    ['a custom rule', [aCallFinding()], 'CloudTrail trail stopped'],
    ['two of a custom rule', [aCallFinding(), aCallFinding()], 'CloudTrail trail stopped (2 resources)'],
    ['a custom rule beside another', [aCallFinding(), aFinding()], 'CloudTrail trail stopped, 1 instance untagged'],
  ])('%s', (_name, findings, expected) => {
    expect(countPhrase(findings)).toBe(expected);
  });
});

describe('placePhrase', () => {
  const place = (accountId: string, region: string) => ({ accountId, region });
  it.each([
    [[place('1', 'eu-west-1'), place('1', 'eu-west-1')], '1 eu-west-1'],
    [[place('1', 'eu-west-1'), place('1', 'us-east-1')], '1, 2 regions'],
    [[place('1', 'eu-west-1'), place('2', 'eu-west-1')], '2 accounts, eu-west-1'],
    [[place('1', 'eu-west-1'), place('2', 'us-east-1')], '2 accounts, 2 regions'],
  ])('%j', (places, expected) => {
    expect(placePhrase(places)).toBe(expected);
  });
});

describe('subjectPhrase', () => {
  it('gives up the rules before the place when there is too little room', () => {
    const findings = [aFinding(), aFinding(TASK), aFinding({ rule: 'mirror-rogue' })];
    expect(subjectPhrase(findings, 200)).toContain('1 instance mirrored to an unknown target - 111122223333 eu-west-1');
    expect(subjectPhrase(findings, 64)).toBe('3 findings - 111122223333 eu-west-1');
  });
});

describe('agePhrase', () => {
  it.each([
    [-5, 'now'],
    [0.5, 'now'],
    [4, '4 min ago'],
    [119, '119 min ago'],
    [120, '2 h ago'],
    [47 * 60, '47 h ago'],
    [50 * 60, '2 days ago'],
  ])('%f minutes: %s', (minutes, expected) => {
    expect(agePhrase(new Date(NOW.getTime() - minutes * 60_000), NOW)).toBe(expected);
  });
});

describe('toolOf', () => {
  it.each([
    ['APN/1.0 HashiCorp/1.0 Terraform/1.14.0 terraform-provider-aws/6.20.0', 'Terraform'],
    ['cloudformation.amazonaws.com', 'CloudFormation'],
    ['autoscaling.amazonaws.com', 'Auto Scaling'],
    ['Mozilla/5.0 (X11; Linux x86_64)', 'the console'],
    ['console.ec2.amazonaws.com', 'the console'],
    ['aws-cli/2.33.0 md/awscrt', 'the AWS CLI'],
    ['Boto3/1.43.10', 'boto3'],
    ['aws-sdk-go-v2/1.40', 'an AWS SDK'],
    ['something/1.0', 'something/1.0'],
    ['', ''],
  ])('%s is %s', (userAgent, expected) => {
    expect(toolOf(userAgent)).toBe(expected);
  });
});
