/** Each kind of mail as its reader gets it, and what must be true of every mail, no matter what a tag or a log contains. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeDigest } from '../../src/alert/compose-digest.ts';
import { composeBurst, composeFindingsMail, composeReminder } from '../../src/alert/compose-findings.ts';
import { composeFailure, composeResolved } from '../../src/alert/compose-notes.ts';
import type { AlertMessage } from '../../src/alert/message.ts';
import type { MailContext } from '../../src/alert/sections.ts';
import { actorLabel } from '../../src/alert/wording.ts';
import type { Cause } from '../../src/audit/cause.ts';
import type { Finding } from '../../src/audit/finding.ts';
import type { LedgerEntry } from '../../src/ledger/ledger.ts';
import type { Outcome } from '../../src/remediation/outcome.ts';
import type { CreateSessionStep } from '../../src/remediation/plan.ts';
import { aCall, callBy, calls, configuration, possible, unknown } from '../support/causes.ts';
import { aCallFinding, aDetail, aFinding, anEntry, anEvidence, aRun, NOW } from '../support/findings.ts';

const CONTEXT: MailContext = {
  now: NOW,
  graceSeconds: 300,
  immediate: 'medium',
  reportUrl: 'https://reports.example.com/latest.html',
};

const DAY_MS = 24 * 60 * 60 * 1000;

function daysAgo(days: number): Date {
  return new Date(NOW.getTime() - days * DAY_MS);
}

function id(number: number): string {
  return `i-0${number.toString(16).padStart(16, '0')}`;
}

const AUTO_SCALING = anEvidence({
  eventID: '7a1d0c55-9b1e-4f43-8f9a-2b6c52a90002',
  eventTime: '2026-11-20T11:40:00.000Z',
  actor: 'Auto Scaling',
  sourceIPAddress: 'autoscaling.amazonaws.com',
  userAgent: 'autoscaling.amazonaws.com',
});

const LAUNCH = aCall(anEvidence().actor);
const SCALING = aCall('Auto Scaling', { eventTime: AUTO_SCALING.eventTime, eventID: AUTO_SCALING.eventID });

function untagged(number: number, parts: Partial<Finding> = {}): Finding {
  return aFinding({
    resourceId: id(number),
    cause: LAUNCH,
    launchedBy: anEvidence().actor,
    seenBecause: 'RunInstances at 2026-11-20T10:00:00Z',
    reason: `web-${number} is missing tags: CostCenter, Owner.`,
    detail: aDetail({ name: `web-${number}` }),
    ...parts,
  });
}

function unmirrored(number: number, parts: Partial<Finding> = {}): Finding {
  return aFinding({
    rule: 'instance-unmirrored',
    severity: 'high',
    resourceId: id(number),
    reason: `No working mirror session on eni-0${number}; tmt-0a in the same zone could take it.`,
    cause: possible('erin@example.com', 'the record names only the session'),
    launchedBy: 'Auto Scaling',
    owner: undefined,
    detail: aDetail({ name: `db-${number}` }),
    evidence: [AUTO_SCALING],
    fix: 'mirrorwatch mirror apply',
    ...parts,
  });
}

function outcome(number: number, parts: Partial<Outcome> = {}, step: Partial<CreateSessionStep> = {}): Outcome {
  return {
    step: {
      kind: 'create-session',
      accountId: '111122223333',
      region: 'eu-west-1',
      networkInterfaceId: 'eni-01',
      resourceId: id(number),
      trafficMirrorTargetId: 'tmt-0a000000000000001',
      trafficMirrorFilterId: 'tmf-0a000000000000001',
      sessionNumber: 1,
      alternatives: [],
      tags: [],
      reason: 'least loaded target in the same zone',
      ...step,
    },
    result: 'done',
    reason: 'created',
    trafficMirrorSessionId: 'tms-0a000000000000001',
    ...parts,
  };
}

function findingsMail(): AlertMessage {
  const findings = [
    ...[1, 2, 3, 4, 5].map((number) => untagged(number)),
    unmirrored(8),
    unmirrored(9, {
      remediation: {
        kind: 'create-session',
        outcome: 'unplaced',
        reason: 'every sensor in eu-west-1a is full (10 of 10)',
      },
    }),
  ];
  return composeFindingsMail(
    {
      entries: findings.map((finding) => anEntry(finding)),
      outcomes: [outcome(8)],
      resolved: [anEntry(untagged(77, { status: 'resolved' }), { resolvedBy: 'erin@example.com' })],
      failures: [
        { path: 's3://trail/AWSLogs/111122223333/CloudTrail/x.json.gz', reason: 'the gzip stream ends too early' },
      ],
    },
    CONTEXT,
  );
}

function burst(): AlertMessage {
  const entries = Array.from({ length: 214 }, (_, index) =>
    anEntry(
      untagged(index, {
        cause: index % 10 === 0 ? LAUNCH : SCALING,
        evidence: [index % 10 === 0 ? anEvidence() : AUTO_SCALING],
        detail: aDetail({ name: `web-${index}`, autoScalingGroupName: 'web-asg', imageId: 'ami-0a1b2c3d4e5f60718' }),
      }),
    ),
  );
  return composeBurst({ entries, outcomes: [] }, CONTEXT);
}

function reminder(): AlertMessage {
  const entry = anEntry(untagged(1, { firstSeen: daysAgo(8).toISOString() }), { notified: { notified: daysAgo(7.5) } });
  return composeReminder([{ entry, stage: 'reminded-week' }], { entries: [], outcomes: [] }, CONTEXT);
}

function resolved(): AlertMessage {
  const entries = [
    anEntry(untagged(1, { status: 'resolved' }), { resolvedBy: 'dana@example.com', resolvedAt: NOW }),
    anEntry(unmirrored(2, { status: 'resolved' }), { resolvedAt: new Date(NOW.getTime() - 60_000) }),
  ];
  return composeResolved(entries, CONTEXT);
}

const RUN = aRun({
  at: daysAgo(0.1),
  coverage: [
    { accountId: '111122223333', region: 'eu-west-1', rule: 'instance-untagged', checked: 214, passed: 208 },
    { accountId: '111122223333', region: 'eu-west-1', rule: 'instance-unmirrored', checked: 210, passed: 190 },
  ],
});

function digest(): AlertMessage {
  const entries = [
    anEntry(unmirrored(3), { openedAt: daysAgo(0.2) }),
    anEntry(untagged(1), { openedAt: daysAgo(2.5) }),
    anEntry(untagged(2, { status: 'resolved' }), {
      openedAt: daysAgo(3),
      resolvedAt: daysAgo(0.5),
      resolvedBy: 'erin',
    }),
    anEntry(untagged(4, { status: 'muted' }), { openedAt: daysAgo(3) }),
  ];
  const source = { every: 'daily', entries, runs: [RUN], lastLogAt: new Date(NOW.getTime() - 4 * 60_000) } as const;
  return composeDigest(source, CONTEXT);
}

function heartbeat(): AlertMessage {
  const source = {
    every: 'weekly',
    entries: [],
    runs: [RUN],
    lastLogAt: new Date(NOW.getTime() - 4 * 60_000),
  } as const;
  return composeDigest(source, { now: NOW });
}

function failure(): AlertMessage {
  return composeFailure(
    [
      { path: 's3://other-bucket/AWSLogs/x.json.gz', reason: 'the bucket is not in trail.buckets', refused: true },
      { path: 's3://trail/AWSLogs/y.json.gz', reason: 'the gzip stream ends too early' },
    ],
    CONTEXT,
  );
}

/** Nothing in it was unreadable: records that CloudTrail cut, and a list that a snapshot lacks. */
function notJudged(): AlertMessage {
  return composeFailure(
    [
      {
        path: 'logs/y.json.gz#RunInstances',
        reason: '150 RunInstances records could not be judged: CloudTrail omitted what the call was about',
        of: 'records',
        records: 150,
      },
      {
        path: 'account.json: 111122223333/eu-west-1 SecurityGroups',
        reason: 'is not in the file, so whatever depends on it is unknown (an empty list means there are none)',
        of: 'snapshot',
      },
    ],
    CONTEXT,
  );
}

