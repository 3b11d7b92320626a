/** The example's story is told in examples/story.ts; the small stories here take place after noon on the same day. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/report/report.ts';
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

const untagged = (minute: number, ...keys: readonly string[]) =>
  aRecord(
    'DeleteTags',
    minute,
    { resourcesSet: { items: [{ resourceId: 'i-0a1' }] }, tagSet: { items: keys.map((key) => ({ key })) } },
    { _return: true },
  );

// i-0a1 is launched with its tag at 12:07 and untagged from 12:10 to 13:00. i-0b2 was tagged by nobody knows whom.
const STORY = [
  aRecord('DescribeInstances', 0, {}, null),
  aLaunchRecord(7, 'i-0a1', { Team: 'shop' }),
  untagged(10, 'Team'),
  aTagRecord(60, 'i-0a1', { Team: 'shop' }),
  aTagRecord(30, 'i-0b2', { Team: 'web' }),
  aRecord('DescribeInstances', 90, {}, null),
];
const ACCOUNT = {
  ...anInventory(),
  instances: [
    anInstance({ instanceId: 'i-0a1', tags: [{ key: 'Team', value: 'shop' }] }),
    anInstance({ instanceId: 'i-0b2', tags: [{ key: 'Team', value: 'web' }] }),
  ],
};
place.put('story.json.gz', packed(STORY));
place.put('account.json', { ...Object(snapshotOf(ACCOUNT)), readAt: '2026-03-17T14:00:00Z' });
place.put('undated.json', snapshotOf(ACCOUNT));
place.put('config.json', { requiredTags: ['Team'] });

const audit = (line: string) => place.run('audit', ...line.split(' '));

async function reportAt(time: string, ...args: readonly string[]): Promise<Report> {
  const { stdout } = await place.run('audit', '--as-of', time, ...args, '-o', 'json');
  return JSON.parse(stdout) as Report;
}

/** The instances with an open finding and those that could not be judged, and how many passed. */
function answers({ findings, judgements, summary }: Report) {
  return {
    open: findings.filter(({ status }) => status === 'open').map(({ resourceId }) => resourceId),
    unknown: judgements.filter(({ result }) => result === 'unknown').map(({ resourceId }) => resourceId),
    passed: summary.judged?.pass,
  };
}

/** What a reader sees of a report: without tags, which keep ids and dates in one piece, and whatever the lines. */
const shownBy = (report: string): string => report.replaceAll(/<[^>]*>/g, '').replace(/\s+/g, ' ');

