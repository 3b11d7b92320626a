import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config.ts';
import { withEarlierCallers } from '../../../src/ledger/sight/earlier-callers.ts';
import { recordsAlone } from '../../../src/local/account/records-alone.ts';
import { deliver } from '../../../src/pipeline/deliver.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aBucket, aLogKey, aNotice, BUCKET } from '../../support/deliveries.ts';
import { anIamCall, asUser, IAM_ACCOUNT } from '../../support/iam-calls.ts';
import { aLedger } from '../../support/ledgers.ts';

const NOW = new Date('2026-03-17T12:00:00Z');
const night = (hour: number) => `2026-03-14T0${hour}:12:00Z`;
const by = (userName: string, eventName: string, hour: number) =>
  anIamCall(eventName, night(hour), { userName: 'mallory' }, { userIdentity: asUser(userName) });

/** The reason in the ledger after each list of records was delivered by itself. */
async function reasonAfter(...deliveries: readonly (readonly object[])[]) {
  const iamUserAfterHours = { timeZone: 'UTC', hours: { from: '08:00', to: '18:00' } };
  const trail = { buckets: [BUCKET], accounts: [IAM_ACCOUNT] };
  const config = parseConfig(JSON.stringify({ trail, watch: { iamUserAfterHours } }), 'config.json');
  const bucket = aBucket();
  const ledger = aLedger();
  const ports = { logs: bucket.logs, inventory: recordsAlone(), ledger, publisher: { publish: async () => 'mail' } };
  for (const [n, records] of deliveries.entries()) {
    bucket.put(aLogKey(n), records as never);
    await deliver([aNotice(`m${n}`, aLogKey(n))], ports, config, { now: NOW, clock: STOPPED_CLOCK });
  }
  return (await ledger.entries({}))[0]?.finding.reason;
}

const LATER = 'erin gave the user an access key outside working hours: Saturday 2026-03-14 04:12 UTC';
const FIRST = '; the first such call that is known was CreateUser by dana, at 2026-03-14T01:12:00Z';

describe('withEarlierCallers', () => {
  it('names the first caller after a later delivery of calls by somebody else', async () => {
    expect(await reasonAfter([by('dana', 'CreateUser', 1)], [by('erin', 'CreateAccessKey', 4)])).toBe(
      `${LATER}${FIRST}`,
    );
  });

  it('names it whatever the order of the deliveries, and others besides', async () => {
    const calls = [by('frank', 'CreateAccessKey', 3), by('erin', 'CreateAccessKey', 4), by('dana', 'CreateUser', 1)];
    expect(await reasonAfter(...calls.map((call) => [call]))).toBe(`${LATER}${FIRST}, and others were by frank`);
  });

  it('names others when the first is named already', async () => {
    const calls = [by('dana', 'CreateUser', 1), by('erin', 'CreateAccessKey', 3), by('dana', 'CreateLoginProfile', 4)];
    expect(await reasonAfter(...calls.map((call) => [call]))).toBe(
      'dana gave the user a password outside working hours: Saturday 2026-03-14 04:12 UTC; such calls were also made by erin',
    );
  });

  it('adds nothing to the reason of one delivery, or about an earlier user of the name', async () => {
    const both = 'dana made the user, and erin gave it an access key, outside working hours: Saturday 2026-03-14';
    expect(await reasonAfter([by('dana', 'CreateUser', 1), by('erin', 'CreateAccessKey', 4)])).toBe(
      `${both} 01:12 to 04:12 UTC`,
    );
    expect(
      await reasonAfter([by('dana', 'CreateUser', 1)], [by('dana', 'DeleteUser', 2)], [by('erin', 'CreateUser', 4)]),
    ).toBe('erin made the user outside working hours: Saturday 2026-03-14 04:12 UTC');
  });

  it('says of one delivery who did what, of five callers by name', async () => {
    const names = ['dana', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy'];
    const calls = names.map((name, n) => by(name, n === 0 ? 'CreateUser' : 'CreateAccessKey', 1));
    const reason = await reasonAfter(calls);
    expect(reason).toMatch(/^\w+ (?:made|gave)/);
    expect(reason?.match(/made the user/g)?.length ?? 0).toBeLessThanOrEqual(1);
    expect(reason).toContain(', and 2 others gave it more, outside working hours: Saturday 2026-03-14 01:12 UTC');
  });

  it('is bounded, and is not misled by a name that is part of another', () => {
    const evidence = Array.from({ length: 50 }, (_, n) => ({
      ...{ eventID: `e${n}`, eventName: 'CreateAccessKey', eventTime: night(1), actor: `${n}${'x'.repeat(300)}` },
    }));
    const finding = { rule: 'iam-user-after-hours', reason: 'danae did'.repeat(200), detail: {} } as const;
    expect(withEarlierCallers(finding, evidence, 0).length).toBeLessThanOrEqual(1000);
    const dana = [{ ...evidence[0], actor: 'dana' }, evidence[1]] as never;
    expect(withEarlierCallers({ ...finding, reason: 'danae did' }, dana, 0)).toContain('by dana,');
    expect(withEarlierCallers({ ...finding, rule: 'custom:x' }, dana, 0)).toBe(finding.reason);
  });
});
