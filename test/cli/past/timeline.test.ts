/** The small story takes place after noon: i-0a1 is launched with its tag at 12:07 and untagged from 12:10 to 13:00. */

import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { TimelineDocument } from '../../../src/report/past/timeline-document.ts';
import { aPlace, packed, snapshotOf } from '../../support/command-line.ts';
import { aLaunchRecord, aRecord, aTagRecord } from '../../support/deliveries.ts';
import { anInstance, anInventory } from '../../support/inventories.ts';

const place = aPlace();
const example = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const EXAMPLE = [
  example('examples/logs'),
  '--account',
  example('examples/account.json'),
  '--config',
  example('config.json'),
];

const HOSTILE = '\u001b[31m=cmd()';
place.put(
  'story.json.gz',
  packed([
    aLaunchRecord(7, 'i-0a1', { Team: 'shop' }),
    aRecord(
      'DeleteTags',
      10,
      { resourcesSet: { items: [{ resourceId: 'i-0a1' }] }, tagSet: { items: [{ key: 'Team' }] } },
      { _return: true },
    ),
    aTagRecord(60, 'i-0a1', { Team: 'shop' }),
    aTagRecord(70, 'i-0a1', { Team: HOSTILE }),
    aTagRecord(90, 'i-0b2', { Team: 'web' }),
  ]),
);
const ACCOUNT = {
  ...anInventory(),
  instances: [
    anInstance({
      instanceId: 'i-0a1',
      tags: [
        { key: 'Team', value: HOSTILE },
        { key: 'Name', value: 'web-1' },
      ],
    }),
    anInstance({ instanceId: 'i-0b2', tags: [{ key: 'Team', value: 'web' }] }),
  ],
};
place.put('account.json', { ...Object(snapshotOf(ACCOUNT)), readAt: '2026-03-17T14:00:00Z' });
place.put('config.json', { requiredTags: ['Team'] });

const timeline = (line: string) => place.run('timeline', ...line.split(' '));
const LINE = 'i-0a1 story.json.gz --account account.json';

async function documentOf(line: string): Promise<TimelineDocument> {
  return JSON.parse((await timeline(`${line} -o json`)).stdout) as TimelineDocument;
}

const spansIn = ({ spans }: TimelineDocument) =>
  spans.map(({ from, to, tags }) => `${from.slice(11, 19)} to ${to.slice(11, 19)} ${tags}`);