describe('mirrorwatch audit --as-of', () => {
  it.each([
    ['12:06:59', { open: [], unknown: ['i-0b2'], passed: 0 }, 'before the launch'],
    ['12:07:00', { open: [], unknown: ['i-0b2'], passed: 1 }, 'in the second of the launch'],
    ['12:10:00', { open: ['i-0a1'], unknown: ['i-0b2'], passed: 0 }, 'in the second in which the tag was removed'],
    ['12:59:59', { open: ['i-0a1'], unknown: [], passed: 1 }, 'just before the tag was set again'],
    ['13:00:00', { open: [], unknown: [], passed: 2 }, 'since then'],
  ])('judges the account as it was at %s: %o, %s', async (time, expected) => {
    expect(answers(await reportAt(`2026-03-17T${time}Z`, 'story.json.gz', '--account', 'account.json'))).toEqual(
      expected,
    );
  });

  it('names the configured rules of which nothing found says nothing', async () => {
    const watch = {
      securityGroupOpen: {},
      rules: [{ name: 'trail-stopped', pattern: { eventName: ['StopLogging'] } }],
    };
    place.put('watch.json', { requiredTags: ['Team'], watch });
    const look = 'story.json.gz --account account.json --as-of 2026-03-17T13:00:00Z';
    const words = 'Not judged as of earlier times: security-group-open, rules on calls.';
    for (const format of ['table', 'markdown', 'html'])
      expect(shownBy((await audit(`${look} --config watch.json -o ${format}`)).stdout)).toContain(
        format === 'html' ? words.slice(0, -1) : words,
      );
    const { asOf } = JSON.parse((await audit(`${look} --config watch.json -o json`)).stdout) as Report;
    expect(asOf?.notJudged).toEqual(['security-group-open', 'custom:trail-stopped']);
    expect((await audit(look)).stdout).not.toContain('Not judged');
  });

  it('calls what a record lacks unknown, with that record as the reason', async () => {
    const { judgements, asOf } = await reportAt('2026-03-17T12:20:00Z', 'story.json.gz', '--account', 'account.json');
    expect(judgements).toMatchObject([
      {
        resourceId: 'i-0b2',
        result: 'unknown',
        reason: 'the record of CreateTags at 2026-03-17T12:30:00Z does not say which values the tags had before',
      },
    ]);
    expect(asOf).toEqual({
      at: '2026-03-17T12:20:00.000Z',
      accountReadAt: '2026-03-17T14:00:00.000Z',
      records: [
        {
          ...{ accountId: '111122223333', region: 'eu-west-1' },
          ...{ first: '2026-03-17T12:07:00.000Z', last: '2026-03-17T13:00:00.000Z' },
        },
      ],
      unknown: 1,
    });
  });

  it('names as cause only what happened until then, dates the finding at the time, and offers no command', async () => {
    const { findings } = await reportAt('2026-03-17T12:30:00Z', 'story.json.gz', '--account', 'account.json');
    expect(findings).toMatchObject([
      {
        resourceId: 'i-0a1',
        cause: { kind: 'call', calls: [{ actor: 'dana', eventName: 'DeleteTags' }] },
        ...{ firstSeen: '2026-03-17T12:30:00.000Z', lastSeen: '2026-03-17T12:30:00.000Z' },
        seenBecause: 'a look back at 2026-03-17T12:30:00Z',
      },
    ]);
    expect(findings[0]?.fix).toMatch(/^No command: this was so at 2026-03-17T12:30:00Z\./);
  });

  it('says in the table and in HTML which time it is about and what it rests on', async () => {
    const { stdout, code } = await audit(
      '--as-of 2026-03-17T12:30:00Z story.json.gz --account account.json -o table -o html=report.html',
    );
    expect(code).toBe(3);
    const words =
      'As of 2026-03-17 12:30:00 UTC, taken back from the account as read at 2026-03-17 14:00:00 UTC by records from 2026-03-17 12:07:00 UTC to 2026-03-17 13:00:00 UTC';
    expect(stdout.replaceAll('\n', ' ')).toContain(words);
    expect(shownBy(readFileSync(place.path('report.html'), 'utf8'))).toContain(words);
  });

  it('looks further for the first and the last record where the calls that changed something do not reach', async () => {
    const { asOf } = await reportAt('2026-03-17T12:01:00Z', 'story.json.gz', '--account', 'account.json');
    expect(asOf?.records).toMatchObject([{ first: '2026-03-17T12:00:00.000Z', last: '2026-03-17T13:30:00.000Z' }]);
  });

  it.each([
    ['--as-of 2026-03-17T11:59:59Z story.json.gz --account account.json', 'its records begin at 2026-03-17T12:00:00Z'],
    ['--as-of 2026-03-17T13:30:01Z story.json.gz --account account.json', 'its records end at 2026-03-17T13:30:00Z'],
    [
      '--as-of 2026-03-17T14:00:01Z story.json.gz --account account.json',
      'is after the snapshot, which was read at 2026-03-17T14:00:00.000Z',
    ],
    ['--as-of 2099-01-01T00:00:00Z story.json.gz --account undated.json', 'is in the future'],
    ['--as-of 2026-03-17T12:30:00Z --account account.json', '--as-of needs the logs'],
    ['story.json.gz --account account.json', 'audit judges the account as it is and reads no logs: add --as-of TIME'],
    [
      '--as-of 2026-03-17T12:30:00Z story.json.gz --account account.json --ledger l.sqlite --mail mail',
      'it records nothing and mails nothing',
    ],
    ['--as-of noon story.json.gz --account account.json', 'It must be a day'],
    [
      '--as-of 2026-03-17T12:30:00Z story.json.gz --account account.json --ledger none.sqlite',
      'there is no ledger at none.sqlite',
    ],
  ])('refuses what cannot be answered: %s', async (line, reason) => {
    const { code, stdout, stderr } = await audit(line);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(reason);
  });

  it('judges an account without a date, and says that it has none', async () => {
    const { stdout } = await audit('--as-of 2026-03-17T12:30:00Z story.json.gz --account undated.json');
    expect(stdout.replaceAll('\n', ' ')).toContain('the account, whose snapshot does not say when it was read, by');
  });

  it('leaves out calls from after the snapshot', async () => {
    place.put('later.json.gz', packed([...STORY, aTagRecord(600, 'i-0a1', { Team: 'later' }), untagged(660, 'Team')]));
    const early = await reportAt('2026-03-17T12:30:00Z', 'later.json.gz', '--account', 'account.json');
    expect(answers(early)).toEqual({ open: ['i-0a1'], unknown: [], passed: 1 });
  });

  it('judges the snapshot itself, not the copy in which sessions were simulated', async () => {
    place.put('mine.json', readFileSync(place.path('account.json')));
    const copyOf = createHash('sha256')
      .update(readFileSync(place.path('mine.json')))
      .digest('hex');
    place.put('mine.applied.json', { ...Object(snapshotOf({ ...ACCOUNT, instances: [] })), copyOf });
    expect((await audit('--account mine.json')).stderr).toContain('resuming with mine.applied.json');
    expect(answers(await reportAt('2026-03-17T13:00:00Z', 'story.json.gz', '--account', 'mine.json')).passed).toBe(2);
  });

  it('asks the ledger for what the logs lack, and writes nothing to it', async () => {
    const created = {
      trafficMirrorSession: {
        ...{ trafficMirrorSessionId: 'tms-1', networkInterfaceId: 'eni-1', trafficMirrorTargetId: 'tmt-a' },
        ...{ trafficMirrorFilterId: 'tmf-1', sessionNumber: 1, ownerId: 111122223333 },
      },
    };
    const early = aRecord('CreateTrafficMirrorSession', 2, {}, { CreateTrafficMirrorSessionResponse: created });
    const request = { DeleteTrafficMirrorSessionRequest: { TrafficMirrorSessionId: 'tms-1' } };
    place.put('early.json.gz', packed([early]));
    place.put(
      'late.json.gz',
      packed([...STORY, aRecord('DeleteTrafficMirrorSession', 40, request, { _return: true })]),
    );
    place.put('mirrored.json', snapshotOf(anInventory()));
    place.put('mirror.json', { mirroring: { filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] } });
    const world = ['--account', 'mirrored.json', '--config', 'mirror.json'];
    await place.run('scan', 'early.json.gz', ...world, '--ledger', 'history.sqlite');
    const before = readFileSync(place.path('history.sqlite'));

    const at = '2026-03-17T12:30:00Z';
    const without = await reportAt(at, 'late.json.gz', ...world);
    expect(without.judgements.map(({ resourceId, rule, result }) => [resourceId, rule, result])).toContainEqual([
      ...['i-1', 'instance-unmirrored', 'unknown'],
    ]);
    const known = await reportAt(at, 'late.json.gz', ...world, '--ledger', 'history.sqlite');
    expect(known.judgements.filter(({ result }) => result === 'unknown')).toEqual([]);
    expect(known.findings.filter(({ rule }) => rule === 'instance-unmirrored')).not.toContainEqual(
      expect.objectContaining({ resourceId: 'i-1' }),
    );
    expect(readFileSync(place.path('history.sqlite'))).toEqual(before);
  });

  it('names a region of which the logs have no record, and exits with 2', async () => {
    const other = { ...anInventory(), region: 'us-east-1' };
    place.put('two.json', { ...Object(snapshotOf(ACCOUNT, other)), readAt: '2026-03-17T14:00:00Z' });
    const { code, stderr } = await audit('--as-of 2026-03-17T12:30:00Z story.json.gz --account two.json');
    expect(code).toBe(2);
    expect(stderr).toContain('111122223333:us-east-1: the logs have no record of it');
  });

  it('counts such a region as not covered by the records, and as no input', async () => {
    const other = { ...anInventory(), region: 'us-east-1' };
    place.put('two.json', { ...Object(snapshotOf(ACCOUNT, other)), readAt: '2026-03-17T14:00:00Z' });
    const line = '--as-of 2026-03-17T12:30:00Z story.json.gz --account two.json -o table -o json=two.report.json';
    const { stdout } = await audit(line);
    expect(stdout).toContain('1 account and region not covered by the records');
    expect(stdout).not.toMatch(/inputs? not read/);
    expect((JSON.parse(readFileSync(place.path('two.report.json'), 'utf8')) as Report).input.rejected).toEqual([
      expect.objectContaining({ path: '111122223333:us-east-1', of: 'past' }),
    ]);
  });

  it('takes the story of the example back', async () => {
    const before = await reportAt('2026-03-17T08:01:00Z', ...EXAMPLE);
    const openBefore = before.findings.filter(({ status }) => status === 'open').map(({ rule }) => rule);
    // What no record of the story caused: it was so when the records began.
    expect(openBefore.toSorted()).toEqual([
      'instance-untagged',
      'mirror-duplicate',
      'mirror-ineffective',
      'mirror-orphan',
    ]);
    const doubts = new Set(before.judgements.map(({ reason }) => /the record of \w+/.exec(reason)?.[0]));
    // The tag that Erin removed, the one that she emptied, and the session that she deleted by its id.
    expect(doubts).toEqual(
      new Set(['the record of DeleteTags', 'the record of CreateTags', 'the record of DeleteTrafficMirrorSession']),
    );
  });

  it('shows the example in the middle of its story', async () => {
    const { findings } = await reportAt('2026-03-17T10:00:00Z', ...EXAMPLE);
    const open = findings.filter(({ status }) => status === 'open');
    const names = new Set(open.map(({ detail }) => detail.name));
    // Launched before ten, terminated after it.
    expect(names).toContain('gone-1');
    // At ten, the sensor's port was open, and the rogue session did not exist.
    expect(open.map(({ rule }) => rule)).not.toContain('mirror-rogue');
    const payments = open.find(({ rule, detail }) => rule === 'instance-untagged' && detail.name === 'payments-1');
    expect(payments?.cause.kind).toBe('possible');
  });
});
