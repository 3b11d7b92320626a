import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AwsSecurityFinding } from '@aws-sdk/client-securityhub';
import Ajv from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { render } from '../../src/report/formats.ts';
import { renderJUnit } from '../../src/report/junit.ts';
import type { Report } from '../../src/report/report.ts';
import { toAsff } from '../../src/report/security-hub/asff.ts';
import { securityHubBatches } from '../../src/report/security-hub/batches.ts';
import { aDetail, aFinding, aJudgement, anEvidence, anInput, aReport } from '../support/findings.ts';
import { anyText } from '../support/hostile.ts';

const mixed: Report = aReport({
  findings: [
    aFinding(),
    aFinding({ resourceId: 'i-2', status: 'resolved' }),
    aFinding({
      resourceId: 'i-3',
      status: 'muted',
      detail: { exemption: { reason: 'r', owner: 'o', expires: '2027-01-01' } },
    }),
    aFinding({
      resourceId: 'tms-1',
      rule: 'mirror-rogue',
      severity: 'critical',
      resourceType: 'AWS::EC2::TrafficMirrorSession',
      firstSeen: '2026-11-20T10:00:00.000Z',
      lastSeen: '2026-11-20T10:00:00.000Z',
    }),
    aFinding({
      resourceId: 's3://trail/a.json.gz',
      rule: 'log-integrity',
      severity: 'critical',
      resourceType: 'AWS::S3::Object',
      evidence: [],
    }),
    aFinding({
      resourceId: 'dana',
      rule: 'iam-user-after-hours',
      resourceType: 'AWS::IAM::User',
      evidence: [
        anEvidence({ sourceIPAddress: 'cloudformation.amazonaws.com' }),
        anEvidence({ sourceIPAddress: '2001:db8::1' }),
      ],
    }),
    aFinding({
      resourceId: 'arn:aws-cn:ecs:cn-north-1:111122223333:task/c/1',
      region: 'cn-north-1',
      rule: 'instance-unmirrored',
      severity: 'high',
      resourceType: 'AWS::ECS::Task',
    }),
  ],
  judgements: [
    aJudgement(),
    aJudgement({ resourceId: 'i-u', result: 'unknown' }),
    aJudgement({ resourceId: 'i-2', result: 'gone' }),
  ],
});

const lines = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

describe('JSON', () => {
  it('has the keys of the contract first and the findings as they are', () => {
    const json = JSON.parse(render('json', mixed, {}));
    expect(Object.keys(json).slice(0, 4)).toEqual(['schema', 'input', 'summary', 'findings']);
    expect(json.findings).toEqual(JSON.parse(JSON.stringify(mixed.findings)));
  });

  it('names what could not be judged, and with includePass what passed', () => {
    expect(JSON.parse(render('json', mixed, {})).judgements).toHaveLength(1);
    expect(JSON.parse(render('json', mixed, { includePass: true })).judgements).toHaveLength(3);
  });

  it('is nothing at all as lines when there is no finding', () => {
    expect(render('jsonl', aReport(), {})).toBe('');
  });
});

/** What classes 1.1 to 1.8 require together, and the enumerations we use. */
const OCSF = z.looseObject({
  activity_id: z.literal([1, 2, 3]),
  category_uid: z.literal(2),
  class_uid: z.literal(2003),
  type_uid: z.literal([200301, 200302, 200303]),
  time: z.int().min(1_000_000_000_000),
  severity_id: z.literal([1, 2, 3, 4, 5]),
  status_id: z.literal([1, 3, 4]).optional(),
  metadata: z.looseObject({
    version: z.string(),
    product: z.looseObject({ name: z.string() }),
    profiles: z.array(z.literal('cloud')),
  }),
  cloud: z.looseObject({
    provider: z.literal('AWS'),
    account: z.looseObject({ uid: z.string(), type_id: z.literal(10) }),
  }),
  finding_info: z.looseObject({ uid: z.string(), title: z.string().min(1) }),
  compliance: z.looseObject({ standards: z.array(z.string()).min(1), status_id: z.literal([1, 2, 3]) }),
  resources: z.array(z.looseObject({ uid: z.string().startsWith('arn:'), type: z.string() })).length(1),
  evidences: z
    .array(z.looseObject({ actor: z.looseObject({}), api: z.looseObject({ operation: z.string() }) }))
    .min(1)
    .optional(),
  remediation: z.looseObject({ desc: z.string().min(1) }).optional(),
});

