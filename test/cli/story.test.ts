/**
 * Every finding of the example account has the cause that `examples/story.ts` tells, in every format, in `scan` and in the `audit` after
 * it. Sources without a session that existed before the logs may have had the one that erin deleted by its id.
 */

import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { account } from '../../examples/account.ts';
import { FILTER_ID, TARGETS } from '../../examples/mirroring.ts';
import { wrapped } from '../../examples/records.ts';
import { seeded } from '../../examples/seeded.ts';
import type { Finding } from '../../src/audit/finding.ts';
import { causeFacts, causeInBrief } from '../../src/report/cause-words.ts';
import type { PackedPage } from '../../src/report/html/packed.ts';
import { aPlace, type Place, packed } from '../support/command-line.ts';

const DANA = 'dana@example.com (AWSReservedSSO_Developer_0123456789abcdef)';
const TERRAFORM = 'deploy-terraform/gitlab-4711';
const ROOT = 'root@111122223333';

interface Told {
  readonly kind: Finding['cause']['kind'];
  /** `eventName by actor`, oldest first. */
  readonly calls?: readonly string[];
  readonly reason?: string;
  readonly launchedBy?: string;
}

const launched = (by: string): Told => ({ kind: 'call', calls: [`RunInstances by ${by}`], launchedBy: by });
const called = (call: string): Told => ({ kind: 'call', calls: [call] });
const BEFORE: Told = { kind: 'unknown', reason: 'it was so before the records begin' };
const EXEMPT: Told = { kind: 'unknown', reason: 'nothing has to be done about it, so no cause was looked for' };
const COUNTED: Told = { kind: 'unknown', reason: 'what was counted is in no record' };
const DELETION = 'DeleteTrafficMirrorSession by erin';
const possible = (reason: string, ...calls: readonly string[]): Told => ({ kind: 'possible', calls, reason });
const ITS_SOURCE = 'the record of DeleteTrafficMirrorSession names only the session, not what it was on';
const MAY_HAVE_LOST_IT = possible(ITS_SOURCE, DELETION);

type Row = readonly [rule: Finding['rule'], name: string, told: Told];

/** What the logs touched, as the story tells it. */
const SIGHTED: readonly Row[] = [
  // The web role mirrors a host to a target in an unknown account.
  ['mirror-rogue', 'search-3', called('CreateTrafficMirrorSession by shop-web/i-0aaaaaaaaaaaaaaaa')],
  // Launched that morning and never mirrored: seven, of which three never got their tags.
  ['instance-unmirrored', 'search-1', launched(DANA)],
  ['instance-unmirrored', 'search-2', launched(DANA)],
  ['instance-unmirrored', 'shop-web', launched('Auto Scaling group shop-web')],
  ['instance-unmirrored', 'shop-web', launched('Auto Scaling group shop-web')],
  ['instance-unmirrored', 'shop-web', launched('Auto Scaling group shop-web')],
  ['instance-unmirrored', 'billing-1', launched(TERRAFORM)],
  ['instance-unmirrored', 'legacy-1', launched(ROOT)],
  ['instance-untagged', 'search-1', launched(DANA)],
  ['instance-untagged', 'search-2', launched(DANA)],
  ['instance-untagged', 'legacy-1', launched(ROOT)],
  // Bare, and older than the logs: each may have had the session that erin deleted.
  ['instance-unmirrored', 'payments-1', MAY_HAVE_LOST_IT],
  ['instance-unmirrored', 'orders-1', MAY_HAVE_LOST_IT],
  ['instance-unmirrored', 'search-3', MAY_HAVE_LOST_IT],
  ['instance-unmirrored', 'cart-a3', MAY_HAVE_LOST_IT],
  ['instance-unmirrored', 'cart-b3', MAY_HAVE_LOST_IT],
  ['instance-unmirrored', 'ci-runner', MAY_HAVE_LOST_IT],
  ['instance-unmirrored', 'future-1', MAY_HAVE_LOST_IT],
  ['instance-unmirrored', 'AWS::ECS::Task', MAY_HAVE_LOST_IT],
  // Stopped until dana started it. With the session, it would be in order all the same.
  ['instance-unmirrored', 'report-1', possible(ITS_SOURCE, DELETION, `StartInstances by ${DANA}`)],
  // In order only with the session, and without the second interface besides.
  ['instance-unmirrored', 'db-1', possible(ITS_SOURCE, `AttachNetworkInterface by ${TERRAFORM}`, DELETION)],
  // Two interfaces without a session: the one that was deleted would not have been enough.
  ['instance-unmirrored', 'db-2', BEFORE],
  // Erin closed a sensor's port. The other sensor was terminated before the logs begin.
  ['mirror-ineffective', 'cart-a2', called('RevokeSecurityGroupIngress by erin')],
  ['mirror-ineffective', 'cart-b2', BEFORE],
  // She emptied one tag and deleted another: without older records, nobody knows what they were.
  [
    'instance-untagged',
    'orders-1',
    possible('the record of CreateTags does not say which values the tags had before', 'CreateTags by erin'),
  ],
  [
    'instance-untagged',
    'payments-1',
    possible('the record of DeleteTags does not say whether the tag was there', 'DeleteTags by erin'),
  ],
  ['mirror-orphan', 'AWS::EC2::TrafficMirrorSession', BEFORE],
];

