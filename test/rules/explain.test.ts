import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../src/rules/compile-pattern.ts';
import { explain } from '../../src/rules/explain.ts';

function explained(pattern: unknown, event: unknown) {
  const compiled = compilePattern(pattern);
  if ('problems' in compiled) throw new Error(JSON.stringify(compiled.problems));
  return explain(compiled.pattern, event);
}

const PERMISSIONS = {
  eventName: 'AuthorizeSecurityGroupIngress',
  requestParameters: {
    ipPermissions: {
      items: [
        { fromPort: 22, ipRanges: { items: [{ cidrIp: '10.0.0.0/8' }] } },
        { fromPort: 443, ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] } },
      ],
    },
  },
};
const items = (fields: object): object => ({ requestParameters: { ipPermissions: { items: fields } } });

describe('explain', () => {
  it('gives each field the value that meets it', () => {
    const pattern = { eventName: [{ prefix: 'Authorize' }], errorCode: [{ exists: false }] };
    expect(explained(pattern, PERMISSIONS)).toEqual({
      matched: true,
      met: [{ name: 'errorCode' }, { name: 'eventName', value: 'AuthorizeSecurityGroupIngress' }],
    });
  });

  it('gives fields of one list the values of one element', () => {
    const asked = items({ fromPort: [{ exists: true }], ipRanges: { items: { cidrIp: ['0.0.0.0/0'] } } });
    expect(explained(asked, PERMISSIONS)).toMatchObject({
      matched: true,
      met: [{ value: 443 }, { value: '0.0.0.0/0' }],
    });
  });

  it('names the first condition that fails, and what the event has there', () => {
    const pattern = {
      eventName: ['AuthorizeSecurityGroupIngress'],
      eventSource: ['ec2.amazonaws.com', { prefix: 'rds' }],
    };
    expect(explained(pattern, { ...PERMISSIONS, eventSource: 'sts.amazonaws.com' })).toEqual({
      matched: false,
      met: [{ name: 'eventName', value: 'AuthorizeSecurityGroupIngress' }],
      failed: {
        ...{ name: 'eventSource', wanted: ['"ec2.amazonaws.com"', '{"prefix":"rds"}'] },
        ...{ found: ['sts.amazonaws.com'], elsewhere: false },
      },
    });
    expect(explained({ errorCode: [{ exists: false }] }, { errorCode: 'AccessDenied' })).toMatchObject({
      failed: { wanted: ['{"exists":false}'], found: ['AccessDenied'] },
    });
  });

  it('says if a condition is met in another element only', () => {
    const asked = items({ fromPort: [22], ipRanges: { items: { cidrIp: ['0.0.0.0/0'] } } });
    expect(explained(asked, PERMISSIONS)).toMatchObject({
      matched: false,
      failed: { name: expect.stringMatching(/cidrIp$/), elsewhere: true },
    });
  });

  it('explains the alternative that gets furthest', () => {
    const pattern = { $or: [{ eventName: ['x'] }, { eventName: [{ exists: true }], userAgent: ['y'] }] };
    expect(explained(pattern, PERMISSIONS)).toMatchObject({
      matched: false,
      met: [{}],
      failed: { name: 'userAgent', found: [] },
    });
  });

  it('explains the alternative that matches, also if another one meets more before it fails', () => {
    const pattern = {
      $or: [
        { eventName: [{ exists: true }], requestParameters: { x: [{ exists: false }] }, z: [1] },
        { eventName: [{ prefix: 'Auth' }] },
      ],
    };
    expect(explained(pattern, PERMISSIONS)).toEqual({
      matched: true,
      met: [{ name: 'eventName', value: 'AuthorizeSecurityGroupIngress' }],
    });
  });

  it('explains what is no object', () => {
    expect(explained({ a: [1] }, [{ a: 1 }])).toMatchObject({
      matched: false,
      met: [],
      failed: { name: 'a', found: [] },
    });
  });
});