const MAILS = {
  findings: findingsMail,
  burst,
  reminder,
  resolved,
  digest,
  heartbeat,
  failure,
  'not-judged': notJudged,
};

describe('what nothing has seen for more than an hour', () => {
  const long = { lastSeen: '2026-11-20T09:30:00.000Z' };
  const seen = 'last seen 2026-11-20 09:30:00 UTC (2 h ago), and not checked since';
  const linesOf = (message: AlertMessage): string => message.body.replaceAll(/\n {2}/g, ' ');
  const mailOf = (count: number, parts: Partial<Finding>, compose = composeFindingsMail): string =>
    linesOf(
      compose(
        { entries: Array.from({ length: count }, (_, index) => anEntry(untagged(index, parts))), outcomes: [] },
        CONTEXT,
      ),
    );
  const timesIn = (text: string): number =>
    text.toLowerCase().split(seen.replace('last seen ', '').toLowerCase()).length - 1;

  it('is mailed with the time when it was seen last, in full, in a list and as an example', () => {
    expect(mailOf(1, long)).toContain(seen.replace('last seen', 'Last seen:'));
    expect(timesIn(mailOf(7, long))).toBe(7);
    expect(mailOf(7, long)).toContain(`, ${seen}\n`);
    expect(mailOf(60, long, composeBurst)).toContain(`; ${seen})`);
  });

  it('is mailed without it if no sweep would look again', () => {
    expect(mailOf(7, { ...long, rule: 'iam-user-after-hours' })).not.toMatch(/last seen/i);
  });
});

