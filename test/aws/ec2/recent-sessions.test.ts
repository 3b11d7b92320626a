import { beforeEach, describe, expect, it } from 'vitest';
import { recentSessions } from '../../../src/aws/ec2/recent-sessions.ts';
import type { TrafficMirrorSession } from '../../../src/inventory/mirror.ts';
import { ACCOUNT, aSession, REGION } from '../../support/inventories.ts';

const SCOPE = { accountId: ACCOUNT, region: REGION };
const OURS = aSession({ trafficMirrorSessionId: 'tms-ours', networkInterfaceId: 'eni-1', sessionNumber: 1 });
const deleted = (trafficMirrorSessionId: string) => ({ kind: 'deleted', trafficMirrorSessionId }) as const;
const modified = (trafficMirrorSessionId: string) => ({ kind: 'modified', trafficMirrorSessionId }) as const;

describe('sessions that we wrote within the last half minute', () => {
  let nowMs = 0;
  let recent = recentSessions(() => nowMs);
  beforeEach(() => {
    nowMs = 0;
    recent = recentSessions(() => nowMs);
    recent.wrote(SCOPE, OURS);
  });

  it('are there although EC2 does not list them yet, and no longer than that', () => {
    nowMs = 29_999;
    expect(recent.over(SCOPE, [], [])).toEqual([OURS]);
    nowMs = 30_000;
    expect(recent.over(SCOPE, [], [])).toEqual([]);
  });

  it('are gone for good once a record says that they were deleted and EC2 does not list them', () => {
    expect(recent.over(SCOPE, [], [deleted('tms-ours')])).toEqual([]);
    expect(recent.over(SCOPE, [], [])).toEqual([]);
  });

  it('are there if EC2 lists them, whatever a record says', () => {
    expect(recent.over(SCOPE, [OURS], [deleted('tms-ours')])).toEqual([OURS]);
  });

  it('stay when a record names another session, or the account is another', () => {
    expect(recent.over(SCOPE, [], [deleted('tms-other')])).toEqual([OURS]);
    const elsewhere = { ...SCOPE, region: 'us-east-1' };
    expect(recent.over(elsewhere, [], [deleted('tms-ours')])).toEqual([]);
    expect(recent.over(SCOPE, [], [])).toEqual([OURS]);
  });

  it('are as EC2 lists them once a record says that they were modified', () => {
    const moved = { ...OURS, trafficMirrorTargetId: 'tmt-elsewhere' };
    expect(recent.over(SCOPE, [moved], [])).toEqual([OURS]);
    expect(recent.over(SCOPE, [moved], [modified('tms-ours')])).toEqual([moved]);
    expect(recent.over(SCOPE, [moved], [])).toEqual([moved]);
  });

  it('are still there when a record says that they were modified and EC2 does not list them yet', () => {
    expect(recent.over(SCOPE, [], [modified('tms-ours')])).toEqual([OURS]);
  });

  it('are gone when EC2 lists another session with their number on their interface', () => {
    const again = { ...OURS, trafficMirrorSessionId: 'tms-again' };
    expect(recent.over(SCOPE, [again], [])).toEqual([again]);
    expect(recent.over(SCOPE, [], [])).toEqual([]);
  });

  it.each<[string, Partial<TrafficMirrorSession>]>([
    ['another number', { sessionNumber: 2 }],
    ['another interface', { networkInterfaceId: 'eni-2' }],
  ])('are still there beside a session with %s', (_, difference) => {
    const other = { ...OURS, trafficMirrorSessionId: 'tms-other', ...difference };
    expect(recent.over(SCOPE, [other], [])).toEqual([other, OURS]);
  });

  it('are not replaced by a session that we deleted ourselves and that EC2 still lists', () => {
    const before = { ...OURS, trafficMirrorSessionId: 'tms-before' };
    recent.deleted(SCOPE, 'tms-before');
    expect(recent.over(SCOPE, [before], [deleted('tms-before')])).toEqual([OURS]);
    expect(recent.over(SCOPE, [before], [modified('tms-before')])).toEqual([OURS]);
  });
});
