import { beforeEach, describe, expect, it } from 'vitest';
import type { AwsOptions } from '../../../src/aws/ports.ts';
import { HOME_ACCOUNT } from '../../support/fake-ec2/server.ts';
import { aFakeAws, livePorts } from '../../support/live.ts';

const fake = aFakeAws();
const MANAGEMENT = '999900001111';
const ROLE = `arn:aws:iam::${MANAGEMENT}:role/list-organization`;
const MINUTE = 60_000;

/** An account by a short number, with the unit that it is in. */
const member = (number: number, ParentId = 'r-abcd', more: object = {}): object => ({
  ...{ Id: idOf(number), Name: `account ${number}`, ParentId, State: 'ACTIVE' },
  ...more,
});
const idOf = (number: number): string => String(200000000000 + number);
const on = (...regions: string[]): object[] =>
  regions.map((RegionName) => ({ RegionName, RegionOptStatus: RegionName < 'm' ? 'ENABLED_BY_DEFAULT' : 'ENABLED' }));

/** The lists of the management account, and what each member has on. */
function organization(accounts: object[], units: object[] = [], regions: object[] = on('eu-west-1')): void {
  const lists = fake().account(MANAGEMENT, 'eu-west-1').lists;
  lists.Accounts = [{ Id: MANAGEMENT, ParentId: 'r-abcd', State: 'ACTIVE' }, ...accounts];
  lists.Units = units;
  for (const { Id } of lists.Accounts) fake().account(Id, 'eu-west-1').lists.Regions = regions;
}

let clock = Date.parse('2026-11-23T12:00:00Z');

const portsFor = (policy: Partial<AwsOptions['organization']> = {}, options: Partial<AwsOptions> = {}) =>
  livePorts({
    assumeRole: { roleName: 'mirrorwatch-member' },
    organization: { exclude: [], regions: 'enabled', roleArn: ROLE, ...policy },
    now: () => new Date(clock),
    ...options,
  });
const accountsIn = async (policy: Partial<AwsOptions['organization']> = {}): Promise<readonly string[] | undefined> =>
  portsFor(policy).organization?.accountIds();

beforeEach(() => {
  fake().calls.length = 0;
  fake().roles.length = 0;
  fake().fail();
});

