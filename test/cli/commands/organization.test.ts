/** Commands on a whole AWS organization, against a double of AWS. */

import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aPlace } from '../../support/command-line.ts';
import { anInventory } from '../../support/inventories.ts';
import { aFakeAws, seed } from '../../support/live.ts';

const fake = aFakeAws();
const env: Record<string, string> = { AWS_REGION: 'eu-west-1', NODE_NO_WARNINGS: '1' };
const place = aPlace(env);
const MANAGEMENT = '999900001111';
const [OPEN, SHUT, SUSPENDED] = ['200000000001', '200000000002', '200000000003'] as const;
const CONFIG = {
  requiredTags: ['Owner'],
  region: 'eu-west-1',
  assumeRole: { roleName: 'mirrorwatch-member' },
  organization: { roleArn: `arn:aws:iam::${MANAGEMENT}:role/lists` },
  trail: { accounts: 'organization' },
};

beforeAll(() => {
  Object.assign(env, { AWS_ENDPOINT_URL: fake().url, AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret' });
  Object.assign(fake().account(MANAGEMENT, 'eu-west-1').lists, {
    Units: [],
    Accounts: [
      { Id: OPEN, ParentId: 'r-ab12', Name: 'open', State: 'ACTIVE' },
      { Id: SHUT, ParentId: 'r-ab12', Name: 'shut', State: 'ACTIVE' },
      { Id: SUSPENDED, ParentId: 'r-ab12', Name: 'gone', State: 'SUSPENDED' },
    ],
  });
  for (const region of ['eu-west-1', 'sa-east-1'])
    seed(fake().account(OPEN, region), { ...anInventory(), accountId: OPEN, region });
  fake().account(OPEN, 'eu-west-1').lists.Regions = ['eu-west-1', 'sa-east-1'].map((RegionName) => ({
    RegionName,
    RegionOptStatus: 'ENABLED_BY_DEFAULT',
  }));
  place.put('config.json', CONFIG);
  place.put('plain.json', { ...CONFIG, organization: undefined, trail: undefined });
});
beforeEach(() => {
  fake().roles.length = 0;
  fake().roles.push({ arn: CONFIG.organization.roleArn }, { arn: `arn:aws:iam::${OPEN}:role/mirrorwatch-member` });
});

describe('on an organization', () => {
  it('audit judges every account that lets us in, in the regions that are on; the others are named', async () => {
    const { code, stderr, stdout } = await place.run('audit', '-o', 'json');
    expect(stderr).toContain(`account ${SUSPENDED} is suspended: AWS lets nobody in`);
    expect(stdout + stderr).toContain(`${SHUT}:eu-west-1`);
    expect(stdout + stderr).toContain('AssumeRole');
    expect(code).toBe(2);
    const { findings } = JSON.parse(stdout);
    const scopes = new Set(
      findings.map((one: { accountId: string; region: string }) => `${one.accountId} ${one.region}`),
    );
    expect([...scopes].toSorted()).toEqual([`${OPEN} eu-west-1`, `${OPEN} sa-east-1`]);
  });

  it('audit is restricted to the regions that are asked for', async () => {
    const { stdout } = await place.run('audit', '--regions', 'sa-east-1', '-o', 'json');
    expect(new Set(JSON.parse(stdout).findings.map(({ region }: { region: string }) => region))).toEqual(
      new Set(['sa-east-1']),
    );
  });

  it('--organization takes the whole organization where the configuration describes none', async () => {
    fake().roles.length = 0;
    const home = fake().account('111122223333', 'eu-west-1').lists;
    Object.assign(home, { Units: [], Accounts: [{ Id: OPEN, ParentId: 'r-ab12', State: 'ACTIVE' }] });
    const { code } = await place.run('snapshot', 'all.json', '--organization', '--config', 'plain.json');
    expect(code).toBe(0);
    const { stdout } = await place.run('audit', '--account', 'all.json', '--config', 'config.json', '-o', 'json');
    const regions = JSON.parse(stdout).findings.map(({ region }: { region: string }) => region);
    expect([...new Set(regions)].toSorted()).toEqual(['eu-west-1', 'sa-east-1']);
  });

  it('says what to do if nobody may list it', async () => {
    fake().roles.length = 0;
    fake().roles.push({ arn: 'arn:aws:iam::1:role/another' });
    const { code, stderr } = await place.run('audit');
    expect(code).toBe(1);
    expect(stderr).toContain('AssumeRole');
    expect(stderr).toContain(CONFIG.organization.roleArn);
  });

  it('records alone do not tell whom to believe: scan refuses, and so does history', async () => {
    place.put('logs/log.json', { Records: [] });
    const scanned = await place.run('scan', 'logs', '--account', 'none');
    expect([scanned.code, scanned.stderr]).toEqual([
      1,
      expect.stringContaining('trail.accounts is "organization", and records alone do not tell its accounts'),
    ]);
    await place.run('history', 'plan', 'logs', '-o', 'plan');
    const ran = await place.run('history', 'run', 'plan', '--local', '--account', 'none');
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('history needs a list of accounts')]);
  });

  it('doctor lists it, and says what is wrong if it cannot', async () => {
    const { stdout } = await place.run('doctor');
    expect(stdout).toMatch(/ok +organization[\s\S]*3 accounts of the organization/);
    fake().fail({ action: 'ListAccounts', code: 'AccessDeniedException', status: 400, times: 99 });
    const refused = await place.run('doctor');
    fake().fail();
    expect(refused.stdout).toMatch(/fail +organization[\s\S]*cannot be listed/);
    expect(refused.code).not.toBe(0);
  });
});
