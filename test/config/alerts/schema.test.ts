import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:alerts';
const CHAT = 'arn:aws:sns:eu-west-1:111122223333:chat';
const parse = (value: object) => parseConfig(JSON.stringify(value), 'c');

describe('alerts', () => {
  it('tell nobody but mail unless they name a channel', () => {
    const { alerts, hash } = parse({});
    expect(alerts).toEqual({ immediate: 'medium', digest: 'daily' });
    expect(parse({ alerts: { immediate: 'medium' } }).hash).toBe(hash);
  });

  it('take a topic for chat, an event bus and the structure of mails', () => {
    const written = { messageStructure: 'json', chatTopicArn: CHAT, eventBusName: 'security' } as const;
    const { alerts, hash } = parse({ alertTopicArn: TOPIC, alerts: written });
    expect(alerts).toEqual({ immediate: 'medium', digest: 'daily', ...written });
    expect(hash).not.toBe(parse({ alertTopicArn: TOPIC }).hash);
  });

  it('refuse the topic of mail for chat', () => {
    expect(() => parse({ alertTopicArn: TOPIC, alerts: { chatTopicArn: TOPIC } })).toThrow(
      'alerts.chatTopicArn: is the topic of mail too: chat needs a topic of its own',
    );
  });

  it('refuse a structure that SNS does not have', () => {
    expect(() => parse({ alerts: { messageStructure: 'xml' } })).toThrow('alerts.messageStructure');
  });
});
