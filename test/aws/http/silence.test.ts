import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { hasCredentials } from '../../../src/aws/credentials.ts';
import { CALL_LIMITS, MOST_SILENT_ATTEMPTS } from '../../../src/aws/http/limits.ts';
import type { AwsPorts } from '../../../src/aws/ports.ts';
import { queueInbox } from '../../../src/aws/queue-inbox.ts';
import { parseConfig } from '../../../src/config.ts';
import { AwsCallError, messageOf, PipelineError } from '../../../src/errors.ts';
import { answerStack } from '../../../src/lambda/custom-resource.ts';
import { recordsAlone } from '../../../src/local/account/records-alone.ts';
import { watch } from '../../../src/pipeline/watch.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { livePorts, pointAt } from '../../support/live.ts';
import {
  answeringEndpoint,
  closesEndpoints,
  closingEndpoint,
  type Endpoint,
  SHORT_LIMITS,
  silentEndpoint,
  stallingEndpoint,
} from '../../support/silence.ts';
import { RESPONSE_URL, responsesTo } from '../../support/stack-response.ts';

closesEndpoints();
afterEach(() => {
  delete process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI;
});

const scope = { accountId: '111122223333', region: 'eu-west-1' };
const period = { since: new Date('2026-03-01T00:00:00Z'), until: new Date('2026-03-02T00:00:00Z') };
const mail = { kind: 'findings', subject: 's', body: 'b', attributes: {}, severity: null } as const;
const action = { autoScalingGroupName: 'g', lifecycleHookName: 'h', lifecycleActionToken: 't', instanceId: 'i-1' };
const fetchLog = ({ logs }: AwsPorts) => logs.fetch({ bucket: 'logs', key: 'a' }, { maxBytes: 1e6 });
const noFile = (): Promise<string> => Promise.reject(new Error('no file is asked for'));

/** One call of each kind of client. Security Hub is apart: it reports faults in its result. */
const CALLS: readonly (readonly [service: string, call: (ports: AwsPorts) => Promise<unknown>])[] = [
  ['STS', ({ accounts }) => accounts.own()],
  ['S3', fetchLog],
  ['S3', ({ logs }) => logs.folders('logs', 'AWSLogs/')],
  ['S3', ({ reportStore }) => reportStore('reports').put('a', 'b', 'text/plain')],
  ['SSM', ({ configText }) => configText('ssm:/config', noFile)],
  ['SQS', ({ queues }) => queues.send('http://localhost/1/q', 'a')],
  ['SQS', ({ queues }) => queues.receive('http://localhost/1/q', { waitSeconds: 0 })],
  ['SNS', ({ publisher }) => publisher('arn:aws:sns:eu-west-1:111122223333:t').publish(mail)],
  ['DynamoDB', ({ ledger }) => ledger('table').entries({ ids: ['f-1'] })],
  ['EC2', ({ writer }) => writer.sessionsOf(scope, 'eni-1')],
  ['EC2', ({ writer }) => writer.deleteSession(scope, 'tms-1')],
  ['ECS', ({ tasks }) => tasks.describe(scope, 'c', ['t'])],
  ['Auto Scaling', ({ lifecycle }) => lifecycle.complete(scope, action, 'CONTINUE')],
  ['CloudTrail', ({ publicKeys }) => publicKeys('eu-west-1', period)],
];

const ENDPOINTS: readonly (readonly [string, () => Promise<Endpoint>])[] = [
  ['accepts and says nothing', silentEndpoint],
  ['sends headers and then nothing', () => stallingEndpoint('<', 1000)],
  ['never completes the TLS handshake', () => silentEndpoint('https')],
];

/** What the call rejects with, and how long it took. */
async function failureOf(call: Promise<unknown>): Promise<{ readonly error: unknown; readonly tookMs: number }> {
  const startedAt = performance.now();
  const error = await call.then(
    () => 'it succeeded',
    (fault: unknown) => fault,
  );
  return { error, tookMs: performance.now() - startedAt };
}

describe.each(ENDPOINTS)('a call to an endpoint that %s', (what, open) => {
  it.each(CALLS)('is given up: %s', async (service, call) => {
    const endpoint = await open();
    pointAt(endpoint.url);
    const ports = livePorts({ limits: SHORT_LIMITS, ownAccountId: service === 'STS' ? undefined : scope.accountId });
    const { error, tookMs } = await failureOf(call(ports));
    expect(error).toBeInstanceOf(PipelineError);
    expect(error).toMatchObject({ retryable: true });
    expect(String(error)).toMatch(
      what.includes('headers') && call === fetchLog
        ? /the body stopped after 1 of 1000 bytes and 0\.\d s/
        : new RegExp(`no answer from ${service} .*eu-west-1 in [01](\\.\\d)? s and 2 attempts`),
    );
    expect(tookMs).toBeLessThan(SHORT_LIMITS.operationMs);
    expect(endpoint.seen()).toBeGreaterThan(0);
  });
});

