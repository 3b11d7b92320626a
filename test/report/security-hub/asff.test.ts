import type { AwsSecurityFinding } from '@aws-sdk/client-securityhub';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/audit/finding.ts';
import { toAsff } from '../../../src/report/security-hub/asff.ts';
import { aCall } from '../../support/causes.ts';
import { aCallFinding, aDetail, aFinding, aJudgement, anEvidence, aReport } from '../../support/findings.ts';
import { anyText } from '../../support/hostile.ts';
import { mixed } from '../../support/mixed-report.ts';

const points = (text: string | undefined): number => Array.from(text ?? '').length;

describe('ASFF', () => {
  it("matches the SDK's types", () => {
    const findings: AwsSecurityFinding[] = [...toAsff(mixed, {})];
    expect(findings).toHaveLength(10);
  });

  it.each([
    ['open', 'FAILED', 'ACTIVE'],
    ['muted', 'FAILED', 'ARCHIVED'],
    ['resolved', 'PASSED', 'ARCHIVED'],
  ] as const)('calls a finding that is %s %s and %s', (status, compliance, state) => {
    const [finding] = toAsff(aReport({ findings: [aFinding({ status })] }), {});
    expect([finding?.Compliance?.Status, finding?.RecordState]).toEqual([compliance, state]);
  });

  describe('of a finding about calls', () => {
    const asffOf = (parts: Partial<Finding>) => [...toAsff(aReport({ findings: [aCallFinding(parts)] }), {})][0];

    it("has the rule's title, the kind of behavior, and the call with its caller's address", () => {
      const asff = asffOf({});
      expect(asff?.Title).toBe('CloudTrail trail stopped: management-events');
      expect(asff?.FindingProviderFields.Types).toEqual(['Unusual Behaviors']);
      expect(asff?.Action).toEqual({
        ActionType: 'AWS_API_CALL',
        AwsApiCallAction: {
          Api: 'StopLogging',
          CallerType: 'remoteIp',
          RemoteIpDetails: { IpAddressV4: '203.0.113.7' },
        },
      });
      expect(asff?.ProductFields).toMatchObject({
        'mirrorwatch/who': 'erin',
        'mirrorwatch/sourceIPAddress': '203.0.113.7',
        'mirrorwatch/calls': '3',
      });
    });

    it.each([
      ['cloudtrail.amazonaws.com', { CallerType: 'domain', DomainDetails: { Domain: 'cloudtrail.amazonaws.com' } }],
      ['2001:db8::1', {}],
      [undefined, {}],
    ])('from %s', (sourceIPAddress, caller) => {
      const evidence = aCallFinding().evidence.map((one) => ({ ...one, sourceIPAddress }));
      expect(asffOf({ evidence })?.Action?.AwsApiCallAction).toEqual({ Api: 'StopLogging', ...caller });
    });

    it('names the resource as the record does, and invents no ARN', () => {
      expect(asffOf({})?.Resources).toMatchObject([{ Type: 'Other', Id: 'management-events' }]);
      expect(asffOf({ resourceId: ' ' })?.Resources).toMatchObject([{ Id: 'unnamed' }]);
      const arn = 'arn:aws:s3:::b';
      expect(asffOf({ resourceId: arn })?.Resources).toMatchObject([{ Id: arn }]);
    });

    it.each([
      ['open', 'ACTIVE'],
      ['muted', 'ARCHIVED'],
      ['resolved', 'ARCHIVED'],
    ] as const)('that is %s is %s, and complies with nothing', (status, state) => {
      expect(asffOf({ status })?.RecordState).toBe(state);
      expect(asffOf({ status })?.Compliance).toBeUndefined();
    });

    it('is not there for a call that only would have ended one', () => {
      const judgements = [aJudgement({ rule: 'custom:trail-stopped', resourceType: 'Other' })];
      expect([...toAsff(aReport({ judgements }), { includePass: true })]).toEqual([]);
    });
  });

  it('is newer than the previous import, even when nothing was seen since', () => {
    expect([...toAsff(mixed, {})][0]?.UpdatedAt).toBe('2026-11-20T12:00:00.000Z');
  });

  it("names the product in the region's partition", () => {
    const arns = new Set([...toAsff(mixed, {})].map(({ ProductArn }) => ProductArn));
    expect(arns).toEqual(
      new Set([
        'arn:aws:securityhub:eu-west-1:111122223333:product/111122223333/default',
        'arn:aws-cn:securityhub:cn-north-1:111122223333:product/111122223333/default',
      ]),
    );
  });

  it("leaves the customer's fields alone", () => {
    for (const finding of [...toAsff(mixed, { includePass: true })]) {
      for (const key of ['Workflow', 'Note', 'UserDefinedFields', 'VerificationState', 'Severity', 'Types'])
        expect(finding).not.toHaveProperty(key);
    }
  });

  it('stays within every limit for any text', () => {
    const long = fc.oneof(
      anyText,
      anyText.map((text) => text.repeat(40)),
      fc.constant('🚨'.repeat(5000)),
    );
    fc.assert(
      fc.property(long, long, long, (a, b, c) => {
        const finding = aFinding({
          rule: `custom:${a}`,
          resourceType: 'Other',
          resourceId: a,
          reason: b,
          fix: c,
          owner: c,
          cause: aCall(b, { eventID: c }),
          detail: aDetail({ name: b, vpcId: a, missingTags: [a, b, c], ruleTitle: b }),
          evidence: [anEvidence({ actor: a, logFile: b, eventID: c, eventName: a, sourceIPAddress: b })],
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
          [asff?.Action?.AwsApiCallAction.Api ?? 'none', 128],
          [asff?.Action?.AwsApiCallAction.DomainDetails?.Domain ?? 'none', 128],
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
