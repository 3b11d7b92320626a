import { beforeEach, describe, expect, it } from 'vitest';
import { stsAccounts } from '../../src/aws/accounts.ts';
import { sdkClients } from '../../src/aws/clients.ts';
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

  it('assumes the role that writes for changes, once for each kind, and the one that reads for everything else', async () => {
    const { assumeRole, accounts: watched } = ROLE;
    const { accounts } = livePorts({ accounts: watched, assumeRole: { ...assumeRole, writeRoleName: 'writer' } });
    const asked: unknown[] = [];
    for (const access of [
      undefined,
      'DeleteTrafficMirrorSession',
      'RunInstances',
      'DeleteTrafficMirrorSession',
    ] as const) {
      await (await accounts.credentialsFor(there('444455556666'), access))?.();
      asked.push(fake().lastParams.get('AssumeRole')?.RoleArn);
    }
    const [reader, writer] = ['team/mirrorwatch-member', 'writer'].map(
      (name) => `arn:aws:iam::444455556666:role/${name}`,
    );
    expect(asked).toEqual([reader, writer, writer, writer]);
    expect(fake().count('AssumeRole')).toBe(3);
  });

  it('assumes the one role for changes too where no other is named', async () => {
    const { accounts } = livePorts(ROLE);
    await (await accounts.credentialsFor(there('444455556666'), 'DeleteTrafficMirrorSession'))?.();
    expect(fake().lastParams.get('AssumeRole')?.RoleArn).toBe('arn:aws:iam::444455556666:role/team/mirrorwatch-member');
  });

  it('reads an external id that is kept elsewhere, again after five minutes, and at once after an error', async () => {
    let at = 0;
    const reads: string[] = [];
    const accounts = stsAccounts({
      ...{ clients: sdkClients(async () => undefined), region: 'eu-west-1', ownAccountId: HOME_ACCOUNT },
      assumeRole: { roleName: 'member', externalIdParameter: '/mw/id' },
      accounts: ['444455556666'],
      parameter: async (name) => {
        reads.push(name);
        if (reads.length === 1) throw new Error('throttled');
        return `secret-${reads.length}`;
      },
      now: () => at,
    });
    const idFor = async (access: 'read' | 'RunInstances' | 'TerminateInstances'): Promise<unknown> => {
      await (await accounts.credentialsFor(there('444455556666'), access))?.();
      return fake().lastParams.get('AssumeRole')?.ExternalId;
    };
    await expect(idFor('read')).rejects.toThrow('throttled');
    expect(await idFor('read')).toBe('secret-2');
    expect(await idFor('RunInstances')).toBe('secret-2');
    at = 5 * 60_000;
    expect(await idFor('TerminateInstances')).toBe('secret-3');
    expect(reads).toEqual(['/mw/id', '/mw/id', '/mw/id']);
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
