import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { render } from '../../../src/report/format.ts';
import { sarif } from '../../../src/report/formats/sarif.ts';
import { NO_GAPS } from '../../../src/report/gaps.ts';
import type { Report } from '../../../src/report/report.ts';
import { aCallFinding, aFinding, aJudgement, anEvidence, anInput, aReport } from '../../support/findings.ts';
import { anyText, HOSTILE } from '../../support/hostile.ts';
import { mixed } from '../../support/mixed-report.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../fixtures/schemas/sarif-2.1.0-rtm.5.json', import.meta.url), 'utf8'),
);
/** It is a schema of draft 4 that means the same in draft 7, but for these two names. */
const { $schema: _draft, id: _id, ...draft7 } = schema;
const validate = new Ajv({
  strict: false,
  unicodeRegExp: false,
  formats: {
    'date-time': (text: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(text),
    uri: (text: string) => URL.canParse(text),
    'uri-reference': (text: string) => /^[\x21-\x7e]*$/.test(text) && URL.canParse(text, 'https://example.com/'),
  },
}).compile(draft7);

const PLACE = z.object({ artifactLocation: z.object({ uri: z.string(), uriBaseId: z.string().optional() }) });
const RESULT = z.object({
  ruleId: z.string(),
  ruleIndex: z.int().min(0),
  kind: z.enum(['fail', 'open']),
  level: z.enum(['error', 'warning', 'note', 'none']),
  message: z.object({ text: z.string().min(1) }),
  locations: z.array(z.looseObject({ physicalLocation: PLACE })).length(1),
  relatedLocations: z.array(z.looseObject({ physicalLocation: PLACE })).optional(),
  partialFingerprints: z.object({ 'mirrorwatchFindingId/v1': z.string(), primaryLocationLineHash: z.string() }),
  suppressions: z.array(z.object({ kind: z.string(), status: z.string(), justification: z.string() })),
  properties: z.looseObject({ status: z.string(), resourceId: z.string() }),
});
const RULE = z.looseObject({
  id: z.string(),
  help: z.object({ text: z.string(), markdown: z.string().optional() }),
  defaultConfiguration: z.object({ level: z.string() }),
  properties: z.object({ 'security-severity': z.string().regex(/^\d\.\d$/), tags: z.array(z.string()).max(10) }),
});
const RUN = z.looseObject({
  tool: z.object({ driver: z.object({ name: z.string(), version: z.string(), rules: z.array(RULE) }) }),
  invocations: z
    .array(
      z.looseObject({
        executionSuccessful: z.boolean(),
        toolExecutionNotifications: z.array(z.object({ level: z.string(), message: z.object({ text: z.string() }) })),
      }),
    )
    .length(1),
  results: z.array(RESULT),
});

/** The run of a report, after it was found valid. */
function runOf(report: Report): z.infer<typeof RUN> {
  const file: unknown = JSON.parse(render(sarif, report, { includePass: true }));
  expect([validate(file), validate.errors]).toEqual([true, null]);
  return z.object({ runs: z.array(RUN).length(1) }).parse(file).runs[0] ?? expect.unreachable();
}

const only = (report: Report): z.infer<typeof RESULT> => runOf(report).results[0] ?? expect.unreachable();
const notesOf = (report: Report): readonly string[] =>
  runOf(report).invocations.flatMap((one) => one.toolExecutionNotifications.map(({ message }) => message.text));

describe('SARIF', () => {
  it('has a result for each open and muted finding and each resource that could not be judged, and for nothing else', () => {
    const { results } = runOf(mixed);
    expect(results.map(({ properties }) => properties.status).toSorted()).toEqual([
      ...Array(2).fill('muted'),
      ...Array(6).fill('open'),
      'unknown',
    ]);
  });

  it('names the rule of each result by id and index', () => {
    const { tool, results } = runOf(mixed);
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
  });

  it('is complete and empty without findings', () => {
    const { results, tool } = runOf(aReport());
    expect([results, tool.driver.rules]).toEqual([[], []]);
  });

  it.each([
    ['low', 'note', '2.0'],
    ['medium', 'warning', '5.5'],
    ['high', 'error', '8.0'],
    ['critical', 'error', '9.5'],
  ] as const)('writes severity %s as level %s and score %s', (severity, level, score) => {
    const { results, tool } = runOf(aReport({ findings: [aFinding({ severity })] }));
    expect([results[0]?.level, tool.driver.rules[0]?.properties['security-severity']]).toEqual([level, score]);
  });

  it('gives a rule the score of its worst finding', () => {
    const findings = (['low', 'high', 'medium'] as const).map((severity) =>
      aFinding({ severity, resourceId: severity }),
    );
    expect(runOf(aReport({ findings })).tool.driver.rules[0]?.properties['security-severity']).toBe('8.0');
  });

  it('places a finding at its resource, which stays, and its records in their log files, without lines', () => {
    const evidence = [
      anEvidence(),
      anEvidence({ logFile: 'logs/a b.json.gz' }),
      anEvidence({ logFile: '/var/logs/c.json' }),
      anEvidence({ logFile: undefined }),
    ];
    const { locations, relatedLocations } = only(aReport({ findings: [aFinding({ evidence })] }));
    expect(locations).toEqual([
      {
        physicalLocation: {
          artifactLocation: {
            uri: 'aws/111122223333/eu-west-1/AWS.EC2.Instance/i-0a1b2c3d4e5f60001',
            uriBaseId: 'RESOURCES',
          },
        },
        logicalLocations: [
          {
            name: 'i-0a1b2c3d4e5f60001',
            fullyQualifiedName: 'arn:aws:ec2:eu-west-1:111122223333:instance/i-0a1b2c3d4e5f60001',
            kind: 'resource',
          },
        ],
      },
    ]);
    expect(relatedLocations?.map(({ physicalLocation }) => physicalLocation.artifactLocation)).toEqual([
      {
        uri: 'trail-bucket/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/20/a.json.gz',
        uriBaseId: 'S3',
      },
      { uri: 'logs/a%20b.json.gz' },
      { uri: 'var/logs/c.json', uriBaseId: 'ROOT' },
    ]);
  });

  it('says the reason first, then the cause and the fix', () => {
    const { text } = only(aReport({ findings: [aCallFinding()] })).message;
    expect(text.split('\n')).toEqual([
      expect.stringContaining('stopped the trail management-events'),
      'Called by: erin (StopLogging, 2026-11-20 10:00 UTC)',
      'From: 203.0.113.7',
      'Calls: 3',
      'Fix: Start the trail again, and look at what the caller did before.',
    ]);
  });

  it('leaves a command that an escape would change to the properties, where it is whole', () => {
    const fix = `aws ec2 revoke-security-group-ingress --ip-permissions '[{"IpProtocol":"udp"}]'`;
    const { message, properties } = only(aReport({ findings: [aFinding({ fix })] }));
    expect(message.text).not.toContain('aws ec2');
    expect(properties.fix).toBe(fix);
  });

  it('suppresses a muted finding with its exemption as the reason', () => {
    const exemption = { reason: 'sandbox', owner: 'lee', expires: '2027-01-01' };
    const { kind, suppressions } = only(aReport({ findings: [aFinding({ status: 'muted', detail: { exemption } })] }));
    expect(kind).toBe('fail');
    expect(suppressions).toEqual([
      { kind: 'external', status: 'accepted', justification: 'sandbox (lee, until 2027-01-01)' },
    ]);
  });

  it('has the same fingerprint for the same finding in every run, and for the resource that could not be judged', () => {
    const finding = aFinding();
    const later = { ...finding, reason: 'other words', evidence: [], lastSeen: '2026-11-21T10:00:00.000Z' };
    const unknown = aJudgement({ resourceId: finding.resourceId, result: 'unknown', reason: 'tags were not read' });
    const [first, second, third] = [
      aReport({ findings: [finding] }),
      aReport({ findings: [later] }),
      aReport({ judgements: [unknown] }),
    ].map((report) => only(report).partialFingerprints);
    expect(second).toEqual(first);
    expect(third).toEqual(first);
    const both = runOf(aReport({ findings: [finding], judgements: [unknown] })).results;
    expect(new Set(both.map((result) => result.partialFingerprints.primaryLocationLineHash)).size).toBe(2);
  });

  it('never shows as passed what could not be judged', () => {
    const report = aReport({ judgements: [aJudgement({ result: 'unknown', reason: 'tags were not read' })] });
    expect(only(report)).toMatchObject({
      kind: 'open',
      level: 'none',
      message: { text: 'Could not be judged: tags were not read' },
    });
    expect(runOf(report).invocations[0]?.executionSuccessful).toBe(false);
  });

  it.each([
    [
      'an input that was not read',
      aReport({ input: anInput({ rejected: [{ path: 'a.gz', reason: 'cut short' }] }) }),
      'a.gz: cut short',
    ],
    ['nothing that was read', aReport({ input: anInput({ files: 0, records: 0 }) }), 'Nothing was read or judged.'],
    [
      'a period without runs',
      aReport({ gaps: NO_GAPS }),
      'No run is recorded in this period: nothing was read or judged.',
    ],
  ])('is no success with %s, and says so', (_, report, words) => {
    expect(runOf(report).invocations[0]?.executionSuccessful).toBe(false);
    expect(notesOf(report)).toContain(words);
  });

  it('is a success when everything was read and judged', () => {
    const report = aReport({ findings: [aFinding()] });
    expect(runOf(report).invocations[0]?.executionSuccessful).toBe(true);
    expect(notesOf(report)).toEqual([]);
  });

  it('names a thousand unread inputs and counts the others', () => {
    const rejected = Array.from({ length: 1_234 }, (_, n) => ({ path: `${n}.gz`, reason: 'cut short' }));
    const notes = notesOf(aReport({ input: anInput({ rejected }) }));
    expect(notes).toHaveLength(1_002);
    expect(notes.at(-1)).toBe('234 more are not named here; -o json names them.');
  });

  it('has all of more findings than GitHub takes, the most urgent first, and says so', () => {
    const findings = Array.from({ length: 25_001 }, (_, n) =>
      aFinding({ resourceId: `i-${n}`, severity: n === 9 ? 'critical' : 'low', id: `${n}`, evidence: [] }),
    );
    const file = JSON.parse(render(sarif, aReport({ findings }), {}));
    expect(file.runs[0].results).toHaveLength(25_001);
    expect(file.runs[0].results[0].properties.resourceId).toBe('i-9');
    expect(file.runs[0].invocations[0].toolExecutionNotifications[0].message.text).toBe(
      'This file has 25,001 results, the most urgent first. GitHub accepts at most 25,000.',
    );
  });
});

/** A report whose texts are all this one. */
function everywhere(text: string): Report {
  const evidence = [anEvidence({ logFile: text, actor: text, eventName: text, eventTime: text, eventID: text })];
  const place = { accountId: text, region: text, resourceId: text, reason: text } as const;
  const finding = aFinding({ ...place, evidence, fix: text, firstSeen: text, rule: `custom:${text}` });
  return aReport({
    findings: [
      finding,
      aFinding({ ...place, status: 'muted', detail: { exemption: { reason: text, owner: text, expires: text } } }),
    ],
    judgements: [aJudgement({ ...place, result: 'unknown' })],
    input: anInput({ rejected: [{ path: text, reason: text }] }),
  });
}

/** What a viewer makes a link or a placeholder of: brackets and braces that no escape defuses. */
const ACTIVE = /(?<!\\)(?:\\\\)*\]\(|(?<!\{)(?:\{\{)*\{\d+\}/;

function expectInert(text: string): void {
  const { results, invocations, tool } = runOf(everywhere(text));
  const { rules } = tool.driver;
  const messages = [
    ...results.flatMap(({ message, suppressions }) => [message.text, ...suppressions.map((one) => one.justification)]),
    ...invocations.flatMap((one) => one.toolExecutionNotifications.map(({ message }) => message.text)),
    ...rules.map(({ help }) => help.text),
  ];
  for (const message of messages) expect(message).not.toMatch(ACTIVE);
  for (const rule of rules) if (rule.id.startsWith('custom:')) expect(rule.help.markdown).toBeUndefined();
  const uris = results.flatMap(({ locations, relatedLocations = [] }) =>
    [...locations, ...relatedLocations].map(({ physicalLocation }) => physicalLocation.artifactLocation.uri),
  );
  for (const uri of uris) expect(new URL(uri, 'file:///base/').protocol).toBe('file:');
  for (const { locations } of results)
    expect(new URL(locations[0]?.physicalLocation.artifactLocation.uri ?? '', 'file:///base/').pathname).toMatch(
      /^\/base\/aws\/[^/]+\/[^/]+\/[^/]+\/[^/]+$/,
    );
}

describe('hostile text in SARIF', () => {
  it.each(HOSTILE)('%s is no link, placeholder or address', (_, text) => expectInert(text));

  it.each([
    '[x](https://evil.example)',
    '\\](https://evil.example)',
    '{0} {{1}}',
    '..',
    '',
    '//evil.example/x',
    'javascript:alert(1)',
  ])('%j is no link, placeholder or address', expectInert);

  it('any text leaves the file valid', () => {
    fc.assert(fc.property(anyText, expectInert), { numRuns: 100 });
  });

  it('a text of a million characters is cut in messages and addresses', () => {
    const report = aReport({ findings: [aFinding({ reason: 'x'.repeat(1_000_000) })] });
    expect(only(report).message.text.length).toBeLessThan(5_000);
  });
});