describe('calls to a silent endpoint', () => {
  it('are given up by Security Hub, which names every finding that was not imported as one to retry', async () => {
    pointAt((await silentEndpoint()).url);
    const place = { AwsAccountId: '111122223333', Region: 'eu-west-1' };
    const { imported, failed } = await livePorts({ limits: SHORT_LIMITS, ownAccountId: '111122223333' })
      .securityHub()
      .importFindings([
        { ...place, Id: 'f-1' },
        { ...place, Id: 'f-2' },
      ] as never);
    expect(imported).toBe(0);
    expect(failed.map(({ id, retry }) => [id, retry])).toEqual([
      ['f-1', true],
      ['f-2', true],
    ]);
    expect(failed[0]?.reason).toContain('no answer from SecurityHub in eu-west-1');
  });

  it('say which call, to what, and after how long', async () => {
    pointAt((await silentEndpoint()).url);
    const { error } = await failureOf(livePorts({ limits: SHORT_LIMITS }).queues.send('http://localhost/1/q', 'a'));
    expect(error).toBeInstanceOf(AwsCallError);
    expect(error).toMatchObject({
      concerns: { operation: 'SendMessage', resourceId: 'http://localhost/1/q', awsCode: 'TimeoutError' },
      message: expect.stringMatching(
        /^SendMessage \(http:\/\/localhost\/1\/q\) failed with TimeoutError: no answer from SQS in eu-west-1 in 0\.\d s and 2 attempts$/,
      ),
    });
  });

  it('are not repeated seven times: a second silent attempt is the last', async () => {
    const endpoint = await silentEndpoint();
    pointAt(endpoint.url);
    await failureOf(livePorts({ limits: SHORT_LIMITS }).writer.sessionsOf(scope, 'eni-1'));
    expect(endpoint.seen()).toBe(2);
  });

  it('succeed when the endpoint answers the second attempt', async () => {
    const body = JSON.stringify({ MessageId: 'm', MD5OfMessageBody: '0cc175b9c0f1b6a831c399e269772661' });
    const endpoint = await answeringEndpoint((response, count) => {
      if (count === 1) return;
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(body);
    });
    pointAt(endpoint.url);
    await livePorts({ limits: SHORT_LIMITS }).queues.send('http://localhost/1/q', 'a');
    expect(endpoint.seen()).toBe(2);
  });

  it('of throttled endpoints are still made seven times', async () => {
    const endpoint = await answeringEndpoint((response) => {
      response.writeHead(503, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ __type: 'ServiceUnavailable', message: 'later' }));
    });
    pointAt(endpoint.url);
    const limits = { ...SHORT_LIMITS, operationMs: 15_000 };
    await failureOf(livePorts({ limits }).queues.send('http://localhost/1/q', 'a'));
    expect(endpoint.seen()).toBe(7);
  });
});

describe('a call to an endpoint that closes the connection in the middle of its answer', () => {
  it.each<[string, (ports: AwsPorts) => Promise<unknown>]>([
    ['SQS', ({ queues }) => queues.receive('http://localhost/1/q', { waitSeconds: 0 })],
    ['DynamoDB', ({ ledger }) => ledger('table').entries({ ids: ['f-1'] })],
    ['EC2', ({ writer }) => writer.sessionsOf(scope, 'eni-1')],
  ])(
    'may be made again: %s',
    async (_, call) => {
      const endpoint = await closingEndpoint();
      pointAt(endpoint.url);
      const { error } = await failureOf(call(livePorts({ limits: { ...SHORT_LIMITS, operationMs: 20_000 } })));
      expect(endpoint.seen()).toBeGreaterThan(1);
      expect(error).toMatchObject({ retryable: true, concerns: { awsCode: 'ECONNRESET' } });
      expect(messageOf(error)).toMatch(/failed with ECONNRESET: aborted$/);
    },
    30_000,
  );
});

describe('many calls at once', () => {
  it('do not take their wait for a connection for silence', async () => {
    const endpoint = await answeringEndpoint(
      (response) =>
        void setTimeout(() => {
          response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
          response.end('{}');
        }, 700),
    );
    pointAt(endpoint.url);
    const { queues } = livePorts({ limits: { ...SHORT_LIMITS, connectMs: 300, answerMs: 1500, silenceMs: 1500 } });
    const polls = Array.from({ length: 120 }, () => queues.receive('http://localhost/1/q', { waitSeconds: 0 }));
    expect(await Promise.all(polls)).toHaveLength(120);
    expect(endpoint.seen()).toBe(120);
  });
});

