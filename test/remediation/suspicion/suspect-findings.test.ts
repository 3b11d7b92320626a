import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/audit/finding.ts';
import type { Suspect } from '../../../src/remediation/suspicion/plan-suspicion.ts';
import { withSuspects } from '../../../src/remediation/suspicion/suspect-findings.ts';
import { aFinding, anEvidence } from '../../support/findings.ts';
import { ACCOUNT, anInterface, attachedTo, REGION } from '../../support/inventories.ts';

const scope = { accountId: ACCOUNT, region: REGION };
const evidence = anEvidence({ eventID: 'guardduty-1', eventName: 'GuardDuty Finding', actor: 'GuardDuty' });
const suspect: Suspect = {
  networkInterface: anInterface({ attachment: attachedTo('i-1') }),
  resourceId: 'i-1',
  until: new Date('2026-11-20T16:00:00Z'),
  sighting: {
    ...scope,
    kind: 'suspicion',
    eventTime: new Date(evidence.eventTime),
    actor: { name: 'GuardDuty', ours: false },
    evidence,
    guardDutyFindingId: 'f-1',
    guardDutyFindingType: 'Backdoor:EC2/C&CActivity.B',
    networkInterfaceIds: ['eni-1'],
  },
};
const LOOK = new Date('2026-11-20T14:00:00Z');
const audited = (parts: Partial<Finding>): Finding =>
  aFinding({ rule: 'instance-unmirrored', resourceId: 'i-1', reason: 'i-1 is not mirrored.', ...parts });

const found = (findings: readonly Finding[]): readonly Finding[] =>
  withSuspects(findings, [{ scope, readAt: LOOK, suspects: [suspect, suspect] }], {});

describe('withSuspects', () => {
  it('adds one finding per suspected resource, however many interfaces are suspected', () => {
    expect(found([])).toMatchObject([
      { rule: 'instance-unmirrored', status: 'open', resourceId: 'i-1', detail: { guardDutyFindingId: 'f-1' } },
    ]);
  });

  it('names the interfaces of a resource that is mirrored as the rules ask, so that a re-check finds a task again', () => {
    expect(found([])[0]?.detail.interfaces).toEqual([
      { networkInterfaceId: 'eni-1', verdict: 'missing', reason: 'it has no session on suspicion' },
    ]);
  });

  it('is suspected since the suspicion, and known not to be mirrored as of the look', () => {
    expect(found([])).toMatchObject([{ firstSeen: evidence.eventTime, lastSeen: LOOK.toISOString() }]);
  });

  it('replaces the finding of the same resource, keeping its evidence, its detail and its reason', () => {
    const before = audited({ detail: { vpcId: 'vpc-9', pendingUntil: '2026-11-20T13:00:00Z' } });
    const [after, ...others] = found([before]);
    expect(others).toEqual([]);
    expect(after?.reason).toMatch(/^i-1 is suspected by GuardDuty .* i-1 is not mirrored\.$/);
    expect(after?.evidence.map(({ eventID }) => eventID)).toEqual(['guardduty-1', before.evidence[0]?.eventID]);
    expect(after?.detail).toMatchObject({ vpcId: 'vpc-9' });
  });

  it('opens an exempted finding and does not wait for its grace period', () => {
    const exemption = { reason: 'r', owner: 'o', expires: '2027-01-01' };
    const before = audited({ status: 'muted', detail: { exemption, pendingUntil: '2026-11-20T13:00:00Z' } });
    const [after] = found([before]);
    expect(after).toMatchObject({ status: 'open' });
    expect(after?.reason).not.toContain('is not mirrored');
    expect(Object.keys(after?.detail ?? {})).not.toContain('exemption');
    expect(Object.keys(after?.detail ?? {})).not.toContain('pendingUntil');
  });

  it('leaves findings of other resources and rules alone', () => {
    const others = [audited({ resourceId: 'i-2' }), audited({ rule: 'instance-untagged' })];
    expect(found(others).slice(0, 2)).toEqual(others);
  });
});