describe('mails', () => {
  it.each(Object.entries(MAILS))('%s matches its golden file', async (name, compose) => {
    const { subject, attributes, body } = compose();
    const text = `Subject: ${subject}\nAttributes: ${JSON.stringify(attributes)}\n\n${body}`;
    await expect(text).toMatchFileSnapshot(`../golden/mail/${name}.txt`);
  });

  it.each(Object.entries(MAILS))('%s stays within the limits of SNS', (_name, compose) => {
    expectInert(compose());
  });

  it.each(Object.entries(MAILS))('%s wraps prose at 72 columns, and nothing else', (_name, compose) => {
    const long = compose()
      .body.split('\n')
      .filter((line) => line.length > 72);
    expect(long.filter((line) => !/^(Links: )?https:|^aws |^mirrorwatch |^\{"resource"/.test(line))).toEqual([]);
  });

  it('are the same for the same findings in another order', () => {
    const entries = [untagged(1), untagged(2), unmirrored(3)].map((finding) => anEntry(finding));
    const alert = { entries, outcomes: [] };
    const mail = composeFindingsMail({ ...alert, entries: entries.toReversed() }, CONTEXT);
    expect(mail).toEqual(composeFindingsMail(alert, CONTEXT));
  });

  it.each([
    ['a day', ['reminded-day', 'reminded-day']],
    ['a week', ['reminded-week', 'reminded-week']],
    ['a day, some after a week', ['reminded-day', 'reminded-week']],
  ] as const)('say that findings are still open after %s', (wait, stages) => {
    const reminders = stages.map((stage, number) => ({ entry: anEntry(untagged(number)), stage }));
    const { body } = composeReminder(reminders, { entries: [], outcomes: [] }, CONTEXT);
    const [first] = body.replace(/\n {2}/g, ' ').split('\n');
    expect(first).toBe(`2 instances untagged in 111122223333 eu-west-1, still open after ${wait}.`);
  });

  it('count the new resources that were repaired immediately', () => {
    const entries = [anEntry(untagged(1))];
    const repaired = [2, 3].map((number) => anEntry(unmirrored(number, { status: 'resolved', cause: LAUNCH })));
    const { body } = composeFindingsMail({ entries, repaired, outcomes: [] }, CONTEXT);
    expect(body).toContain('\n\n2 more findings, repaired immediately. Nothing to do.\n\nReport: ');
  });

  it('leave out a command that is unsafe to paste', () => {
    const finding = untagged(1, { fix: 'aws ec2 create-tags --tags Key=a,Value=\u202Ex\u0007' });
    const { body } = composeFindingsMail({ entries: [anEntry(finding)], outcomes: [] }, CONTEXT);
    expect(body).toContain('Fix: see the report');
    expect(body).not.toContain('Key=a');
  });

  it('stay within the size limit when thousands of values are too long', () => {
    const long = 'x'.repeat(100_000);
    const entries = Array.from({ length: 3_000 }, (_, index) =>
      anEntry(untagged(index, { reason: long, fix: long, evidence: [anEvidence({ actor: `${long}${index}` })] })),
    );
    expectInert(composeFindingsMail({ entries, outcomes: [] }, CONTEXT));
    expectInert(composeBurst({ entries, outcomes: [] }, CONTEXT));
  });
});

/** The body with each paragraph unwrapped. */
function unwrapped({ body }: AlertMessage): string {
  return body.replace(/\n {2}/g, ' ');
}

function findingsMailOf(...findings: readonly Finding[]): AlertMessage {
  return composeFindingsMail({ entries: findings.map((finding) => anEntry(finding)), outcomes: [] }, CONTEXT);
}

describe('a mail about a finding of a rule of the configuration', () => {
  const mailAbout = (parts: Partial<Finding> = {}) =>
    composeFindingsMail({ entries: [anEntry(aCallFinding(parts))], outcomes: [] }, CONTEXT);

  it("has the rule's title, and says who called, with what, from where, when and how often", () => {
    const { subject, body } = mailAbout();
    expect(subject).toBe('[mirrorwatch] CRITICAL CloudTrail trail stopped by erin, 111122223333 eu-west-1');
    const about = body.replaceAll(/\s+/g, ' ');
    for (const words of [
      'CloudTrail trail stopped: management-events in 111122223333 eu-west-1, by erin.',
      '--- CRITICAL CloudTrail trail stopped: 1, by erin ---',
      'Rule: custom:trail-stopped',
      'Called by: erin (StopLogging, 10:00 UTC), with the AWS CLI, from 203.0.113.7',
      'When: 2026-11-20 10:00:00 UTC (2 h ago), the newest of 3 calls since 2026-11-20 08:00:00 UTC',
      'What we did: nothing; calls are not undone automatically',
      'Fix: Start the trail again, and look at what the caller did before.',
    ])
      expect(about).toContain(words);
    expect(body).not.toMatch(/Seen because|Caused by/);
  });

  it('has its name where it has no title, and does not count a single call', () => {
    const { subject, body } = mailAbout({ detail: { eventCount: 1 } });
    expect(subject).toContain('CRITICAL trail-stopped by erin');
    expect(body).toContain('--- CRITICAL trail-stopped: 1, by erin ---');
    expect(body).toMatch(/^Rule: custom:trail-stopped$/m);
    expect(body).not.toContain(', the newest of');
  });
});

describe('who is named in a mail about a finding', () => {
  const bystander = anEvidence({ eventID: 'near', actor: 'bystander', eventTime: '2026-11-20T11:59:00.000Z' });
  const evidence = [bystander, anEvidence({ role: 'cause' })];
  const launchedBy = 'ada@example.com';
  const owner = 'team-web@example.com';

  it.each<[string, Cause, string]>([
    [
      'who made the call, with its tool and address',
      aCall('shop-web', { eventName: 'CreateTrafficMirrorSession' }),
      'Caused by: shop-web (CreateTrafficMirrorSession, 10:00 UTC), with the AWS CLI, from 203.0.113.7\n',
    ],
    [
      'all who did it together',
      calls(callBy('erin'), callBy('dana')),
      'Caused by: erin (RunInstances, 10:00 UTC) and dana (RunInstances, 10:00 UTC) together\n',
    ],
    [
      'as possible who may have done it, and why it is not proven',
      possible('erin', 'the tag may not have been there'),
      'Cause: possibly erin (DeleteTags, 10:00 UTC): the tag may not have been there\n',
    ],
    [
      'nobody when it is unknown, with the reason',
      unknown('it was so before the logs begin'),
      'Cause: unknown: it was so before the logs begin\n',
    ],
    [
      'nobody when our configuration changed',
      configuration(),
      'Cause: our configuration, not a call: the required tags changed\n',
    ],
  ])('%s', (_, cause, line) => {
    const mail = findingsMailOf(untagged(1, { cause, evidence, launchedBy, owner }));
    expect(unwrapped(mail)).toContain(`\n${line}Launched by: ${launchedBy}\nOwner: ${owner}\n`);
    expect(mail.body).not.toContain('bystander');
    if (cause.kind === 'possible' || cause.kind === 'unknown') expect(mail.body).not.toMatch(/by (erin|bystander)/);
  });

  it('leaves out the launcher and the owner if they are not known', () => {
    const { body } = findingsMailOf(untagged(1, { launchedBy: undefined, owner: undefined }));
    expect(body).not.toMatch(/^(Launched by|Owner):/m);
  });

  it('names who made a rogue session, not who launched the instance', () => {
    const rogue = untagged(1, {
      rule: 'mirror-rogue',
      severity: 'critical',
      cause: aCall('shop-web', { eventName: 'CreateTrafficMirrorSession' }),
      launchedBy: 'dana',
    });
    const mail = findingsMailOf(rogue);
    expect(mail.subject).toMatch(/^\[mirrorwatch\] CRITICAL 1 instance .* by shop-web, 111122223333 eu-west-1$/);
    expect(unwrapped(mail)).toMatch(/^--- CRITICAL [A-Z].*: 1, by shop-web ---$/m);
    expect(mail.body).toMatch(/^Rule: mirror-rogue$/m);
    expect(unwrapped(mail)).toMatch(/^1 instance .*, by shop-web\.$/m);
    expect(mail.body).toContain('Launched by: dana');
  });

  it.each<[string, readonly Cause[], string]>([
    ['one', [aCall('dana'), aCall('dana')], ', by dana.'],
    ['the number of several', [aCall('dana'), aCall('erin')], ', by 2 different actors.'],
    ['nobody unless all are proven', [aCall('dana'), possible('dana')], 'eu-west-1.'],
    ['nobody if none is proven', [unknown(), unknown()], 'eu-west-1.'],
  ])('in the first line: %s', (_, causes, ending) => {
    const mail = findingsMailOf(...causes.map((cause, number) => untagged(number, { cause })));
    expect(unwrapped(mail).split('\n')[0]).toMatch(new RegExp(`${ending.replaceAll('.', '\\.')}$`));
    expect(mail.subject.includes(' by ')).toBe(ending === ', by dana.');
  });

  it.each<[string, Partial<Finding>, string]>([
    ['who caused it', {}, 'missing or invalid CostCenter, Owner, by dana@example.com (AWSReservedSSO_Developer)'],
    ['who may have', { cause: possible('erin') }, 'missing or invalid CostCenter, Owner, possibly erin'],
    ['that it is unknown', { cause: unknown() }, 'missing or invalid CostCenter, Owner, cause unknown'],
    [
      'what is wrong in words when no tag is missing',
      { rule: 'instance-unmirrored', detail: {}, reason: `${id(9)} has no working mirror session.` },
      'instance-unmirrored: has no working mirror session, by dana@example.com (AWSReservedSSO_Developer)',
    ],
  ])('beyond the fifth finding, a line still says %s', (_, parts, words) => {
    const mail = findingsMailOf(...[1, 2, 3, 4, 5].map((n) => untagged(n, { severity: 'high' })), untagged(9, parts));
    expect(unwrapped(mail)).toMatch(new RegExp(`\n- ${id(9)}.*: ${words.replace(/[().]/g, '\\$&')}\n`));
  });

  it('counts those that are proven, and how many are not', () => {
    const findings = [aCall('dana'), aCall('dana'), unknown()].map((cause, number) => untagged(number, { cause }));
    const entries = findings.map((finding) => anEntry(finding));
    expect(composeBurst({ entries, outcomes: [] }, CONTEXT).body).toContain('Caused by: dana (2), not proven (1)');
  });

  it('says who made the calls that findings are about, and not that they caused them', () => {
    const stopped = anEntry(aCallFinding());
    const untaggedByErin = anEntry(untagged(1, { cause: aCall('erin') }));
    const burst = (...entries: readonly LedgerEntry[]) => composeBurst({ entries, outcomes: [] }, CONTEXT).body;
    expect(burst(stopped)).toContain('Called by: erin (1)');
    expect(burst(stopped)).not.toContain('Caused by');
    expect(burst(stopped, untaggedByErin)).toMatch(/\nCaused by: erin \(1\)\nCalled by: erin \(1\)\n/);
    expect(actorLabel([stopped.finding])).toBe('Called by');
    expect(actorLabel([untaggedByErin.finding])).toBe('Caused by');
    expect(actorLabel([stopped.finding, untaggedByErin.finding])).toBe('Caused or called by');
  });

  it('says what several resolved findings are due to once', () => {
    const entries = [1, 2, 3].map((number) => anEntry(untagged(number, { status: 'resolved', cause: aCall('dana') })));
    const mail = composeResolved(entries, CONTEXT);
    expect(unwrapped(mail).match(/dana/g)).toHaveLength(1);
    expect(mail.body).toContain('\nCaused by (all 3): dana (RunInstances, 10:00 UTC)\n');
  });

  it('lists resolved findings without a known cause last, so that they do not seem to share that of the next', () => {
    const of = (number: number, cause: Cause) => anEntry(untagged(number, { status: 'resolved', cause }));
    const { body } = composeResolved([of(1, unknown()), of(2, aCall('dana')), of(3, aCall('dana'))], CONTEXT);
    expect(body.indexOf('web-1')).toBeGreaterThan(body.indexOf('Caused by (all 2): dana'));
    expect(body.indexOf('Caused by (all 2): dana')).toBeGreaterThan(-1);
  });

  it('dates the age of a resolved finding from when it was found, since it may have begun earlier', () => {
    const entry = anEntry(untagged(1, { status: 'resolved' }), {
      openedAt: new Date(NOW.getTime() - 3 * 60_000),
      resolvedAt: NOW,
    });
    expect(unwrapped(composeResolved([entry], CONTEXT))).toContain(', 3 min after it was found');
  });

  it('says of a repaired finding what broke it, only if that is known', () => {
    const broken = { eventName: 'DeleteTrafficMirrorSession' };
    const repaired = [aCall('erin', broken), unknown(), aCall('dana')].map((cause, number) =>
      anEntry(unmirrored(number, { status: 'resolved', cause })),
    );
    const mail = composeFindingsMail({ entries: [anEntry(untagged(9))], repaired, outcomes: [] }, CONTEXT);
    expect(unwrapped(mail)).toContain('\n2 more findings, repaired immediately.');
    expect(unwrapped(mail)).toMatch(
      /Broken by a call, and repaired:\n- .*: by erin \(DeleteTrafficMirrorSession, 10:00 UTC\); instance-unmirrored repaired/,
    );
  });
});

const HOSTILE: readonly (readonly [string, string])[] = [
  ['CRLF', 'a\r\nBcc: everyone@example.com'],
  ['right-to-left marks', '\u202Egnp.exe'],
  ['zero width', 'zero\u200Bwidth\uFEFF'],
  ['HTML', '<script>alert(1)</script>'],
  ['a formula', '=HYPERLINK("http://evil.example")'],
  ['a link', 'https://evil.example/login'],
  ['256 emoji', '😀'.repeat(256)],
  ['joined emoji', '👩‍👩‍👧'.repeat(60)],
  ['control characters', '\u0000\u0007\u001b[2J'],
  ['a lone surrogate', '\ud800 alone'],
  ['separators', '\u2028line\u2029paragraph'],
  ['fillers', '\u3164\u115F\u034F'],
  ['300,000 characters', 'w'.repeat(300_000)],
  ['nothing', ''],
  ['a ruler', '-'.repeat(80)],
];

describe('hostile text', () => {
  it.each(HOSTILE)('is inert in every field: %s', (_name, text) => {
    for (const mail of everyMailWith(text)) expectInert(mail);
  });

  it('is inert for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        for (const mail of everyMailWith(text)) expectInert(mail);
      }),
      { numRuns: 60 },
    );
  });

  it('never starts a line of its own', () => {
    const [mail] = everyMailWith('x\nWhat we did: nothing, all is well');
    expect(mail?.body).not.toMatch(/^What we did: nothing, all is well/m);
  });
});