describe('a long poll', () => {
  const empty = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end('{}');
  };

  it('waits longer than other calls for its answer', async () => {
    const endpoint = await answeringEndpoint((response) => void setTimeout(() => empty(response), 800));
    pointAt(endpoint.url);
    const { queues } = livePorts({ limits: { ...SHORT_LIMITS, silenceMs: 1500 } });
    expect(await queues.receive('http://localhost/1/q', { waitSeconds: 1 })).toEqual([]);
    expect(endpoint.seen()).toBe(1);
  });

  it('may be silent for its 20 s under the limits that we use', () => {
    expect(CALL_LIMITS.silenceMs).toBeGreaterThan(20_000);
  });

  it('ends at once when its signal is aborted', async () => {
    pointAt((await silentEndpoint()).url);
    const stop = new AbortController();
    const polled = failureOf(
      livePorts().queues.receive('http://localhost/1/q', { waitSeconds: 20, signal: stop.signal }),
    );
    setTimeout(() => stop.abort(), 100);
    const { error, tookMs } = await polled;
    expect(error).toMatchObject({ concerns: { operation: 'ReceiveMessage', awsCode: 'AbortError' } });
    expect(tookMs).toBeLessThan(1000);
  });
});

describe('watching a queue whose endpoint is silent', () => {
  it('reports each poll that was given up, and goes on until the queue answers', async () => {
    const Body = '{"hello":"world"}';
    const MD5OfBody = createHash('md5').update(Body).digest('hex');
    const message = { MessageId: 'm-1', ReceiptHandle: 'r-1', Body, MD5OfBody };
    const hidden: unknown[] = [];
    const endpoint = await answeringEndpoint((response, count) => {
      if (count <= 4) return;
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(count === 5 ? JSON.stringify({ Messages: [message] }) : '{}');
    });
    pointAt(endpoint.url);
    const { queues, logs } = livePorts({ limits: SHORT_LIMITS });
    const hide: typeof queues.hide = async (...request) => {
      hidden.push(request);
      return queues.hide(...request);
    };
    const stop = new AbortController();
    const faults: string[] = [];
    await watch(
      queueInbox({ ...queues, hide }, 'http://localhost/1/q', 0),
      { logs, inventory: recordsAlone() },
      parseConfig('{}', 'config.json'),
      {
        ...{ once: false, signal: stop.signal, now: () => new Date('2026-03-01T00:00:00Z') },
        startClock: () => STOPPED_CLOCK,
        repeat: () => () => undefined,
        afterStop: () => () => undefined,
        onBatch: () => stop.abort(),
        onFault: (fault) => void faults.push(messageOf(fault)),
        onGivenBack: () => undefined,
      },
    );
    expect(faults).toHaveLength(2);
    for (const fault of faults) expect(fault).toMatch(/^ReceiveMessage .*: no answer from SQS in eu-west-1 in 0\.\d s/);
    // The message has no form that is known: it is given back, for as long as such content waits.
    expect(hidden).toEqual([['http://localhost/1/q', 'r-1', 300]]);
  });
});

describe('the body of a log', () => {
  const CHUNK = 'x'.repeat(1000);
  const inChunks = (times: number, announced = times) =>
    answeringEndpoint((response) => {
      response.writeHead(200, { 'content-length': String(announced * CHUNK.length) });
      let sent = 0;
      const timer = setInterval(() => {
        sent += 1;
        response.write(CHUNK);
        if (sent < times) return;
        clearInterval(timer);
        if (times === announced) response.end();
      }, 150);
    });

  it('may take longer than every limit while it makes progress', async () => {
    pointAt((await inChunks(20)).url);
    const startedAt = performance.now();
    const { bytes } = await fetchLog(livePorts({ limits: SHORT_LIMITS }));
    expect(bytes).toHaveLength(20_000);
    expect(performance.now() - startedAt).toBeGreaterThan(SHORT_LIMITS.operationMs);
  });

  it('is given up when it stops in the middle', async () => {
    pointAt((await inChunks(3, 20)).url);
    const { error } = await failureOf(fetchLog(livePorts({ limits: SHORT_LIMITS })));
    expect(error).toMatchObject({ code: 'log-unreadable', retryable: true, concerns: { key: 's3://logs/a' } });
    expect(String(error)).toMatch(/the body stopped after 3000 of 20000 bytes and 0\.\d s/);
  });
});