describe('the accounts of an organization', () => {
  it('are listed page by page, through the role that may', async () => {
    organization(Array.from({ length: 45 }, (_, index) => member(index)));
    const found = await accountsIn();
    expect(found).toHaveLength(46);
    expect(fake().count('ListAccounts')).toBe(3);
    expect(fake().lastParams.get('AssumeRole')).toMatchObject({ RoleArn: ROLE, RoleSessionName: 'mirrorwatch' });
    expect(JSON.parse(fake().lastParams.get('AssumeRole')?.Policy).Statement[0].Action).toContain(
      'organizations:ListAccounts',
    );
  });

  it('are those below the units that are included, at any depth, without those that are excluded', async () => {
    organization(
      [member(1, 'ou-abcd-11111111'), member(2, 'ou-abcd-22222222'), member(3, 'ou-abcd-33333333'), member(4)],
      [
        { Id: 'ou-abcd-11111111', ParentId: 'r-abcd' },
        { Id: 'ou-abcd-22222222', ParentId: 'ou-abcd-11111111' },
        { Id: 'ou-abcd-33333333', ParentId: 'ou-abcd-22222222' },
      ],
    );
    expect(await accountsIn({ include: ['ou-abcd-11111111'] })).toEqual([1, 2, 3].map(idOf));
    expect(await accountsIn({ include: ['ou-abcd-11111111'], exclude: ['ou-abcd-33333333'] })).toEqual(
      [1, 2].map(idOf),
    );
    expect(await accountsIn({ include: ['ou-abcd-11111111', idOf(4)], exclude: [idOf(1)] })).toEqual(
      [2, 3, 4].map(idOf),
    );
    expect(await accountsIn({ exclude: ['ou-abcd-22222222'] })).toEqual([idOf(1), idOf(4), MANAGEMENT]);
    expect(await accountsIn({ include: ['r-abcd'] })).toEqual([...[1, 2, 3, 4].map(idOf), MANAGEMENT]);
  });

  it('are those of the other units if one is not there, which is named', async () => {
    organization([member(1, 'ou-abcd-11111111')], [{ Id: 'ou-abcd-11111111', ParentId: 'r-abcd' }]);
    const { inventory } = portsFor({ include: ['ou-abcd-99999999', 'ou-abcd-11111111', '123456789012'] });
    expect(await inventory.scopes()).toEqual([{ accountId: idOf(1), region: 'eu-west-1' }]);
    expect(await inventory.leftOut?.()).toEqual([
      {
        path: 'organization.include: ou-abcd-99999999',
        reason: expect.stringContaining('ParentNotFoundException'),
        unknown: true,
      },
      {
        path: 'organization.include: 123456789012',
        reason: 'is no account of the organization',
        unknown: true,
      },
    ]);
  });

  it('are read again if a unit is deleted between its parent and itself, also below what is excluded', async () => {
    const units = [
      { Id: 'ou-abcd-11111111', ParentId: 'r-abcd' },
      { Id: 'ou-abcd-22222222', ParentId: 'ou-abcd-11111111' },
    ];
    organization([member(1, 'ou-abcd-11111111'), member(2)], units);
    const gone = { action: 'ListAccountsForParent', code: 'ParentNotFoundException', status: 400, skip: 1 };
    fake().fail(gone);
    const { inventory } = portsFor({ include: ['ou-abcd-11111111'] });
    expect((await inventory.scopes()).map(({ accountId }) => accountId)).toEqual([idOf(1)]);
    expect(await inventory.leftOut?.()).toEqual([]);
    fake().fail(gone);
    expect(await accountsIn({ exclude: ['ou-abcd-11111111'] })).toEqual([idOf(2), MANAGEMENT]);
  });

  it('are left out if a unit below is unknown again and again, or at once if the part itself is', async () => {
    organization([member(1, 'ou-abcd-11111111'), member(2)], [{ Id: 'ou-abcd-11111111', ParentId: 'r-abcd' }]);
    const gone = { action: 'ListAccountsForParent', code: 'ParentNotFoundException', status: 400 };
    for (const [include, fault, calls] of [
      [['r-abcd', idOf(2)], { ...gone, every: 2 }, 6],
      [['ou-abcd-11111111', idOf(2)], gone, 1],
    ] as const) {
      fake().fail(fault);
      fake().calls.length = 0;
      const { inventory } = portsFor({ include });
      expect((await inventory.scopes()).map(({ accountId }) => accountId)).toEqual([idOf(2)]);
      expect((await inventory.leftOut?.())?.map(({ path }) => path)).toEqual([`organization.include: ${include[0]}`]);
      expect(fake().count('ListAccountsForParent')).toBe(calls);
    }
  });

  it('are not known if what is excluded is not: too much would be read', async () => {
    organization([member(1)]);
    await expect(accountsIn({ exclude: ['ou-abcd-99999999'] })).rejects.toMatchObject({ code: 'config-invalid' });
  });

  it('are never none: a policy that leaves nothing is refused', async () => {
    organization([member(1)]);
    await expect(accountsIn({ include: ['123456789012'] })).rejects.toThrow(
      'the organization has no account that the configuration includes and does not exclude: organization.include: 123456789012: is no account of the organization',
    );
  });

  it('are known by the word that AWS has for their state, the old one too', async () => {
    organization([
      member(1, 'r-abcd', { State: 'SUSPENDED' }),
      member(2, 'r-abcd', { State: undefined, Status: 'SUSPENDED' }),
      member(3, 'r-abcd', { State: 'PENDING_ACTIVATION' }),
      member(4, 'r-abcd', { State: 'A_STATE_TO_COME' }),
    ]);
    const { inventory, organization: found } = portsFor();
    expect((await inventory.scopes()).map(({ accountId }) => accountId)).toEqual([idOf(4), MANAGEMENT]);
    expect(await inventory.leftOut?.()).toEqual([
      { path: `account ${idOf(1)}`, reason: 'is suspended: AWS lets nobody in', unknown: false },
      { path: `account ${idOf(2)}`, reason: 'is suspended: AWS lets nobody in', unknown: false },
      { path: `account ${idOf(3)}`, reason: 'is not active yet: AWS is still setting it up', unknown: false },
    ]);
    // Records of a suspended account may arrive late.
    expect(await found?.accountIds()).toHaveLength(5);
  });

  it('are listed again after ten minutes, so that a new one is known without an edit', async () => {
    organization([member(1)]);
    const { organization: found } = portsFor();
    expect(await found?.accountIds()).toHaveLength(2);
    organization([member(1), member(2)]);
    clock += 9 * MINUTE;
    expect(await found?.accountIds()).toHaveLength(2);
    clock += 2 * MINUTE;
    expect(await found?.accountIds()).toEqual([idOf(1), idOf(2), MANAGEMENT]);
  });

  it('stay believed for a day if AWS does not list them again, and not longer', async () => {
    organization([member(1)]);
    const { organization: found } = portsFor();
    await found?.accountIds();
    const denied = { action: 'ListAccounts', code: 'AccessDeniedException', status: 400, times: 99 };
    fake().fail(denied);
    clock += 23 * 60 * MINUTE;
    expect(await found?.accountIds()).toHaveLength(2);
    const asked = fake().count('ListAccounts');
    expect(await found?.accountIds()).toHaveLength(2);
    expect(fake().count('ListAccounts')).toBe(asked);
    clock += 2 * 60 * MINUTE;
    await expect(found?.accountIds()).rejects.toMatchObject({ concerns: { awsCode: 'AccessDeniedException' } });
  });

  it('are listed with our own credentials without a role', async () => {
    const lists = fake().account(HOME_ACCOUNT, 'eu-west-1').lists;
    Object.assign(lists, { Accounts: [member(7)], Units: [] });
    expect(await accountsIn({ roleArn: undefined })).toEqual([idOf(7)]);
    expect(fake().count('AssumeRole')).toBe(0);
  });
});