/** Every kind of mail with `text` in every field that an outsider controls, for every kind of cause. */
function everyMailWith(text: string): readonly AlertMessage[] {
  const call = callBy(text, { eventName: text, eventTime: text, eventID: text });
  const causes: readonly Cause[] = [
    { kind: 'call', calls: [call] },
    { kind: 'calls', calls: [call, { ...call, actor: `${text}2` }] },
    { kind: 'possible', calls: [call], reason: text },
    { kind: 'unknown', reason: text },
  ];
  return causes.flatMap((cause) => everyMailAbout(text, cause));
}

function everyMailAbout(text: string, cause: Cause): readonly AlertMessage[] {
  const finding = aFinding({
    resourceId: text,
    cause,
    launchedBy: text,
    owner: text,
    seenBecause: text,
    rule: `custom:${text}`,
    accountId: text,
    region: text,
    reason: text,
    detail: {
      name: text,
      vpcId: text,
      availabilityZone: text,
      imageId: text,
      autoScalingGroupName: text,
      ruleTitle: text,
      eventCount: 2,
    },
    evidence: [anEvidence({ actor: text, eventName: text, sourceIPAddress: text, userAgent: text, eventID: text })],
    remediation: { kind: text, outcome: 'failed', reason: text, trafficMirrorSessionId: text },
    fix: text,
  });
  const entry = anEntry(finding, { resolvedBy: text, outcomes: [{ at: NOW, result: 'failed', reason: text }] });
  const resolvedEntry = { ...entry, resolvedAt: NOW };
  const failures = [{ path: text, reason: text }];
  const ours = outcome(
    1,
    { reason: text, trafficMirrorSessionId: text },
    { resourceId: text, accountId: text, region: text },
  );
  const alert = { entries: [entry], outcomes: [ours], resolved: [resolvedEntry], failures };
  return [
    composeFindingsMail(alert, CONTEXT),
    composeFindingsMail({ entries: [entry], outcomes: [] }, CONTEXT),
    composeBurst(alert, CONTEXT),
    composeReminder([{ entry, stage: 'reminded-day' }], alert, CONTEXT),
    composeResolved([resolvedEntry], CONTEXT, failures),
    composeFailure(failures, CONTEXT),
    composeDigest({ every: 'daily', entries: [entry, resolvedEntry], runs: [], lastLogAt: null, failures }, CONTEXT),
  ];
}

function expectInert({ subject, body, attributes }: AlertMessage): void {
  expect(subject).toMatch(/^[\x20-\x7e]{1,99}$/);
  const attributeBytes = Buffer.byteLength(Object.entries(attributes).flat().join(''));
  expect(Buffer.byteLength(body) + attributeBytes).toBeLessThanOrEqual(262_144);
  expect(Buffer.from(body).toString()).toBe(body);
  expect(body.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
  expect(body).not.toContain('https://evil');
  for (const value of Object.values(attributes)) expect(value).toMatch(/^[\x20-\x7e]+$/);
}
