import { describe, expect, it } from 'vitest';
import { changeWords } from '../../../src/report/past/event-words.ts';
import type { Change } from '../../../src/sighting/changes/change.ts';

const UDP = { ipProtocol: 'udp', fromPort: 4789, toPort: 4789, cidrIp: '10.20.0.0/16' };
const ROWS: readonly (readonly [Change, string])[] = [
  [{ kind: 'instance-launched', instanceId: 'i-1', tags: [] }, 'launched without tags'],
  [{ kind: 'instance-launched', instanceId: 'i-1', tags: [{ key: 'A', value: '1' }] }, 'launched with the tag A'],
  [{ kind: 'instance-launched', instanceId: 'i-1' }, 'launched, with which tags is not recorded'],
  [{ kind: 'tags-set', resourceId: 'i-1', tags: [{ key: 'A', value: '' }] }, 'tag A set to ""'],
  [
    { kind: 'tags-set', resourceId: 'i-1', tags: Array.from({ length: 10 }, (_, n) => ({ key: `K${n}`, value: 'x' })) },
    'tags K0, K1, K2, K3, K4, K5, K6, K7 and 2 more set',
  ],
  [{ kind: 'tags-removed', resourceId: 'i-1', tags: [{ key: 'A' }, { key: 'B' }] }, 'deletion of tags A, B requested'],
  [{ kind: 'tags-removed', resourceId: 'i-1', tags: 'all' }, 'deletion of all tags requested'],
  [{ kind: 'state-set', instanceId: 'i-1', state: 'running' }, 'started'],
  [
    { kind: 'permissions-added', groupId: 'sg-1', permissions: [UDP] },
    'security group sg-1 opened: udp 4789 from 10.20.0.0/16',
  ],
  [
    {
      kind: 'permissions-removed',
      groupId: 'sg-1',
      permissions: [{ ipProtocol: '-1', referencedGroupId: 'sg-2' }],
      unknownRuleIds: ['sgr-1'],
    },
    'security group sg-1 closed: everything from sg-2, 1 rule more',
  ],
  [
    { kind: 'permissions-removed', groupId: 'sg-1', permissions: [], unknownRuleIds: ['sgr-1'] },
    'security group sg-1 closed: 1 rule',
  ],
  [
    { kind: 'acl-entry-deleted', networkAclId: 'acl-1', ruleNumber: 100, egress: true },
    'network ACL acl-1: egress entry 100 deleted',
  ],
  [
    { kind: 'session-modified', trafficMirrorSessionId: 'tms-1', trafficMirrorTargetId: 'tmt-2' },
    'session tms-1 changed: target tmt-2',
  ],
  [{ kind: 'session-deleted', trafficMirrorSessionId: 'tms-1' }, 'session tms-1 deleted'],
  [
    { kind: 'opaque', resourceIds: [], lacks: 'lacks its parameters (omitted)' },
    'something changed; the record lacks its parameters (omitted)',
  ],
];

describe('changeWords', () => {
  it.each(ROWS)('says of %j: %s', (change, words) => {
    expect(changeWords(change)).toBe(words);
  });
});
