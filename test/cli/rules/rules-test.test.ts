import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aPlace, endOf } from '../../support/command-line.ts';
import { anIamCall } from '../../support/iam-calls.ts';
import { aRecord } from '../../support/records.ts';

const place = aPlace();
const PATTERN = { eventName: ['CreateUser'] };
place.put('pattern.json', PATTERN);
place.put('config.json', {
  watch: {
    securityGroupOpen: { allowedPorts: [80, 'udp/443', '8000-8100'], exceptTags: ['Public', 'Env=dmz'] },
    iamUserAfterHours: { timeZone: 'Europe/Berlin', hours: { from: '08:00', to: '18:00' }, holidays: ['2026-12-25'] },
    rules: [{ name: 'made', pattern: PATTERN, reason: '{userIdentity.userName} made a user' }],
  },
});

const NIGHT = '2026-03-14T02:12:00Z';
const DAY = '2026-03-13T12:00:00Z';
const user = { userName: 'mallory' };
const onGroup = (eventName: string, fromPort: number) =>
  aRecord({
    ...{ eventName, eventSource: 'ec2.amazonaws.com', eventTime: NIGHT, eventID: `${eventName}-${fromPort}` },
    requestParameters: {
      groupId: 'sg-0123abcd',
      ipPermissions: {
        items: [{ ipProtocol: 'tcp', fromPort, toPort: fromPort, ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] } }],
      },
    },
    responseElements: { _return: true },
  });
place.put('log.json', {
  Records: [
    anIamCall('CreateUser', NIGHT, user, { eventID: 'night' }),
    anIamCall('CreateUser', DAY, user, { eventID: 'day' }),
    anIamCall('DeleteUser', NIGHT, user, { eventID: 'deleted' }),
    anIamCall('AttachUserPolicy', NIGHT, { omitted: true }, { eventID: 'omitted' }),
    onGroup('AuthorizeSecurityGroupIngress', 22),
    onGroup('AuthorizeSecurityGroupIngress', 80),
  ],
});

const test = (...args: string[]) => place.run('rules', 'test', ...args);
const linesOf = (stdout: string): readonly Record<string, unknown>[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
/** Runs `rules test` with this text as its standard input. */
const piped = (text: string, ...args: string[]) => {
  const child = place.start('rules', 'test', ...args);
  child.stdin?.end(text);
  return endOf(child);
};

describe('rules test --pattern', () => {
  const events = '{"eventName":"CreateUser"}\n{"eventName":"x"}\n';

  it('reads events from standard input', async () => {
    const { code, stdout, stderr } = await piped(events, '--pattern', 'pattern.json', '-');
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '{"matched":true}\n{"matched":false}\n', stderr: '' });
  });

  it('reads the pattern from it, and names what is wrong there', async () => {
    place.put('events.jsonl', events);
    expect((await piped(JSON.stringify(PATTERN), '--pattern', '-', 'events.jsonl')).stdout).toBe(
      '{"matched":true}\n{"matched":false}\n',
    );
    const { code, stderr } = await piped('{"eventName":"CreateUser"}', '--pattern', '-', 'events.jsonl');
    expect(code).toBe(1);
    expect(stderr).toContain('standard input cannot be used:\n  eventName: must be a list or an object');
  });

  it.each([
    ['both at once', ['--pattern', '-', '-'], 'standard input is either the pattern or the events'],
    ['nothing', ['--pattern', 'pattern.json', '-'], 'standard input has no event: it is empty'],
  ])('refuses %s there', async (_, args, message) => {
    const { code, stderr } = await piped('', ...args);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });

  it('prints a table for people, with what was met or failed', async () => {
    const { stdout } = await test('--pattern', 'pattern.json', 'log.json', '--explain', '-o', 'table');
    expect(stdout.split('\n').slice(0, 6)).toEqual([
      '1      matched   2026-03-14T02:12:00Z  CreateUser  night',
      '    eventName = "CreateUser"',
      '2      matched   2026-03-13T12:00:00Z  CreateUser  day',
      '    eventName = "CreateUser"',
      '3      no match  2026-03-14T02:12:00Z  DeleteUser  deleted',
      '    eventName fails: wanted "CreateUser", found "DeleteUser"',
    ]);
    expect(stdout).toMatch(/\n2 of 6 events matched\n$/);
  });

  it('writes both forms where both are chosen', async () => {
    const { stdout } = await piped(events, '--pattern', 'pattern.json', '-', '-o', 'jsonl', '-o', 'table=table.txt');
    expect(stdout).toBe('{"matched":true}\n{"matched":false}\n');
    expect(readFileSync(place.path('table.txt'), 'utf8')).toBe(
      '1      matched   –                     CreateUser  –\n2      no match  –                     x  –\n1 of 2 events matched\n',
    );
  });
});