interface OcsfRecord {
  readonly type_uid: number;
  readonly activity_id: number;
  readonly metadata: { readonly version: string };
  readonly compliance: { readonly status_id: number };
  readonly status_id?: number;
  readonly evidences?: { readonly src_endpoint: unknown }[];
  readonly resources: { readonly uid: string }[];
}

describe('OCSF', () => {
  const records = lines(render('ocsf', mixed, { includePass: true })) as OcsfRecord[];

  it('has everything that a Compliance Finding must have', () => {
    for (const record of records) expect(OCSF.safeParse(record).error).toBeUndefined();
    for (const { type_uid, activity_id } of records) expect(type_uid).toBe(200_300 + activity_id);
  });

  it('has rows for what passed and what is unknown only on request, and never for what is gone', () => {
    expect(lines(render('ocsf', mixed, {}))).toHaveLength(7);
    expect(
      records
        .slice(7)
        .map(({ compliance }) => compliance.status_id)
        .sort(),
    ).toEqual([1, 2]);
  });

  it.each([
    ['open', 1, 3],
    ['muted', 3, 3],
    ['resolved', 4, 1],
  ] as const)('calls a finding that is %s status %i and compliance %i', (status, statusId, compliance) => {
    const [record] = lines(render('ocsf', aReport({ findings: [aFinding({ status })] }), {})) as OcsfRecord[];
    expect(record).toMatchObject({ status_id: statusId, compliance: { status_id: compliance } });
  });

  it('tells an address from the name of a service', () => {
    const endpoints = records.flatMap(({ evidences }) => evidences?.map(({ src_endpoint }) => src_endpoint) ?? []);
    expect(endpoints).toContainEqual({ domain: 'cloudformation.amazonaws.com' });
    expect(endpoints).toContainEqual({ ip: '2001:db8::1' });
  });

  it('says the version that was asked for', () => {
    const [record] = lines(render('ocsf', mixed, { ocsfVersion: '1.8.0' })) as OcsfRecord[];
    expect([record?.metadata.version, records[0]?.metadata.version]).toEqual(['1.8.0', '1.5.0']);
  });

  const folder = process.env.MIRRORWATCH_OCSF_SCHEMAS;
  it.runIf(folder !== undefined && existsSync(folder))(
    'validates under every compiled schema in MIRRORWATCH_OCSF_SCHEMAS',
    () => {
      const names = readdirSync(folder ?? '').filter((name) => name.includes('compliance_finding'));
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) {
        const validate = new Ajv.default({ strict: false, validateFormats: false }).compile(
          JSON.parse(readFileSync(join(folder ?? '', name), 'utf8')),
        );
        for (const record of records) expect([validate(record), validate.errors]).toEqual([true, null]);
      }
    },
  );
});

const points = (text: string | undefined): number => Array.from(text ?? '').length;

