import { describe, expect, it } from 'vitest';
import { findingId } from '../../src/audit/finding.ts';
import { integrityAudit } from '../../src/audit/log-integrity.ts';
import type { IntegrityCheck } from '../../src/cloudtrail/digests/digest-chain.ts';

const now = new Date('2026-01-03T00:00:00Z');
const KEY = 's3://trail/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/01/02/x.json.gz';
const check = (fields: Partial<IntegrityCheck>): IntegrityCheck => ({
  object: KEY,
  type: 'log',
  status: 'invalid',
  reason: 'the hash differs',
  accountId: '111122223333',
  region: 'eu-west-1',
  ...fields,
});
const audit = (...checks: readonly IntegrityCheck[]) => integrityAudit(checks, { severities: {}, now });

describe('integrityAudit', () => {
  it.each<[Partial<IntegrityCheck>, string]>([
    [{ status: 'invalid' }, 'The log file fails its check: the hash differs.'],
    [{ status: 'missing' }, 'The log file is missing: the hash differs.'],
    [{ status: 'injected' }, 'The log file was not delivered by the trail: the hash differs.'],
    [{ type: 'digest' }, 'The digest fails its check: the hash differs.'],
    [{ type: 'backfill-digest' }, 'The backfill digest fails its check: the hash differs.'],
  ])('finds %j', (fields, reason) => {
    expect(audit(check(fields)).findings).toMatchObject([
      {
        schema: 'mirrorwatch.finding/1',
        id: findingId('log-integrity', '111122223333', 'eu-west-1', KEY),
        rule: 'log-integrity',
        severity: 'critical',
        status: 'open',
        resourceType: 'AWS::S3::Object',
        resourceId: KEY,
        reason,
        lastSeen: now.toISOString(),
      },
    ]);
  });

  it('passes valid objects, finds those that are not proven, and says nothing of those whose proof is not due', () => {
    expect(audit(check({ status: 'valid' }))).toMatchObject({ findings: [], judgements: [{ result: 'pass' }] });
    expect(audit(check({ status: 'unverified', notDue: true }))).toEqual({ findings: [], judgements: [] });
    expect(audit(check({ status: 'unverified', reason: 'nothing covers it' }))).toMatchObject({
      findings: [{ reason: 'The log file is not proven: nothing covers it.', detail: { integrity: 'unverified' } }],
      judgements: [],
    });
  });

  it('names a hundred of many files that are not proven for the same reason, and counts the others', () => {
    const many = Array.from({ length: 130 }, (_, at) =>
      check({ object: `s3://trail/${at}`, status: 'unverified', reason: 'there are no digests' }),
    );
    const { findings } = audit(...many);
    expect(findings).toHaveLength(100);
    expect(findings.filter(({ reason }) => reason.includes('so are 30 more files'))).toHaveLength(1);
  });

  it('makes one finding for an object with several faults, and does not pass it as well', () => {
    const { findings, judgements } = audit(
      check({ type: 'digest', status: 'valid' }),
      check({ type: 'digest', status: 'missing', reason: 'a gap before it' }),
      check({ type: 'digest', status: 'invalid', reason: 'it was moved' }),
    );
    expect(findings.map(({ reason }) => reason)).toEqual([
      'The digest is missing: a gap before it. The digest fails its check: it was moved.',
    ]);
    expect(judgements).toEqual([]);
  });

  it.each([
    ["s3://b/it's; rm -rf $(pwd).json", "--bucket b --prefix 'it'\\''s; rm -rf $(pwd).json'"],
    ['copy/x.json.gz', 'compare the copy with the object in the bucket, and with its versions there'],
  ])('gives a fix that is safe to paste whatever the key: %s', (object, fix) => {
    expect(audit(check({ object })).findings[0]?.fix).toContain(fix);
  });

  it('reports the period of a gap', () => {
    const [from, to] = [new Date('2026-01-02T00:00:00Z'), new Date('2026-01-02T03:00:00Z')];
    expect(audit(check({ type: 'digest', status: 'missing', from, to })).findings[0]?.detail).toEqual({
      type: 'digest',
      integrity: 'missing',
      from: '2026-01-02T00:00:00.000Z',
      to: '2026-01-02T03:00:00.000Z',
    });
  });
});
