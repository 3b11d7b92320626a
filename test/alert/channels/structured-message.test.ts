import { describe, expect, it } from 'vitest';
import { alertData, structuredMessage } from '../../../src/alert/channels/structured-message.ts';
import type { AlertMessage } from '../../../src/alert/message.ts';
import type { Finding } from '../../../src/audit/finding.ts';
import { aFinding, anEntry, anEvidence, NOW } from '../../support/findings.ts';
import { HOSTILE } from '../../support/hostile.ts';

interface Data {
  readonly schema: string;
  readonly kind: string;
  readonly findings: readonly { readonly change: string; readonly finding: Record<string, unknown> }[];
  readonly failures: readonly unknown[];
  readonly leftOut: { readonly findings: number; readonly failures: number };
}

const aMessage = (findings: readonly Finding[], parts: Partial<AlertMessage> = {}): AlertMessage => ({
  ...{ kind: 'findings', subject: 's', body: 'the text\n', attributes: { kind: 'findings' }, severity: 'high' },
  reported: findings.map((finding) => ({ change: 'opened', entry: anEntry(finding) })),
  ...parts,
});
const published = (message: AlertMessage): Record<string, string> => JSON.parse(structuredMessage(message));
const dataOf = (message: AlertMessage): Data => JSON.parse(published(message).sqs ?? '');
const many = (count: number, parts: Partial<Finding> = {}) =>
  Array.from({ length: count }, (_, n) => aFinding({ resourceId: `i-0a1b2c3d4e5f6${1000 + n}`, ...parts }));
const bytes = (text: string): number => Buffer.byteLength(text);

describe('structuredMessage', () => {
  it('is the text for people and the same data for queues, functions and web hooks', () => {
    const { default: text, sqs, ...others } = published(aMessage([aFinding()]));
    expect(text).toBe('the text\n');
    expect(others).toEqual({ lambda: sqs, http: sqs, https: sqs });
  });

  it('has the finding as the JSON report has it, with its opening', () => {
    const finding = aFinding({ status: 'resolved' });
    const entry = anEntry(finding, { resolvedAt: NOW });
    const message = aMessage([], { kind: 'resolved', reported: [{ change: 'resolved', entry }] });
    expect(dataOf(message)).toEqual({
      ...{ schema: 'mirrorwatch.alert/1', kind: 'resolved', subject: 's', severity: 'high' },
      findings: [
        {
          change: 'resolved',
          finding: {
            ...JSON.parse(JSON.stringify(finding)),
            resolution: { kind: 'look', at: NOW.toISOString() },
            thread: expect.stringMatching(/^[0-9a-f]{24}$/),
            openedAt: entry.openedAt.toISOString(),
            resolvedAt: NOW.toISOString(),
          },
        },
      ],
      failures: [],
      leftOut: { findings: 0, failures: 0 },
    });
  });

  it.each([
    ['few findings', aMessage(many(3))],
    ['a flood', aMessage(many(3_000))],
    [
      'a flood with a text that fills a mail',
      aMessage(many(3_000), { body: `${'a "line" of text\n'.repeat(15_000)}` }),
    ],
    ['names that take three bytes', aMessage(many(500, { reason: '語'.repeat(500) }))],
    [
      'attributes',
      aMessage(many(3_000), { attributes: { accountId: JSON.stringify(Array(100).fill('1'.repeat(30))) } }),
    ],
    ['failures', aMessage([], { failures: Array(5_000).fill({ path: 'p'.repeat(900), reason: 'r'.repeat(900) }) })],
  ])('fits into a message of SNS with %s, and counts what it leaves out', (_, message) => {
    const text = structuredMessage(message);
    const attributes = Object.entries(message.attributes).flat().join('String.Array');
    expect(bytes(text) + bytes(attributes)).toBeLessThanOrEqual(262_144);
    const { findings, failures, leftOut } = dataOf(message);
    expect(findings.length + leftOut.findings).toBe(message.reported?.length);
    expect(failures.length + leftOut.failures).toBe(message.failures?.length ?? 0);
    if ((message.reported?.length ?? 0) > 0) expect(findings.length).toBeGreaterThan(0);
  });

  it('uses the room: of a flood, more than thirty findings', () => {
    expect(dataOf(aMessage(many(3_000))).findings.length).toBeGreaterThan(30);
  });

  it('cuts a text that leaves no room for data, by whole lines, and says so', () => {
    const line = `${'x'.repeat(99)}\n`;
    const { default: text = '' } = published(aMessage(many(2), { body: line.repeat(2_580) }));
    expect(text).toMatch(/^(?:x{99}\n)+The rest of this mail was too long to send; see the report\.\n$/);
    expect(published(aMessage(many(2), { body: line.repeat(2_000) })).default).toBe(line.repeat(2_000));
  });

  it('keeps a finding with more records than fit, and says how many it leaves out', () => {
    const evidence = Array.from({ length: 400 }, (_, n) =>
      anEvidence({ userAgent: 'u'.repeat(900), eventID: `e-${n}` }),
    );
    const [first] = dataOf(aMessage([aFinding({ evidence })])).findings;
    const kept = first?.finding.evidence as readonly unknown[];
    expect(kept.length).toBeGreaterThan(10);
    expect(kept.length + Number(first?.finding.evidenceLeftOut)).toBe(400);
  });

  it.each(HOSTILE)('gives back %s as it was', (_, reason) => {
    expect(dataOf(aMessage([aFinding({ reason })])).findings[0]?.finding.reason).toBe(reason);
  });
});

describe('alertData', () => {
  it('has no findings of a digest', () => {
    const { reported: _, ...digest } = aMessage([], { kind: 'digest' });
    expect(JSON.parse(alertData(digest, 10_000, bytes))).toMatchObject({ kind: 'digest', findings: [] });
  });
});
