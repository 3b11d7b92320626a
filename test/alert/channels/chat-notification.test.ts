import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chatNotification } from '../../../src/alert/channels/chat-notification.ts';
import { chatText } from '../../../src/alert/channels/chat-text.ts';
import type { AlertMessage, FindingChange } from '../../../src/alert/message.ts';
import type { Finding } from '../../../src/audit/finding.ts';
import { aFinding, anEntry } from '../../support/findings.ts';
import { anyText, HOSTILE } from '../../support/hostile.ts';

const aMessage = (findings: readonly Finding[], parts: Partial<AlertMessage> = {}): AlertMessage => ({
  ...{ kind: 'findings', subject: '[mirrorwatch] HIGH 1 finding', body: 'text', attributes: {}, severity: 'high' },
  threads: ['thread-1', 'thread-2'],
  reported: findings.map((finding) => ({ change: 'opened', entry: anEntry(finding) })),
  ...parts,
});
const many = (count: number) =>
  Array.from({ length: count }, (_, n) =>
    aFinding({ resourceId: `i-0a1b2c3d4e5f6${1000 + n}`, reason: 'x'.repeat(900) }),
  );
/** What Slack or Teams would act on in a value: formatting, mentions, links, emoji. */
const ACTIVE = /[<>&*~`@|\\#]|\]\(|:\/\/|(?<![\w:]):[\w+-]+:(?!\w)|(?:^|[^\p{L}\p{N}])_|_(?:$|[^\p{L}\p{N}])/u;

describe('chatNotification', () => {
  it('has the form that Amazon Q Developer in chat applications reads', () => {
    const finding = aFinding({ resourceId: 'i-0a1b2c3d4e5f60001' });
    expect(chatNotification(aMessage([finding], { reportUrl: 'https://reports.example.com/today' }))).toEqual({
      version: '1.0',
      source: 'custom',
      content: {
        textType: 'client-markdown',
        title: '[mirrorwatch] HIGH 1 finding',
        description:
          '*New*\n• *MEDIUM* instance-untagged: i-0a1b2c3d4e5f60001 (web-1), 111122223333 eu-west-1: web-1 is missing tags: CostCenter, Owner.',
        nextSteps: [
          'Read the report: https://reports.example.com/today',
          'Run: aws ec2 create-tags --region eu-west-1 --resources i-0a1b2c3d4e5f60001 --tags Key=CostCenter,Value=…',
          'Look at it: https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#InstanceDetails:instanceId=i-0a1b2c3d4e5f60001',
        ],
        keywords: ['mirrorwatch', 'high', 'instance-untagged', '111122223333', 'eu-west-1'],
      },
      metadata: {
        threadId: 'thread-1',
        summary: '[mirrorwatch] HIGH 1 finding',
        eventType: 'mirrorwatch-findings',
        relatedResources: ['i-0a1b2c3d4e5f60001'],
        additionalContext: {
          findingId: finding.id,
          rule: 'instance-untagged',
          severity: 'medium',
          accountId: '111122223333',
          region: 'eu-west-1',
          resourceId: 'i-0a1b2c3d4e5f60001',
        },
      },
    });
  });

  it.each<[FindingChange, string]>([
    ['opened', '*New*'],
    ['reminded', '*Still open*'],
    ['resolved', '*Over*'],
  ])('says of what is %s: %s', (change, heading) => {
    const reported = [{ change, entry: anEntry(aFinding()) }];
    expect(chatNotification(aMessage([], { reported })).content.description.split('\n')[0]).toBe(heading);
  });

  it('gives a command to paste only where chat shows exactly that', () => {
    const steps = (fix: string) => chatNotification(aMessage([aFinding({ fix })])).content.nextSteps;
    expect(steps('mirrorwatch mirror apply --account 111122223333')?.[0]).toBe(
      'Run: mirrorwatch mirror apply --account 111122223333',
    );
    expect(steps("aws ec2 create-tags --tags 'Key=*'")?.[0]).not.toMatch(/^Run/);
  });

  it.each([19, 500, 5_000])('stays within the limits with %i findings, and counts what it leaves out', (count) => {
    const { content, metadata } = chatNotification(aMessage(many(count)));
    expect(content.description.length).toBeLessThanOrEqual(8_000);
    const shown = content.description.split('\n').filter((line) => line.startsWith('•')).length;
    expect(shown).toBeGreaterThan(10);
    if (shown < count)
      expect(content.description).toMatch(new RegExp(`and ${count - shown} more, in the mail and in the report$`));
    expect(content.nextSteps?.length ?? 0).toBeLessThanOrEqual(5);
    expect(metadata.relatedResources?.length).toBeLessThanOrEqual(20);
    expect(JSON.stringify({ content, metadata }).length).toBeLessThan(30_000);
  });

  it('names what could not be read', () => {
    const failures = [{ path: 's3://logs/a.json.gz', reason: 'AccessDenied' }];
    const { content } = chatNotification(aMessage([], { kind: 'failure', failures }));
    expect(content.description).toBe('*Not read or judged*\n• s3://logs/a.json.gz: AccessDenied');
  });
});

describe('chatText', () => {
  it.each([
    [
      '<!channel> <@U123> <https://evil.example|the console>',
      '‹!channel› ‹＠U123› ‹https[:]//evil[.]example¦the console›',
    ],
    ['*bold* _it_ ~no~ `code`', '∗bold∗ ˍitˍ ∼no∼ ˋcodeˋ'],
    ['[the console](evil)', '[the console]❨evil)'],
    ['all is well :white_check_mark:', 'all is well ∶white_check_mark∶'],
    ['a\n# heading', 'a\uFFFD＃ heading'],
  ])('shows %j as it is', (value, shown) => {
    expect(chatText(value, 200)).toBe(shown);
  });

  it.each(['arn:aws:iam::111122223333:role/my_role-1', 'i-0a1b2c3d4e5f60001', 'web_1 is missing tags: CostCenter'])(
    'leaves %s',
    (value) => {
      expect(chatText(value, 200)).toBe(value);
    },
  );

  it.each(HOSTILE)('leaves nothing to act on in %s', (_, text) => {
    expect(chatText(text, 200).replaceAll('s3://', '')).not.toMatch(ACTIVE);
  });

  it('leaves nothing to act on in any text, within its length', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 80 }), (text, maxLength) => {
        const shown = chatText(text, maxLength);
        expect(shown.replaceAll('s3://', '')).not.toMatch(ACTIVE);
        expect([...shown].length).toBeLessThanOrEqual(maxLength);
        expect(shown).not.toMatch(/[\r\n]/);
      }),
    );
  });
});