/** What the audit of the whole account finds besides. */
const EXEMPTED = [
  ...['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'b3', 'c1', 'c2', 'c3'].map((target) => `sensor-${target}`),
  ...['bastion', 'batch-1', 'batch-2'],
];
const WHOLE: readonly Row[] = [
  ...SIGHTED,
  ['instance-untagged', 'batch-2', BEFORE],
  ['mirror-dropping', 'shop-web', COUNTED],
  ['mirror-duplicate', 'cart-c3', BEFORE],
  ['mirror-silent', 'cart-a1', COUNTED],
  ...EXEMPTED.map((name): Row => ['instance-unmirrored', name, EXEMPT]),
];

const CAST = account(seeded(4789));
const FORMATS = ['-o', 'jsonl=found.jsonl', '-o', 'html=found.html', '-o', 'ocsf=found.ocsf'];
const WORLD = ['--config', 'config.json', '--account', 'account.json', '--ledger', 'ledger.sqlite'];

/** The example account with its logs, in a folder of its own. */
function theExample(): Place {
  const place = aPlace();
  const root = new URL('../../', import.meta.url);
  place.put('config.json', readFileSync(new URL('config.json', root), 'utf8'));
  place.put('account.json', readFileSync(new URL('examples/account.json', root), 'utf8'));
  cpSync(new URL('examples/logs', root), place.path('logs'), { recursive: true });
  return place;
}

const scan = (place: Place): ReturnType<Place['run']> =>
  place.run('scan', 'logs', ...WORLD, ...FORMATS, '--mail', 'mail', '--now', '2026-03-17T12:30:00Z');
const audit = (place: Place): ReturnType<Place['run']> =>
  place.run('audit', ...WORLD, ...FORMATS, '--mail', 'mail-of-audit', '--now', '2026-03-17T12:31:00Z');

function linesOf<T>(place: Place, path: string): readonly T[] {
  const lines = readFileSync(place.path(path), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as T);
}
const findingsIn = (place: Place): readonly Finding[] => linesOf<Finding>(place, 'found.jsonl');

const nameOf = ({ detail, resourceType }: Finding): string => detail.name ?? resourceType;
const rowOf = (finding: Finding): string => `${finding.rule} ${nameOf(finding)}: ${JSON.stringify(toldBy(finding))}`;
const inRows = (rows: readonly Row[]): readonly string[] =>
  rows
    .map(
      ([rule, name, { kind, calls, reason, launchedBy }]) =>
        `${rule} ${name}: ${JSON.stringify({ kind, calls, reason, launchedBy })}`,
    )
    .toSorted();

function toldBy({ cause, launchedBy }: Pick<Finding, 'cause' | 'launchedBy'>): Told {
  const calls = 'calls' in cause ? cause.calls.map(({ eventName, actor }) => `${eventName} by ${actor}`) : undefined;
  const reason = 'reason' in cause ? cause.reason : undefined;
  return JSON.parse(JSON.stringify({ kind: cause.kind, calls, reason, launchedBy })) as Told;
}

/** The texts of the HTML page's rows, by the finding's id. */
function htmlRows(place: Place): ReadonlyMap<string, { readonly brief: string; readonly extras: readonly string[] }> {
  const page = readFileSync(place.path('found.html'), 'utf8');
  const json = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? '';
  const { strings, rows } = JSON.parse(json) as PackedPage;
  return new Map(
    rows.map((row) => {
      const extras = row[18].map(([label, value]) => `${strings[label]}: ${strings[value]}`);
      return [strings[row[0]] ?? '', { brief: strings[row[12]] ?? '', extras }];
    }),
  );
}

/** The mail's words about each finding: from its id to the next, in one line. */
function mailOf(place: Place, folder: string): string {
  const mails = readdirSync(place.path(folder)).map((name) => readFileSync(place.path(`${folder}/${name}`), 'utf8'));
  return mails.join('\n').replace(/\n +/g, ' ');
}

describe('the causes of the example account', () => {
  const place = theExample();
  const commands = [
    ['scan', scan, SIGHTED, 'mail'],
    ['the audit after it, with the same ledger', audit, WHOLE, 'mail-of-audit'],
  ] as const;

  describe.each(commands)('in %s', (_, run, rows) => {
    it('are those of the story, in JSON lines', async () => {
      expect((await run(place)).code).toBe(3);
      expect(findingsIn(place).map(rowOf).toSorted()).toEqual(inRows(rows));
    });

    it('are the same in HTML and OCSF', () => {
      const findings = findingsIn(place);
      const inHtml = htmlRows(place);
      const inOcsf = new Map(
        linesOf<{ finding_info: { uid: string }; unmapped: Finding }>(place, 'found.ocsf').map(
          ({ finding_info, unmapped }) => [finding_info.uid, unmapped],
        ),
      );
      expect(findings).toHaveLength(rows.length);
      for (const finding of findings) {
        const html = inHtml.get(finding.id);
        expect(html?.brief).toBe(causeInBrief(finding.cause));
        for (const [label, words] of causeFacts(finding)) expect(html?.extras).toContain(`${label}: ${words}`);
        expect(inOcsf.get(finding.id)?.launchedBy).toBe(finding.launchedBy);
        expect(inOcsf.get(finding.id)?.cause).toEqual(finding.cause);
      }
    });

    it('come with what made us look, which names nobody', () => {
      for (const { seenBecause = '' } of findingsIn(place)) {
        const isRecord = /^[A-Z][A-Za-z]+ at 2026-03-17T\d\d:\d\d:\d\dZ$/.test(seenBecause);
        expect(isRecord || seenBecause === 'a look at the whole account', seenBecause).toBe(true);
        if (run === scan) expect(isRecord, seenBecause).toBe(true);
      }
    });

    it('list as evidence their calls and the launch, nothing else', () => {
      for (const { cause, evidence, launchedBy } of findingsIn(place)) {
        const calls = 'calls' in cause ? cause.calls.map(({ eventID }) => eventID) : [];
        const others = evidence.filter(({ eventID }) => !calls.includes(eventID));
        expect(evidence.map(({ eventID }) => eventID)).toEqual(expect.arrayContaining([...calls]));
        expect(others.map(({ eventName, actor }) => [eventName, actor])).toEqual(
          others.length === 0 ? [] : [['RunInstances', launchedBy]],
        );
        const isProven = cause.kind === 'call' || cause.kind === 'calls';
        for (const { eventID, role } of evidence)
          expect(role).toBe(isProven && calls.includes(eventID) ? 'cause' : 'context');
      }
    });
  });

  it('are said in the mail of the scan, in full or in brief', () => {
    const mail = mailOf(place, 'mail');
    const told = findingsIn(place).filter(({ rule, detail }) =>
      SIGHTED.some((row) => row[0] === rule && row[1] === detail.name),
    );
    expect(told.length).toBeGreaterThan(20);
    for (const finding of told) {
      const sections = mail
        .split('\n')
        .flatMap((line, index, lines) =>
          line.includes(`${finding.resourceId} (`)
            ? [lines.slice(index, line.startsWith('- ') ? index + 1 : index + 8).join('\n')]
            : [],
        );
      const [label, words] = causeFacts(finding, { today: '2026-03-17' })[0] ?? ['', ''];
      const brief = causeInBrief(finding.cause);
      const clauses = [
        `${label}: ${words}`,
        finding.cause.kind === 'call'
          ? `, by ${brief}`
          : finding.cause.kind === 'unknown'
            ? ', cause unknown'
            : `, ${brief}`,
      ];
      expect(
        sections.some((section) => clauses.some((clause) => section.includes(clause))),
        `${rowOf(finding)}\n${sections.join('\n')}`,
      ).toBe(true);
    }
  });

  it('name erin with "by" only for the security group, in the mails and in HTML', () => {
    const mail = `${mailOf(place, 'mail')}${mailOf(place, 'mail-of-audit')}`;
    expect(
      mail.match(/[^\n]*\b[Bb]y:? erin[^\n]*/g)?.map((line) => /sg-|RevokeSecurityGroupIngress/.test(line)),
    ).toEqual([true]);
    const rows = [...htmlRows(place).values()].flatMap(({ extras }) =>
      extras.filter((extra) => /\bby:? erin/.test(extra)),
    );
    expect(rows).toEqual([expect.stringMatching(/^Caused by: erin \(RevokeSecurityGroupIngress, /)]);
  });
});

describe('the deletion of the payment host’s session, once it is known what the session was on', () => {
  const creation = wrapped(
    seeded(1),
    '2026-03-16T09:00:00Z',
    'terraform',
    'CreateTrafficMirrorSession',
    {},
    {
      trafficMirrorSession: {
        trafficMirrorSessionId: CAST.deletedSession,
        networkInterfaceId: CAST.machines['payments-1'].primary.id,
        trafficMirrorTargetId: TARGETS.a1,
        trafficMirrorFilterId: FILTER_ID,
        sessionNumber: 1,
      },
    },
  );
  const unmirrored = (told: Readonly<Record<string, Told>>): readonly Row[] =>
    SIGHTED.filter(([rule]) => rule === 'instance-unmirrored').map(([rule, name, before]) => [
      rule,
      name,
      told[name] ?? (before.kind === 'possible' ? BEFORE : before),
    ]);
  const EXPECTED = unmirrored({ 'payments-1': called(DELETION), 'report-1': called(`StartInstances by ${DANA}`) });

  it.each([
    ['from a record', 'logs/earlier.json.gz'],
    ['from the ledger', 'yesterday/earlier.json.gz'],
  ])('%s, is proven, and possible for no other source', async (_, path) => {
    const place = theExample();
    place.put(path, packed([creation]));
    if (path.startsWith('yesterday')) await place.run('scan', 'yesterday', ...WORLD, '--now', '2026-03-16T10:00:00Z');
    expect((await scan(place)).code).toBe(3);
    const found = (): readonly string[] =>
      findingsIn(place)
        .filter(({ rule, status }) => rule === 'instance-unmirrored' && status === 'open')
        .map(rowOf)
        .toSorted();
    expect(found()).toEqual(inRows(EXPECTED));
    await audit(place);
    expect(found()).toEqual(inRows(EXPECTED));
  });
});
