import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { render } from '../../../src/report/format.ts';
import { ocsf } from '../../../src/report/formats/ocsf.ts';
import { aFinding, aReport } from '../../support/findings.ts';
import { mixed } from '../../support/mixed-report.ts';

const lines = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

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
  const records = lines(render(ocsf, mixed, { includePass: true })) as OcsfRecord[];

  it('has every field that a Compliance Finding requires', () => {
    for (const record of records) expect(OCSF.safeParse(record).error).toBeUndefined();
    for (const { type_uid, activity_id } of records) expect(type_uid).toBe(200_300 + activity_id);
  });

  it('has rows for passed and unknown resources only on request, and never for gone ones', () => {
    expect(lines(render(ocsf, mixed, {}))).toHaveLength(7);
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
    const [record] = lines(render(ocsf, aReport({ findings: [aFinding({ status })] }), {})) as OcsfRecord[];
    expect(record).toMatchObject({ status_id: statusId, compliance: { status_id: compliance } });
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