describe('mirrorwatch timeline', () => {
  it('prints a document with what happened, by whom, and the spans in which it complied', async () => {
    const document = await documentOf(LINE);
    expect(document).toMatchObject({
      schema: 'mirrorwatch.timeline/1',
      ...{ accountId: '111122223333', region: 'eu-west-1', resourceId: 'i-0a1', name: 'web-1' },
      resourceType: 'AWS::EC2::Instance',
      period: { since: '2026-03-17T12:07:00.000Z', until: '2026-03-17T13:30:01.000Z' },
      accountReadAt: '2026-03-17T14:00:00.000Z',
      records: { first: '2026-03-17T12:07:00.000Z', last: '2026-03-17T13:30:00.000Z' },
      compliance: {
        tags: { compliantSeconds: 33 * 60 + 1, brokenSeconds: 50 * 60, unknownSeconds: 0 },
        mirroring: null,
      },
    });
    expect(document.compliance.tags?.compliant).toBeCloseTo(1981 / 4981);
    expect(spansIn(document)).toEqual([
      '12:07:00 to 12:10:00 yes',
      '12:10:00 to 13:00:00 no',
      '13:00:00 to 13:30:01 yes',
    ]);
    expect(document.events.map(({ what, actor, eventName }) => `${what} by ${actor} (${eventName})`)).toEqual([
      'launched with the tag Team by dana (RunInstances)',
      'deletion of tag Team requested by dana (DeleteTags)',
      'tag Team set to "shop" by dana (CreateTags)',
      'tag Team set to "\\u001b[31m=cmd()" by dana (CreateTags)',
    ]);
  });

  it('prints a table, which a tag from a record cannot colour', async () => {
    const { code, stdout, stderr } = await timeline(LINE);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('i-0a1 (web-1), instance in 111122223333 eu-west-1\n');
    expect(stdout).toContain('39.7 % tagged (33 min 1 s tagged, 50 min not tagged)');
    expect(stdout).toContain(
      '2026-03-17 12:10:00  deletion of tag Team requested\n    by dana (DeleteTags); from then on not tagged\n',
    );
    expect(stdout).toContain('2026-03-17 12:10:00 to 2026-03-17 13:00:00 (50 min): not tagged\n');
    expect(stdout).not.toContain('\u001b');
  });

  it.each<[string, string, string]>([
    [
      'ends with them',
      '--since 2026-03-17T12:10:00Z',
      'The period ends with the last of them; the logs may end later.',
    ],
    [
      'begins with them',
      '--until 2026-03-17T13:00:00Z',
      'The period begins with the first of them; the logs may begin earlier.',
    ],
    ['is theirs', '', 'The period is that of these records; the logs may begin earlier and end later.'],
    ['was asked for', '--since 2026-03-17T12:10:00Z --until 2026-03-17T13:00:00Z', ''],
  ])('says which records were read, and if the period %s', async (_, options, words) => {
    const { stdout } = await timeline(`${LINE} ${options}`.trim());
    const text = stdout.replaceAll(/\s+/g, ' ');
    const span = 'records read from 2026-03-17 12:07:00 UTC to 2026-03-17 13:30:00 UTC. ';
    expect(text).toContain(`${span}${words === '' ? '' : `${words} `}Changes that no record shows are not seen.`);
  });

  it('prints CSV in which no cell is a formula', async () => {
    const { stdout } = await timeline(`${LINE} -o csv`);
    const [head, launch] = stdout.split('\r\n');
    expect(head).toMatch(/^at,account_id,region,resource_id,what,touches,tags_after,mirroring_after,actor,/);
    expect(launch).toMatch(
      /^2026-03-17T12:07:00\.000Z,111122223333,eu-west-1,i-0a1,launched with the tag Team,resource,yes,,dana,RunInstances,/,
    );
  });

  it('knows nothing of a time before the first or after the last record, except that it did not exist before its launch', async () => {
    expect(spansIn(await documentOf(`${LINE} --since 2026-03-17T12:00:00Z --until 2026-03-17T13:45:00Z`))).toEqual([
      '12:00:00 to 12:07:00 absent',
      '12:07:00 to 12:10:00 yes',
      '12:10:00 to 13:00:00 no',
      '13:00:00 to 13:30:01 yes',
      '13:30:01 to 13:45:00 unknown',
    ]);
    const other = await documentOf('i-0b2 story.json.gz --account account.json --since 2026-03-17T12:00:00Z');
    expect(other.spans).toMatchObject([
      { tags: 'unknown', reason: 'the records begin at 2026-03-17T12:07:00Z' },
      { tags: 'unknown', reason: expect.stringContaining('the record of CreateTags at 2026-03-17T13:30:00Z') },
      { tags: 'yes' },
    ]);
  });

  it.each([
    [
      'i-0c3 story.json.gz --account account.json',
      'i-0c3 is neither in the snapshot nor in a record that says what it was',
    ],
    ['web-1 story.json.gz --account account.json', '"web-1" cannot be the id of an instance'],
    ['i-0a1 missing.json.gz --account none', '--account none: this command needs an account'],
    [`${LINE} --since 2026-03-18 --until 2026-03-17`, 'no event can be in that period'],
    [`${LINE} -o html`, 'formats are csv, json, table'],
    ['i-0a1', "missing required argument 'logs'"],
  ])('refuses what cannot be answered: %s', async (line, reason) => {
    const { code, stdout, stderr } = await timeline(line);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(reason);
  });

  it('exits with 2 if a log could not be read, and names it', async () => {
    place.put('damaged.json', '{"Records": [');
    const { code, stderr } = await timeline('i-0a1 story.json.gz damaged.json --account account.json');
    expect(code).toBe(2);
    expect(stderr).toContain('warning: damaged.json');
  });

  it('tells the life of a session and of an interface of the example', async () => {
    const run = async (id: string) => {
      const { stdout } = await place.run('timeline', id, ...EXAMPLE, '-o', 'json');
      return JSON.parse(stdout) as TimelineDocument;
    };
    const session = await run('tms-05aeaa9a75157887c');
    expect(session.events).toMatchObject([
      {
        what: 'session tms-05aeaa9a75157887c from eni-08bfd23602dec1212 to tmt-0bad00000000bad00 created',
        actor: expect.stringContaining('shop-web'),
      },
    ]);
    expect(session.spans.map(({ mirroring }) => mirroring)).toEqual(['absent', 'no']);

    const source = await run('eni-08bfd23602dec1212');
    expect(source).toMatchObject({ resourceType: 'AWS::EC2::NetworkInterface', compliance: { tags: null } });
    expect(source.events.map(({ eventName, touches }) => `${eventName} ${touches}`)).toEqual([
      'DeleteTrafficMirrorSession possibly',
      'CreateTrafficMirrorSession surroundings',
    ]);
  });

  it('tells why a mirrored instance of the example went blind: the group of its sensor was closed', async () => {
    const { stdout } = await place.run('audit', ...EXAMPLE.slice(1), '-o', 'json');
    const findings: readonly { rule: string; resourceId: string; reason: string }[] = JSON.parse(stdout).findings;
    const blind = findings.find(
      ({ rule, reason }) => rule === 'mirror-ineffective' && reason.includes('security group'),
    );
    const { stdout: life } = await place.run('timeline', blind?.resourceId ?? '', ...EXAMPLE);
    expect(life).toMatch(
      /2026-03-17 11:44:19 {2}security group sg-\w+ closed: udp 4789 from 10\.20\.0\.0\/16\n {4}by erin \(RevokeSecurityGroupIngress\); from then on not mirrored\n/,
    );
    expect(life).toMatch(/2026-03-17 11:44:19 to 2026-03-17 11:\d\d:\d\d \([^)]*\): tagged, not mirrored/);
  });
});
