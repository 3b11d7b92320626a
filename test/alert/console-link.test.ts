import { describe, expect, it } from 'vitest';
import { eventLink, resourceLink } from '../../src/alert/console-link.ts';

describe('resourceLink', () => {
  it.each([
    [
      'eu-west-1',
      'i-0a1b',
      'https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#InstanceDetails:instanceId=i-0a1b',
    ],
    [
      'cn-north-1',
      'i-0a1b',
      'https://cn-north-1.console.amazonaws.cn/ec2/home?region=cn-north-1#InstanceDetails:instanceId=i-0a1b',
    ],
    [
      'us-gov-west-1',
      'eni-0a',
      'https://us-gov-west-1.console.amazonaws-us-gov.com/ec2/home?region=us-gov-west-1#NetworkInterface:networkInterfaceId=eni-0a',
    ],
    [
      'eu-west-1',
      'sg-0a',
      'https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#SecurityGroup:groupId=sg-0a',
    ],
    [
      'eu-west-1',
      'tms-0a',
      'https://eu-west-1.console.aws.amazon.com/vpcconsole/home?region=eu-west-1#TrafficMirrorSession:trafficMirrorSessionId=tms-0a',
    ],
    [
      'eu-west-1',
      'arn:aws:ecs:eu-west-1:111122223333:task/shop/0123abcd',
      'https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/shop/tasks/0123abcd?region=eu-west-1',
    ],
    ['us-iso-east-1', 'i-0a1b', undefined],
    ['evil.example/#', 'i-0a1b', undefined],
    ['eu-west-1', 'i-0a1b&x=1', undefined],
    ['eu-west-1', 'vol-0a1b', undefined],
  ])('%s %s', (region, id, expected) => {
    expect(resourceLink(region, id)).toBe(expected);
  });
});

describe('eventLink', () => {
  it.each([
    [
      '3f8b2c1e-0d5a-4d63-9f0e-6f1f6d1f0001',
      'https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/3f8b2c1e-0d5a-4d63-9f0e-6f1f6d1f0001',
    ],
    ['../../evil', undefined],
  ])('%s', (eventID, expected) => {
    expect(eventLink('eu-west-1', eventID)).toBe(expected);
  });
});