describe('rules test --name', () => {
  it('says what iam-user-after-hours makes of each record by itself', async () => {
    const { code, stdout } = await test('--name', 'iam-user-after-hours', 'log.json');
    // One of them could not be judged.
    expect(code).toBe(2);
    expect(linesOf(stdout)).toEqual([
      expect.objectContaining({
        ...{ rule: 'iam-user-after-hours', as: 'found', path: 'log.json', eventID: 'night', resourceId: 'mallory' },
        reason: 'dana made the user outside working hours: Saturday 2026-03-14 03:12 Europe/Berlin',
      }),
      expect.objectContaining({ as: 'ended', eventID: 'deleted', resourceId: 'mallory' }),
      expect.objectContaining({ as: 'undecided', eventID: 'omitted', reason: 'requestParameters omitted' }),
    ]);
  });

  it('says which calls open a security group', async () => {
    const { stdout } = await test('--name', 'security-group-open', 'log.json');
    expect(linesOf(stdout)).toEqual([
      expect.objectContaining({
        ...{ as: 'found', eventID: 'AuthorizeSecurityGroupIngress-22', resourceId: 'sg-0123abcd' },
        reason: expect.stringContaining('tcp/22 from 0.0.0.0/0'),
      }),
    ]);
  });

  it('prints a table for people', async () => {
    const { stdout, stderr } = await test('--name', 'made', 'log.json', '-o', 'table', '--since', '2026-03-14');
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^found {6}2026-03-14T02:12:00Z {2}CreateUser {2}\S+ {2}log\.json$/),
      '    dana made a user',
      '    eventName = "CreateUser"',
      '',
    ]);
    expect(stderr).toContain('1 of 6 records');
  });

  it.each([
    ['instance-untagged', 'config.json', 'instance-untagged judges what is there and no single records'],
    ['iam-user-after-hours', 'empty.json', 'is not judged: the configuration has no watch.iamUserAfterHours'],
    ['security-group-open', 'empty.json', 'is not judged: the configuration has no watch.securityGroupOpen'],
    ['other', 'config.json', 'the configuration has no rule "other" in watch.rules: its rules are made'],
  ])('says why it cannot ask %s by %s', async (name, config, message) => {
    place.put('empty.json', {});
    const { code, stdout, stderr } = await test('--name', name, 'log.json', '--config', config);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('rules show', () => {
  it('lists the settings of a built-in rule, and says which are empty', async () => {
    const { stdout } = await place.run('rules', 'show', 'security-group-open');
    expect(stdout).toContain('allowedPorts:  80, udp/443, 8000-8100\n');
    expect(stdout).toContain('exceptGroups:  none\n');
    expect(stdout).toContain('exceptTags:    Public, Env=dmz\n');
    const { stdout: json } = await place.run('rules', 'show', 'iam-user-after-hours', '-o', 'json');
    expect(JSON.parse(json).settings).toEqual({
      ...{ timeZone: 'Europe/Berlin', days: ['mon', 'tue', 'wed', 'thu', 'fri'], exempt: [] },
      ...{ hours: { from: '08:00', to: '18:00' }, holidays: ['2026-12-25'] },
    });
  });

  it('says that a rule is not judged', async () => {
    place.put('empty.json', {});
    const { stdout } = await place.run('rules', 'show', 'iam-user-after-hours', '--config', 'empty.json');
    expect(stdout).toContain('settings:   not judged: the configuration has no watch.iamUserAfterHours\n');
  });
});
