import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../src/alert/message.ts';
import { aFinding, anEntry } from '../support/findings.ts';
import { livePorts, pointAt } from '../support/live.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:alerts';
const MESSAGE: AlertMessage = {
  ...{ kind: 'findings', subject: 'HIGH', body: 'the text\n', severity: 'high' },
  attributes: { kind: 'findings', rule: '["instance-untagged"]' },
  reported: [{ change: 'opened', entry: anEntry(aFinding()) }],
};
const ATTRIBUTES = {
  'MessageAttributes.entry.1.Name': 'kind',
  'MessageAttributes.entry.2.Value.DataType': 'String.Array',
};

describe('snsPublisher sends a mail', () => {
  let server: Server;
  let sent: Record<string, string>[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: string[] = [];
      request.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
      request.on('end', () => {
        sent.push(Object.fromEntries(new URLSearchParams(chunks.join(''))));
        response.writeHead(200, { 'content-type': 'text/xml' });
        response.end(
          '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>',
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    pointAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    sent = [];
  });

  it('as text alone, if nothing else is asked for', async () => {
    expect(await livePorts().publisher(TOPIC).publish(MESSAGE)).toBe('m-1');
    expect(sent).toMatchObject([
      { Action: 'Publish', TopicArn: TOPIC, Subject: 'HIGH', Message: 'the text\n', ...ATTRIBUTES },
    ]);
    expect(sent[0]).not.toHaveProperty('MessageStructure');
  });

  it('with data for programs', async () => {
    await livePorts().publisher(TOPIC, 'json').publish(MESSAGE);
    expect(sent).toMatchObject([{ MessageStructure: 'json', Subject: 'HIGH', ...ATTRIBUTES }]);
    const { default: text, sqs = '', ...others } = JSON.parse(sent[0]?.Message ?? '') as Record<string, string>;
    expect(text).toBe('the text\n');
    expect(JSON.parse(sqs)).toMatchObject({ schema: 'mirrorwatch.alert/1', findings: [{ change: 'opened' }] });
    expect(others).toEqual({ lambda: sqs, http: sqs, https: sqs });
  });

  it('as a notification for chat, without a subject of mail', async () => {
    await livePorts().publisher(TOPIC, 'chat').publish(MESSAGE);
    expect(sent).toMatchObject([{ TopicArn: TOPIC, ...ATTRIBUTES }]);
    expect(JSON.parse(sent[0]?.Message ?? '')).toMatchObject({ version: '1.0', source: 'custom' });
    for (const name of ['MessageStructure', 'Subject']) expect(sent[0]).not.toHaveProperty(name);
  });
});
