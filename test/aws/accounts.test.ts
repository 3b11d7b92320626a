import { beforeEach, describe, expect, it } from 'vitest';
import { HOME_ACCOUNT } from '../support/fake-ec2/server.ts';
import { aFakeAws, livePorts } from '../support/live.ts';

const fake = aFakeAws();
const ROLE = {
  assumeRole: { roleName: 'team/mirrorwatch-member', externalId: 'secret' },
  accounts: ['444455556666'],
};
const there = (accountId: string, region = 'eu-west-1') => ({ accountId, region });

beforeEach(() => {
  fake().calls.length = 0;
  fake().roles.length = 0;
  fake().fail();
});

describe('stsAccounts', () => {
  it('uses our own credentials in our own account, and asks STS for it once', async () => {
    const { accounts } = livePorts(ROLE);
    expect(await accounts.credentialsFor(there(HOME_ACCOUNT))).toBeUndefined();
    expect(await accounts.own()).toBe(HOME_ACCOUNT);
    expect(fake().calls).toEqual(['GetCallerIdentity']);
  });

  it('does not call STS when our own account is given', async () => {
    await livePorts({ ownAccountId: HOME_ACCOUNT }).accounts.credentialsFor(there(HOME_ACCOUNT));
    expect(fake().calls).toEqual([]);
  });

  it('asks for our own account again after an error', async () => {
    const { accounts } = livePorts();
    fake().fail({ action: 'GetCallerIdentity', code: 'AccessDenied', status: 403 });
    await expect(accounts.own()).rejects.toMatchObject({ concerns: { awsCode: 'AccessDenied' } });
    await expect(accounts.own()).resolves.toBe(HOME_ACCOUNT);
  });

  it('assumes the member role under our name, with the external id, once for all regions', async () => {
    const { accounts } = livePorts(ROLE);
    for (const region of ['eu-west-1', 'us-east-1']) {
      const provider = await accounts.credentialsFor(there('444455556666', region));
      expect((await provider?.())?.accessKeyId).toBe('ASIA444455556666');
    }
    expect(fake().count('AssumeRole')).toBe(1);
    expect(fake().lastParams.get('AssumeRole')).toMatchObject({
      RoleArn: 'arn:aws:iam::444455556666:role/team/mirrorwatch-member',
      RoleSessionName: 'mirrorwatch',
      ExternalId: 'secret',
    });
  });

  it('renews credentials five minutes before they expire', async () => {
    let at = Date.UTC(2098, 11, 31, 23, 54, 59);
    const { accounts } = livePorts({ ...ROLE, now: () => new Date(at) });
    const provider = await accounts.credentialsFor(there('444455556666'));
    await provider?.();
    await provider?.();
    expect(fake().count('AssumeRole')).toBe(1);
    at += 1000;
    await provider?.();
    expect(fake().count('AssumeRole')).toBe(2);
  });

  it('does not cache a refusal', async () => {
    const { accounts } = livePorts(ROLE);
    fake().fail({ action: 'AssumeRole', code: 'AccessDenied', status: 403 });
    const provider = await accounts.credentialsFor(there('444455556666'));
    await expect(provider?.()).rejects.toMatchObject({ retryable: false, concerns: { accountId: '444455556666' } });
    await expect(provider?.()).resolves.toMatchObject({ accessKeyId: 'ASIA444455556666' });
  });

  it('rejects another account when no role is configured', async () => {
    const { accounts } = livePorts();
    await expect(accounts.credentialsFor(there('444455556666'))).rejects.toMatchObject({ code: 'config-invalid' });
  });
});
