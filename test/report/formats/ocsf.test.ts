import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Finding } from '../../../src/audit/finding.ts';
import { render } from '../../../src/report/format.ts';
import { ocsf } from '../../../src/report/formats/ocsf.ts';
import { aCallFinding, aFinding, aReport } from '../../support/findings.ts';
import { mixed } from '../../support/mixed-report.ts';

const lines = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** What both classes require in the versions 1.5 to 1.8, and the enumerations we use. */
const OCSF = z.looseObject({
  activity_id: z.literal([1, 2, 3]),
  category_uid: z.literal(2),
  class_uid: z.literal([2003, 2004]),
  type_uid: z.literal([200301, 200302, 200303, 200401, 200402, 200403]),
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
  compliance: z.looseObject({ standards: z.array(z.string()).min(1), status_id: z.literal([1, 2, 3]) }).optional(),
  resources: z.array(z.looseObject({ uid: z.string().min(1), type: z.string() })).length(1),
  evidences: z
    .array(z.looseObject({ actor: z.looseObject({}), api: z.looseObject({ operation: z.string() }) }))
    .min(1)
    .optional(),
  remediation: z.looseObject({ desc: z.string().min(1) }).optional(),
});

interface OcsfRecord {
  readonly class_uid: number;
  readonly type_uid: number;
  readonly activity_id: number;
  readonly metadata: { readonly version: string };
  readonly compliance?: { readonly status_id: number };
  readonly status_id?: number;
  readonly evidences?: { readonly src_endpoint: unknown }[];
  readonly resources: { readonly uid: string }[];
}

describe('OCSF', () => {
  const records = lines(render(ocsf, mixed, { includePass: true })) as OcsfRecord[];

  it('has every field that its class requires', () => {
    for (const record of records) expect(OCSF.safeParse(record).error).toBeUndefined();
    for (const { type_uid, class_uid, activity_id } of records) expect(type_uid).toBe(100 * class_uid + activity_id);
    for (const { class_uid, compliance } of records) expect(compliance !== undefined).toBe(class_uid === 2003);
  });

  it('has rows for passed and unknown resources only on request, and never for gone ones', () => {
    expect(lines(render(ocsf, mixed, {}))).toHaveLength(10);
    expect(
      records
        .slice(10)
        .map(({ compliance }) => compliance?.status_id)
        .sort(),
    ).toEqual([1, 2]);
  });

  it.each([
    ['open', 1, 3],
    ['muted', 3, 3],
    ['resolved', 4, 1],
  ] as const)('calls a finding that is %s status %i and compliance %i', (status, statusId, compliance) => {
    const [record] = lines(render(ocsf, aReport({ findings: [aFinding({ status })] }), {})) as OcsfRecord[];
    expect(record).toMatchObject({ status_id: statusId, compliance: { status_id: compliance } });
  });

  describe('a finding of a rule on calls', () => {
    const recordOf = (finding: Finding): unknown => lines(render(ocsf, aReport({ findings: [finding] }), {}))[0];

    it('is a Detection Finding with the rule as its analytic, the number of calls, and who called from where', () => {
      expect(recordOf(aCallFinding())).toMatchObject({
        class_uid: 2004,
        class_name: 'Detection Finding',
        type_uid: 200402,
        type_name: 'Detection Finding: Update',
        is_alert: true,
        count: 3,
        start_time: Date.parse('2026-11-20T08:00:00Z'),
        end_time: Date.parse('2026-11-20T10:00:00Z'),
        finding_info: {
          title: 'CloudTrail trail stopped',
          types: ['Unusual Behaviors'],
          analytic: { name: 'CloudTrail trail stopped', uid: 'custom:trail-stopped', type_id: 1 },
        },
        observables: [
          { name: 'resources[].uid', value: 'management-events' },
          { name: 'evidences[].actor.user.name', value: 'erin' },
          { name: 'evidences[].src_endpoint.ip', type_id: 2, value: '203.0.113.7' },
        ],
        resources: [{ uid: 'management-events', type: 'Other', data: { resourceId: 'management-events' } }],
        evidences: [
          {
            actor: { user: { name: 'erin' } },
            api: { operation: 'StopLogging' },
            src_endpoint: { ip: '203.0.113.7' },
            data: { role: 'cause' },
          },
          { actor: { user: { name: 'dana' } } },
        ],
      });
    });

    it.each([
      ['open', 1, 2, true],
      ['muted', 3, 2, false],
      ['resolved', 4, 3, false],
    ] as const)('that is %s has status %i and activity %i', (status, statusId, activity, isAlert) => {
      expect(recordOf(aCallFinding({ status }))).toMatchObject({
        status_id: statusId,
        activity_id: activity,
        is_alert: isAlert,
      });
    });

    it('is one for the built-in rule on calls too, and not for rules on states', () => {
      expect(recordOf(aFinding({ rule: 'iam-user-after-hours' }))).toMatchObject({ class_uid: 2004 });
      expect(recordOf(aFinding({ rule: 'mirror-rogue' }))).toMatchObject({ class_uid: 2003 });
    });
  });

  it("distinguishes an address from a service's name", () => {
    const endpoints = records.flatMap(({ evidences }) => evidences?.map(({ src_endpoint }) => src_endpoint) ?? []);
    expect(endpoints).toContainEqual({ domain: 'cloudformation.amazonaws.com' });
    expect(endpoints).toContainEqual({ ip: '2001:db8::1' });
  });

  it('carries the requested version', () => {
    const [record] = lines(render(ocsf, mixed, { ocsfVersion: '1.8.0' })) as OcsfRecord[];
    expect([record?.metadata.version, records[0]?.metadata.version]).toEqual(['1.8.0', '1.5.0']);
  });

  const folder = process.env.MIRRORWATCH_OCSF_SCHEMAS;
  it.runIf(folder !== undefined && existsSync(folder))(
    'validates under every compiled schema in MIRRORWATCH_OCSF_SCHEMAS',
    () => {
      for (const [classUid, part] of [
        [2003, 'compliance_finding'],
        [2004, 'detection_finding'],
      ] as const) {
        const names = readdirSync(folder ?? '').filter((name) => name.includes(part));
        const own = records.filter(({ class_uid }) => class_uid === classUid);
        expect([names.length > 0, own.length > 0]).toEqual([true, true]);
        for (const name of names) {
          const validate = new Ajv.default({ strict: false, validateFormats: false }).compile(
            JSON.parse(readFileSync(join(folder ?? '', name), 'utf8')),
          );
          for (const record of own) expect([validate(record), validate.errors]).toEqual([true, null]);
        }
      }
    },
  );
});