describe('ASFF', () => {
  it('has the types of the SDK', () => {
    const findings: AwsSecurityFinding[] = [...toAsff(mixed, {})];
    expect(findings).toHaveLength(7);
  });

  it.each([
    ['open', 'FAILED', 'ACTIVE'],
    ['muted', 'FAILED', 'ARCHIVED'],
    ['resolved', 'PASSED', 'ACTIVE'],
  ] as const)('calls a finding that is %s %s and %s', (status, compliance, state) => {
    const [finding] = toAsff(aReport({ findings: [aFinding({ status })] }), {});
    expect([finding?.Compliance.Status, finding?.RecordState]).toEqual([compliance, state]);
  });

  it('archives what was resolved because the resource is gone', () => {
    expect(
      [...toAsff(mixed, {})]
        .filter(({ RecordState }) => RecordState === 'ARCHIVED')
        .map(({ Resources }) => Resources[0]?.Id.split('/').at(-1)),
    ).toEqual(['i-2', 'i-3']);
  });

  it('is newer than the import before it, also when nothing was seen since', () => {
    expect([...toAsff(mixed, {})][0]?.UpdatedAt).toBe('2026-11-20T12:00:00.000Z');
  });

  it('names the product in the partition of the region', () => {
    const arns = new Set([...toAsff(mixed, {})].map(({ ProductArn }) => ProductArn));
    expect(arns).toEqual(
      new Set([
        'arn:aws:securityhub:eu-west-1:111122223333:product/111122223333/default',
        'arn:aws-cn:securityhub:cn-north-1:111122223333:product/111122223333/default',
      ]),
    );
  });

  it('leaves what belongs to the customer alone', () => {
    for (const finding of [...toAsff(mixed, { includePass: true })]) {
      for (const key of ['Workflow', 'Note', 'UserDefinedFields', 'VerificationState', 'Severity', 'Types'])
        expect(finding).not.toHaveProperty(key);
    }
  });

  it('stays within every limit, whatever the texts', () => {
    const long = fc.oneof(
      anyText,
      anyText.map((text) => text.repeat(40)),
      fc.constant('🚨'.repeat(5000)),
    );
    fc.assert(
      fc.property(long, long, long, (a, b, c) => {
        const finding = aFinding({
          rule: `custom:${a}`,
          resourceId: a,
          reason: b,
          fix: c,
          detail: aDetail({ name: b, owner: c, vpcId: a, missingTags: [a, b, c] }),
          evidence: [anEvidence({ actor: a, logFile: b, eventID: c })],
        });
        const [asff] = [...toAsff(aReport({ findings: [finding] }), {})];
        const limits: [string | undefined, number][] = [
          [asff?.Id, 512],
          [asff?.GeneratorId, 512],
          [asff?.Title, 256],
          [asff?.Description, 1024],
          [asff?.Region, 16],
          [asff?.ProductName, 128],
          [asff?.CompanyName, 128],
          [asff?.Resources[0]?.Id, 512],
        ];
        for (const [text, limit] of limits) expect(points(text)).toBeLessThanOrEqual(limit);
        for (const text of limits.map(([text]) => text)) expect(text?.trim()).not.toBe('');
        expect(points(asff?.Remediation?.Recommendation.Text)).toBeLessThanOrEqual(512);
        for (const [key, value] of Object.entries(asff?.ProductFields ?? {}))
          expect([points(key) <= 128, points(value) <= 2048, value.trim() !== '']).toEqual([true, true, true]);
        expect(Object.keys(asff?.ProductFields ?? {}).length).toBeLessThanOrEqual(50);
        expect(Buffer.byteLength(JSON.stringify(asff))).toBeLessThan(240_000);
      }),
      { numRuns: 60 },
    );
  });
});

describe('securityHubBatches', () => {
  const findings = (count: number, region: string) =>
    toAsff(
      aReport({ findings: Array.from({ length: count }, (_, n) => aFinding({ resourceId: `i-${n}`, region })) }),
      {},
    );

  it('holds at most a hundred, of one account and region, and loses none', () => {
    const all = [...findings(250, 'eu-west-1'), ...findings(3, 'us-east-1')];
    const batches = securityHubBatches(all);
    expect(batches.map(({ region, findings }) => [region, findings.length])).toEqual([
      ['eu-west-1', 100],
      ['eu-west-1', 100],
      ['eu-west-1', 50],
      ['us-east-1', 3],
    ]);
    expect(batches.flatMap(({ findings }) => findings)).toEqual(all);
  });

  it('keeps a request below five megabytes', () => {
    const [small] = findings(1, 'eu-west-1');
    const big = Array.from(
      { length: 60 },
      () => ({ ...small, Description: 'x'.repeat(200_000) }) as NonNullable<typeof small>,
    );
    for (const batch of securityHubBatches(big))
      expect(Buffer.byteLength(JSON.stringify(batch.findings))).toBeLessThan(5_100_000);
  });

  it('is nothing for nothing', () => {
    expect(securityHubBatches([])).toEqual([]);
  });
});

describe('JUnit', () => {
  it('counts failures, skips and errors, in all and by suite', () => {
    const xml = renderJUnit(mixed, { includePass: true });
    expect(xml).toContain('<testsuites name="mirrorwatch" tests="9" failures="5" errors="1" skipped="1"');
    expect(xml).toContain('<testsuite name="instance-untagged" tests="5" failures="1" errors="1" skipped="1"');
  });

  it('is red for an input that could not be read', () => {
    const xml = renderJUnit(aReport({ input: anInput({ rejected: [{ path: 'a.gz', reason: 'cut short' }] }) }), {});
    expect(xml).toContain('errors="1"');
    expect(xml).toContain('name="a.gz"');
  });
});