describe('credentials', () => {
  it('that a container does not send fail the call, and are asked for anew by the next', async () => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
    const sts = await answeringEndpoint((response) => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end('{}');
    });
    pointAt(sts.url);
    const container = await answeringEndpoint((response, count) => {
      if (count === 1) return;
      const Expiration = '2099-01-01T00:00:00Z';
      response.end(JSON.stringify({ AccessKeyId: 'A', SecretAccessKey: 's', Token: 't', Expiration }));
    });
    process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = `${container.url}/creds`;
    delete process.env.AWS_ACCESS_KEY_ID;
    delete process.env.AWS_SECRET_ACCESS_KEY;
    try {
      const { queues } = livePorts({ limits: { ...SHORT_LIMITS, operationMs: 1500 } });
      const poll = (): Promise<unknown> => queues.receive('http://localhost/1/q', { waitSeconds: 0 });
      const { error, tookMs } = await failureOf(poll());
      expect(error).toMatchObject({ retryable: true, concerns: { operation: 'ReceiveMessage' } });
      expect(tookMs).toBeLessThan(2500);
      expect(await poll()).toEqual([]);
    } finally {
      process.env.AWS_ACCESS_KEY_ID = AWS_ACCESS_KEY_ID;
      process.env.AWS_SECRET_ACCESS_KEY = AWS_SECRET_ACCESS_KEY;
    }
  });

  it('that never come are an error, not a wait without an end', async () => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
    pointAt('http://127.0.0.1:1');
    process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = `${(await silentEndpoint()).url}/creds`;
    delete process.env.AWS_ACCESS_KEY_ID;
    delete process.env.AWS_SECRET_ACCESS_KEY;
    try {
      const { error, tookMs } = await failureOf(hasCredentials(500));
      expect(error).toMatchObject({ retryable: true, message: expect.stringContaining('within 0.5 s') });
      expect(tookMs).toBeLessThan(2_000);
    } finally {
      process.env.AWS_ACCESS_KEY_ID = AWS_ACCESS_KEY_ID;
      process.env.AWS_SECRET_ACCESS_KEY = AWS_SECRET_ACCESS_KEY;
    }
  });
});

describe('the response to a stack', () => {
  const event = { RequestType: 'Create', StackId: 's', RequestId: 'r', LogicalResourceId: 'l' } as const;

  it('is given up on a silent endpoint, for Lambda to retry', async () => {
    const { url } = await silentEndpoint();
    responsesTo(() => url);
    const answered = answerStack(
      { ...event, ResponseURL: RESPONSE_URL } as never,
      { logStreamName: 'x' },
      { limitMs: 200 },
    );
    const { error, tookMs } = await failureOf(answered);
    vi.unstubAllGlobals();
    expect(error).toMatchObject({ code: 'aws-call-failed', retryable: true });
    expect(String(error)).toMatch(/could not be sent to cloudformation-\S+: given up after 0\.\d s/);
    expect(String(error)).not.toContain('secret');
    expect(tookMs).toBeLessThan(2000);
  });
});

describe('the clients', () => {
  const src = join(import.meta.dirname, '../../../src');
  const sources = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

  it('are all made with limits: no other file constructs one or makes requests of its own', () => {
    const makers = sources.filter((file) => /\bnew \w*Client\(/.test(readFileSync(join(src, file), 'utf8')));
    // These two settle credentials and the region, and send nothing.
    expect(makers.toSorted()).toEqual(['aws/clients.ts', 'aws/credentials.ts']);
    // Whoever only listens takes nothing of it but the server, and types.
    const listens = /^import \{(?: (?:createServer|type \w+),?)+ \} from 'node:http';$/gm;
    const requesters = sources.filter((file) =>
      /(?<![.\w] ?)fetch\((?=[A-Z])|from 'node:https?'/.test(
        readFileSync(join(src, file), 'utf8').replaceAll(listens, ''),
      ),
    );
    expect(requesters).toEqual([]);
  });

  it('cost an operation on a silent endpoint less than a quarter of the time of a function', () => {
    const template = JSON.parse(readFileSync(join(src, '../template.json'), 'utf8')) as {
      readonly Resources: Readonly<
        Record<string, { readonly Type: string; readonly Properties?: { readonly Timeout?: number } }>
      >;
    };
    const functions = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
    expect(functions.length).toBeGreaterThan(3);
    for (const { Properties: { Timeout = 0 } = {} } of functions)
      expect(CALL_LIMITS.operationMs).toBeLessThan((Timeout * 1000) / 4);
    expect(MOST_SILENT_ATTEMPTS * CALL_LIMITS.answerMs).toBeLessThan(CALL_LIMITS.operationMs);
  });
});
