import { describe, expect, it } from 'vitest';
import type { TrafficMirrorSession } from '../../src/inventory/mirror.ts';
import { type AccountIndex, indexAccount } from '../../src/mirror/account-index.ts';
import { sessionFindings } from '../../src/mirror/coverage.ts';
import { isManaged, kindOf, slotsTaken } from '../../src/mirror/sessions.ts';
import { planRemediation } from '../../src/remediation/plan-remediation.ts';
import { ACCOUNT, aFilter, anInventory, aPolicy, aSession } from '../support/inventories.ts';

const TRUSTED = '999988887777';

/** eni-1 with a session with our tag that needs another filter, and a policy that trusts the other account and cleans up. */
function accountWith(...sessions: readonly TrafficMirrorSession[]): AccountIndex {
  const filters = [aFilter(), aFilter({ trafficMirrorFilterId: 'tmf-old' })];
  return indexAccount(
    anInventory({ trafficMirrorSessions: sessions, trafficMirrorFilters: filters }),
    aPolicy({ trustedOwners: [TRUSTED], cleanup: true }),
  );
}

const drifted = (overrides: Partial<TrafficMirrorSession>) =>
  aSession({ trafficMirrorFilterId: 'tmf-old', ...overrides });

describe('isManaged', () => {
  it.each([
    ['this account', ACCOUNT, true],
    ['an account that was not read', undefined, true],
    ['another account, although it bears our tag', TRUSTED, false],
  ])('is, of a session of %s, %s: %s', (_, ownerId, expected) => {
    expect(isManaged(aSession({ ownerId }), ACCOUNT)).toBe(expected);
  });
});

describe("another account's session with our tag", () => {
  it('is not one of ours that drifted', () => {
    const account = accountWith();
    const destination = { filterId: 'tmf-1', targetIds: ['tmt-a'] };
    expect(kindOf(drifted({}), destination, account)).toBe('drifted');
    expect(kindOf(drifted({ ownerId: TRUSTED }), destination, account)).toBe('other');
  });

  it('is not modified: its source gets a session of its own', () => {
    const kinds = (session: TrafficMirrorSession) =>
      planRemediation(accountWith(session)).steps.map(({ kind, networkInterfaceId }) => [kind, networkInterfaceId]);
    expect(kinds(drifted({}))).toEqual([['modify-session', 'eni-1']]);
    expect(kinds(drifted({ ownerId: TRUSTED }))).toEqual([['create-session', 'eni-1']]);
  });

  it('is not deleted as a duplicate', () => {
    const twice = (ownerId: string) =>
      accountWith(aSession(), aSession({ trafficMirrorSessionId: 'tms-2', sessionNumber: 2, ownerId }));
    expect(planRemediation(twice(ACCOUNT)).steps).toMatchObject([{ kind: 'delete-session' }]);
    expect(planRemediation(twice(TRUSTED)).steps.filter((step) => sessionOf(step) === 'tms-2')).toEqual([]);
    const findings = sessionFindings(twice(TRUSTED));
    expect(findings.map(({ trafficMirrorSessionId, managed }) => [trafficMirrorSessionId, managed])).toEqual([
      ['tms-1', true],
    ]);
  });

  it('takes a session slot that we cannot use', () => {
    const three = (ownerId: string) =>
      [1, 2, 3].map((sessionNumber) =>
        drifted({ trafficMirrorSessionId: `tms-${sessionNumber}`, sessionNumber, ownerId }),
      );
    expect(slotsTaken('eni-1', accountWith(...three(ACCOUNT)))).toBeUndefined();
    expect(slotsTaken('eni-1', accountWith(...three(TRUSTED)))).toContain('not ours: tms-1, tms-2, tms-3');
  });
});

function sessionOf(step: object): unknown {
  return 'trafficMirrorSessionId' in step ? step.trafficMirrorSessionId : undefined;
}
