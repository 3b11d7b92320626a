import { describe, expect, it } from 'vitest';
import { aPlace, packed, snapshotOf } from '../support/command-line.ts';
import { authorized, deleted, groupCall, OMITTED, revoked, rule, SHORT, ssh } from '../support/group-calls.ts';
import { anInstance, anInterface, anInventory, aPermission, attachedTo } from '../support/inventories.ts';

const GROUP = 'sg-0a1b2c3d4e5f60001';
const ALL = '0.0.0.0/0';
const OPEN = `${GROUP} is open to the world`;
const opened = authorized(1, GROUP, ssh(ALL));

const place = aPlace();
place.put('config.json', { watch: { securityGroupOpen: { allowedPorts: [80, 443] } } });
const logs = {
  'opened.json.gz': [opened],
  'closed.json.gz': [opened, revoked(2, GROUP, ssh(ALL), { by: 'erin' })],
  'deleted.json.gz': [opened, deleted(2, GROUP, { by: 'erin' })],
  'harmless.json.gz': [authorized(1, GROUP, [rule('tcp', 443, ALL)])],
  'failed.json.gz': [
    authorized(1, GROUP, ssh(ALL), { answer: null, more: { errorCode: 'Client.UnauthorizedOperation' } }),
  ],
  'omitted.json.gz': [groupCall('AuthorizeSecurityGroupIngress', 1, OMITTED)],
  'list.json.gz': [authorized(1, GROUP, ssh('pl-0a1b2c3d4e5f60001'))],
  'hostile.json.gz': [authorized(1, 'web\n\u001b[2J\u001b[31mdb', ssh(ALL), { answer: SHORT })],
  'halves-1.json.gz': [authorized(1, GROUP, ssh('0.0.0.0/1'))],
  'halves-2.json.gz': [authorized(2, GROUP, ssh('128.0.0.0/1'), { by: 'erin' })],
};
for (const [name, records] of Object.entries(logs)) place.put(name, packed(records));

/** An account with the group, which a running instance with a public address uses. */
const account = (cidrIps: readonly string[], more: object = {}) =>
  snapshotOf(
    anInventory({
      instances: [anInstance({ networkInterfaceIds: ['eni-1'] })],
      networkInterfaces: [anInterface({ groupIds: [GROUP], publicIp: '198.51.100.7', attachment: attachedTo('i-1') })],
      securityGroups: [
        {
          groupId: GROUP,
          groupName: 'web',
          vpcId: 'vpc-1',
          ipPermissions: [aPermission({ ipProtocol: 'tcp', fromPort: 22, toPort: 22, cidrIps })],
        },
      ],
      ...more,
    }),
  );
place.put('open.json', account([ALL]));
place.put('narrow.json', account(['10.0.0.0/8']));
place.put('gone.json', account([], { securityGroups: [] }));
place.put('unread.json', account([], { securityGroups: undefined }));

const findingsOf = (jsonl: string) =>
  jsonl
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .filter((line) => line.rule === 'security-group-open');

describe('scan finds open security groups by the records alone', () => {
  it.each([
    ['one that was opened', ['opened.json.gz'], 3, 1],
    ['one that was closed again', ['closed.json.gz'], 0, 0],
    ['one that was deleted', ['deleted.json.gz'], 0, 0],
    ['an allowed port', ['harmless.json.gz'], 0, 0],
    ['a call that failed', ['failed.json.gz'], 0, 0],
    ['a call that CloudTrail omitted', ['omitted.json.gz'], 2, 0],
    ['a prefix list that nobody knows, and nothing else', ['list.json.gz'], 1, 0],
    ['halves in two files', ['halves-1.json.gz', 'halves-2.json.gz'], 3, 1],
    ['halves in two files, the other way round', ['halves-2.json.gz', 'halves-1.json.gz'], 3, 1],
    ['halves in two files, read by two threads', ['halves-1.json.gz', 'halves-2.json.gz', '--threads', '2'], 3, 1],
    ['one that was opened, and findings that must not fail', ['opened.json.gz', '--exit-zero'], 0, 1],
    ['one that was opened, and only high ones that count', ['opened.json.gz', '--fail-on', 'high'], 0, 1],
  ])('%s', async (_, args, code, count) => {
    const ran = await place.run('scan', ...args, '--account', 'none', '-o', 'jsonl', '--quiet');
    expect({ code: ran.code, findings: findingsOf(ran.stdout).length, stderr: ran.stderr }).toMatchObject({
      code,
      findings: count,
    });
  });

  it('as a table, with what is open and who may have opened it', async () => {
    const { code, stdout } = await place.run('scan', 'opened.json.gz', '--account', 'none', '--quiet');
    expect(code).toBe(3);
    const text = stdout.replace(/\s+/g, ' ');
    for (const part of [GROUP, 'tcp/22', ALL, 'dana']) expect(text).toContain(part);
  });

  it('as JSON, in full', async () => {
    const { stdout } = await place.run('scan', 'opened.json.gz', '--account', 'none', '-o', 'json', '--quiet');
    expect(JSON.parse(stdout).findings).toMatchObject([
      {
        rule: 'security-group-open',
        severity: 'medium',
        status: 'open',
        resourceType: 'AWS::EC2::SecurityGroup',
        resourceId: GROUP,
        cause: { kind: 'possible', calls: [{ actor: 'dana', eventName: 'AuthorizeSecurityGroupIngress' }] },
        detail: { openPorts: [{ protocol: 'tcp', fromPort: 22, toPort: 22, sources: [ALL] }] },
        firstSeen: '2026-03-17T12:01:00.000Z',
      },
    ]);
  });

  it.each([['table'], ['markdown'], ['csv'], ['html']])(
    'without letting a name act on the terminal: %s',
    async (format) => {
      const { code, stdout } = await place.run('scan', 'hostile.json.gz', '--account', 'none', '-o', format, '--quiet');
      expect(code).toBe(3);
      expect(stdout).not.toContain('\u001b');
    },
  );

  it('names what could not be judged', async () => {
    const { stderr } = await place.run('scan', 'list.json.gz', '--account', 'none', '-o', 'jsonl');
    expect(stderr).toContain(GROUP);
    expect(stderr).toContain('pl-0a1b2c3d4e5f60001');
  });
});

