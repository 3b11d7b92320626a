import { describe, expect, it } from 'vitest';
import type { AsffFinding } from '../../src/report/security-hub/asff.ts';
import { findingToAsff } from '../../src/report/security-hub/asff.ts';
import { aFakeHub, OWN } from '../support/fake-hub.ts';
import { aFinding } from '../support/findings.ts';
import { livePorts } from '../support/live.ts';

const hub = aFakeHub();
const MEMBER = '444455556666';
const OTHER = '777788889999';
const AT = '2026-11-20T12:00:00.000Z';

const asff = (accountId: string, region: string, n: number): AsffFinding =>
  findingToAsff(aFinding({ accountId, region, resourceId: `i-${n}` }), AT);
const some = (count: number, accountId = OWN, region = 'eu-west-1'): readonly AsffFinding[] =>
  Array.from({ length: count }, (_, n) => asff(accountId, region, n));

const ports = () =>
  livePorts({ assumeRole: { roleName: 'mirrorwatch-member', externalId: 'a-secret' }, accounts: [OWN, MEMBER, OTHER] });
const importFindings = (findings: readonly AsffFinding[]) => ports().securityHub().importFindings(findings);
const countsAt = () => Object.fromEntries([...hub.findings].map(([place, has]) => [place, has.size]));

describe('securityHub', () => {
  it('signs each call for the account and region of its findings, by the role that reads, restricted to importing', async () => {
    for (const place of [`${OWN} eu-west-1`, `${OWN} us-east-1`, `${MEMBER} eu-west-1`, `${MEMBER} ap-south-1`])
      hub.on.add(place);
    const mixed = [
      ...[...some(3), ...some(2, OWN, 'us-east-1')],
      ...[...some(4, MEMBER), ...some(1, MEMBER, 'ap-south-1')],
    ];
    expect(await importFindings(mixed)).toEqual({ imported: 10, failed: [] });
    expect(countsAt()).toEqual({
      [`${OWN} eu-west-1`]: 3,
      [`${OWN} us-east-1`]: 2,
      [`${MEMBER} eu-west-1`]: 4,
      [`${MEMBER} ap-south-1`]: 1,
    });
    expect(hub.calls).toHaveLength(4);
    expect(hub.roles).toEqual([
      { arn: `arn:aws:iam::${MEMBER}:role/mirrorwatch-member`, actions: ['securityhub:BatchImportFindings'] },
    ]);
  });

  it('imports a hundred a call, and names each finding that was refused', async () => {
    hub.on.add(`${OWN} eu-west-1`);
    hub.refuses = ({ Id }) => Id === some(250)[7]?.Id || Id === some(250)[205]?.Id;
    const { imported, failed } = await importFindings(some(250));
    expect(hub.calls.map(({ count }) => count)).toEqual([100, 100, 50]);
    expect(imported).toBe(248);
    expect(failed).toEqual(
      [7, 205].map((index) => ({
        ...{ index, id: some(250)[index]?.Id, accountId: OWN, region: 'eu-west-1' },
        ...{ awsCode: 'InvalidInput', reason: 'told to refuse', retry: false, isCall: false },
      })),
    );
  });

  it.each([
    ['has no hub', (): void => undefined, 'InvalidAccessException', /not subscribed/],
    ['lets nobody in', (): void => void hub.closed.add(OTHER), 'AccessDenied', /AssumeRole/],
  ] as const)(
    'stops at an account that %s after one call, and goes on with the others',
    async (_, happens, code, why) => {
      happens();
      hub.on.add(`${OWN} eu-west-1`);
      const { imported, failed } = await importFindings([...some(230, OTHER), ...some(5)]);
      expect(imported).toBe(5);
      expect(failed).toHaveLength(230);
      expect(new Set(failed.map(({ awsCode, isCall }) => `${awsCode} ${isCall}`))).toEqual(new Set([`${code} true`]));
      expect(failed[0]?.reason).toMatch(why);
      expect(hub.calls.filter(({ by }) => by === OTHER).length).toBeLessThanOrEqual(1);
    },
  );

  it('asks nobody about an account for which no role is named', async () => {
    hub.on.add(`${OWN} eu-west-1`);
    const { imported, failed } = await livePorts()
      .securityHub()
      .importFindings([...some(2, OTHER), ...some(1)]);
    expect(imported).toBe(1);
    expect(failed.map(({ index, awsCode }) => [index, awsCode])).toEqual([
      [0, 'config-invalid'],
      [1, 'config-invalid'],
    ]);
    expect(hub.roles).toEqual([]);
  });

  it.each(['', '12', 'x'.repeat(12)])('names findings of what cannot be an account: %j', async (accountId) => {
    const { imported, failed } = await importFindings(some(1, accountId));
    expect([imported, failed.map(({ awsCode }) => awsCode)]).toEqual([0, ['inventory-unreadable']]);
    expect(hub.calls).toEqual([]);
  });

  it('divides a call that AWS calls malformed, until the finding that is stands alone', async () => {
    hub.on.add(`${OWN} eu-west-1`);
    const findings = some(100).map((each, n) => (n === 61 ? { ...each, Title: 'x'.repeat(257) } : each));
    const { imported, failed } = await importFindings(findings);
    expect(imported).toBe(99);
    expect(failed.map(({ index, awsCode, isCall }) => [index, awsCode, isCall])).toEqual([
      [61, 'InvalidInputException', false],
    ]);
    expect(hub.calls.length).toBeLessThanOrEqual(1 + 2 * 7);
  });

  it('sends no finding that is too large, and no call of more than 5 MB', async () => {
    hub.on.add(`${OWN} eu-west-1`);
    const padded = (each: AsffFinding, bytes: number): AsffFinding => ({
      ...each,
      ProductFields: { padding: 'x'.repeat(bytes) },
    });
    const findings = some(60).map((each, n) => padded(each, n === 3 ? 240_000 : 200_000));
    const { imported, failed } = await importFindings(findings);
    expect(imported).toBe(59);
    expect(failed.map(({ index, awsCode }) => [index, awsCode])).toEqual([[3, 'TooLarge']]);
    expect(Math.max(...hub.calls.map(({ bytes }) => bytes))).toBeLessThan(5_100_000);
    expect(hub.calls.map(({ count }) => count)).toEqual([24, 24, 11]);
  });

  it('tries a call again that was throttled, and none that is not allowed', async () => {
    hub.on.add(`${OWN} eu-west-1`);
    hub.faults.push('LimitExceededException');
    const throttled = await importFindings(some(2));
    hub.faults.push('AccessDeniedException');
    const denied = await importFindings(some(2));
    expect(throttled).toEqual({ imported: 2, failed: [] });
    expect([denied.imported, denied.failed.map(({ retry, isCall }) => [retry, isCall])]).toEqual([
      0,
      [
        [false, true],
        [false, true],
      ],
    ]);
    expect(hub.calls).toHaveLength(3);
  });

  it('makes no call without findings', async () => {
    expect(await importFindings([])).toEqual({ imported: 0, failed: [] });
    expect([hub.calls, hub.roles]).toEqual([[], []]);
  });
});