describe('the scopes of an organization', () => {
  it('are the regions that each account has on; one that is off somewhere is named', async () => {
    organization([member(1), member(2)], [], on('eu-west-1', 'me-south-1'));
    fake().account(idOf(2), 'eu-west-1').lists.Regions = [
      ...on('eu-west-1'),
      { RegionName: 'me-south-1', RegionOptStatus: 'DISABLED' },
    ];
    const { inventory } = portsFor();
    expect(await inventory.scopes()).toEqual([
      { accountId: idOf(1), region: 'eu-west-1' },
      { accountId: idOf(1), region: 'me-south-1' },
      { accountId: idOf(2), region: 'eu-west-1' },
      { accountId: MANAGEMENT, region: 'eu-west-1' },
      { accountId: MANAGEMENT, region: 'me-south-1' },
    ]);
    expect(await inventory.leftOut?.()).toEqual([
      { path: 'region me-south-1', reason: `is off in account ${idOf(2)}`, unknown: false },
    ]);
  });

  it('are the regions of the list, where they are on', async () => {
    organization([member(1)], [], on('eu-west-1', 'us-east-1'));
    const { inventory } = portsFor({ regions: ['us-east-1', 'me-south-1'] });
    expect(await inventory.scopes()).toEqual([
      { accountId: idOf(1), region: 'us-east-1' },
      { accountId: MANAGEMENT, region: 'us-east-1' },
    ]);
    expect(await inventory.leftOut?.()).toEqual([
      { path: 'region me-south-1', reason: `is off in accounts ${idOf(1)} and ${MANAGEMENT}`, unknown: false },
    ]);
  });

  it('are restricted to the regions that a command asks for', async () => {
    organization([member(1)], [], on('eu-west-1', 'us-east-1'));
    const { inventory } = portsFor({}, { regions: ['us-east-1'] });
    expect((await inventory.scopes()).map(({ region }) => region)).toEqual(['us-east-1', 'us-east-1']);
  });

  it('are one for an account that lets nobody in: reading it says so once', async () => {
    organization([member(1), member(2)], [], on('eu-central-1', 'eu-west-1'));
    const member2 = `arn:aws:iam::${idOf(2)}:role/mirrorwatch-member`;
    fake().roles.push({ arn: ROLE }, { arn: `arn:aws:iam::${MANAGEMENT}:role/mirrorwatch-member` }, { arn: member2 });
    const { inventory } = portsFor();
    const scopes = await inventory.scopes();
    expect(scopes.filter(({ accountId }) => accountId === idOf(1))).toEqual([
      { accountId: idOf(1), region: 'eu-west-1' },
    ]);
    expect(scopes).toHaveLength(5);
    await expect(
      inventory.load({ accountId: idOf(1), region: 'eu-west-1' }, { kind: 'all' }, { mirroring: true }),
    ).rejects.toMatchObject({ concerns: { operation: 'AssumeRole' } });
  });

  it('are asked of whoever lists the organization if the account does not say', async () => {
    organization([member(1)], [], on('eu-west-1'));
    const denied = { action: 'ListRegions', code: 'AccessDeniedException', status: 403 };
    fake().fail(denied);
    expect(await portsFor().inventory.scopes()).toHaveLength(2);
    expect(fake().count('ListRegions')).toBe(3);
  });

  it('are those that every account has where nobody says, and that others may be on is unknown', async () => {
    organization([member(1)], [], on('eu-west-1'));
    fake().fail({ action: 'ListRegions', code: 'AccessDeniedException', status: 403, times: 99 });
    const { inventory } = portsFor({ include: [idOf(1)] });
    expect(await inventory.scopes()).toHaveLength(17);
    expect(await inventory.leftOut?.()).toEqual([
      {
        path: `account ${idOf(1)}`,
        reason: expect.stringContaining('only those that every account has are: ListRegions'),
        unknown: true,
      },
    ]);
    expect(await portsFor({ include: [idOf(1)], regions: ['eu-west-1'] }).inventory.leftOut?.()).toEqual([]);
  });

  it('ask each account for its regions once an hour', async () => {
    organization([member(1)], [], on('eu-west-1'));
    const { inventory } = portsFor();
    await inventory.scopes();
    await inventory.leftOut?.();
    expect(fake().count('ListRegions')).toBe(2);
    clock += 61 * MINUTE;
    await inventory.scopes();
    expect(fake().count('ListRegions')).toBe(4);
  });

  it('come beside the accounts that are listed', async () => {
    organization([member(1)], [], on('eu-west-1'));
    const { inventory } = portsFor({ include: [idOf(1)] }, { accounts: [idOf(1), idOf(9)] });
    expect(await inventory.scopes()).toEqual([
      { accountId: idOf(1), region: 'eu-west-1' },
      { accountId: idOf(9), region: 'eu-west-1' },
    ]);
  });
});

describe('the member role', () => {
  it('is assumed in no account that the organization does not have', async () => {
    organization([member(1)]);
    const { accounts } = portsFor();
    await expect(accounts.credentialsFor({ accountId: idOf(2), region: 'eu-west-1' })).rejects.toMatchObject({
      code: 'config-invalid',
    });
    expect(await accounts.credentialsFor({ accountId: idOf(1), region: 'eu-west-1' })).toBeTypeOf('function');
  });
});