describe('scan judges the group as the account has it', () => {
  it.each([
    ['still open', 'opened.json.gz', 'open.json', 3],
    ['narrowed by now', 'opened.json.gz', 'narrow.json', 0],
    ['gone by now', 'opened.json.gz', 'gone.json', 0],
    ['open although a record closes it', 'closed.json.gz', 'open.json', 3],
    ['open, and the record was omitted', 'omitted.json.gz', 'open.json', 3],
    ['opened, and the groups were not read', 'opened.json.gz', 'unread.json', 3],
  ])('%s', async (_, log, snapshot, code) => {
    const ran = await place.run('scan', log, '--account', snapshot, '-o', 'jsonl', '--quiet');
    expect({ code: ran.code, found: findingsOf(ran.stdout).length }).toEqual({ code, found: code === 3 ? 1 : 0 });
  });

  it('is not green after a harmless record, where the groups were not read', async () => {
    const { code } = await place.run('scan', 'harmless.json.gz', '--account', 'unread.json', '--quiet');
    expect(code).not.toBe(0);
  });

  it('with who opened it, and what stands behind it', async () => {
    const { stdout } = await place.run('scan', 'opened.json.gz', '--account', 'open.json', '-o', 'jsonl', '--quiet');
    const [finding] = findingsOf(stdout);
    expect(finding.cause).toMatchObject({ kind: 'call', calls: [{ actor: 'dana' }] });
    expect(finding.reason).toContain(OPEN);
    expect(finding.reason).toContain('1 running instance with a public address (i-1)');
    expect(finding.fix).toContain(`revoke-security-group-ingress --region eu-west-1 --group-id ${GROUP}`);
  });
});

describe('audit finds groups that were open before', () => {
  it.each([
    ['open', 'open.json', 3],
    ['narrow', 'narrow.json', 0],
    ['without groups', 'gone.json', 0],
  ])('in an account: %s', async (_, snapshot, code) => {
    const ran = await place.run('audit', '--account', snapshot, '-o', 'jsonl', '--quiet');
    expect({ code: ran.code, found: findingsOf(ran.stdout).length }).toEqual({ code, found: code === 3 ? 1 : 0 });
  });

  it('is not green where the groups were not read', async () => {
    const { code } = await place.run('audit', '--account', 'unread.json', '--quiet');
    expect(code).not.toBe(0);
  });

  it('names nobody, as no record shows who opened it', async () => {
    const { stdout } = await place.run('audit', '--account', 'open.json', '-o', 'json', '--quiet');
    expect(JSON.parse(stdout).findings).toMatchObject([
      { resourceId: GROUP, cause: { kind: 'unknown' }, evidence: [] },
    ]);
  });

  it('as a table', async () => {
    const { code, stdout } = await place.run('audit', '--account', 'open.json', '--quiet');
    expect(code).toBe(3);
    expect(stdout.replace(/\s+/g, ' ')).toContain('tcp/22');
  });

  it('follows a group through a ledger: opened, and revoked by erin', async () => {
    const ledger = ['--ledger', 'history.sqlite', '--quiet'];
    const at = (time: string) => ['--now', `2026-03-17T${time}Z`, ...ledger];
    expect((await place.run('scan', 'opened.json.gz', '--account', 'open.json', ...at('12:02:00'))).code).toBe(3);
    const revocation = place.put('revoked.json.gz', packed([revoked(4, GROUP, ssh(ALL), { by: 'erin' })]));
    expect((await place.run('scan', revocation, '--account', 'narrow.json', ...at('12:05:00'))).code).toBe(0);
    const { stdout } = await place.run('report', '--since', '2026-03-01', '-o', 'json', ...at('12:06:00'));
    const [finding] = JSON.parse(stdout).findings.filter(
      ({ rule: id }: { rule: string }) => id === 'security-group-open',
    );
    expect(finding).toMatchObject({ status: 'resolved', resourceId: GROUP });
    expect(finding.evidence).toContainEqual(expect.objectContaining({ role: 'resolution', actor: 'erin' }));
  });

  it('does not resolve an open group by a harmless record alone', async () => {
    const ledger = ['--ledger', 'alone.sqlite', '--account', 'none', '--quiet'];
    await place.run('scan', 'opened.json.gz', ...ledger);
    const harmless = place.put('later.json.gz', packed([authorized(2, GROUP, ssh('10.0.0.0/8'))]));
    await place.run('scan', harmless, ...ledger);
    const { stdout } = await place.run(
      'report',
      '--since',
      '2026-03-01',
      '-o',
      'json',
      '--ledger',
      'alone.sqlite',
      '--quiet',
    );
    expect(JSON.parse(stdout).findings).toMatchObject([{ resourceId: GROUP, status: 'open' }]);
  });
});
