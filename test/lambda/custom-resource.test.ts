import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerStack } from '../../src/lambda/custom-resource.ts';

const requests: string[] = [];
let server: Server;
let endpoint = '';

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const answer = (ResponseURL: string, options: { readonly endpoint?: string }): Promise<void> =>
  answerStack(
    { RequestType: 'Create', StackId: 's', RequestId: 'r', LogicalResourceId: 'l', ResponseURL } as never,
    { logStreamName: 'stream' },
    options,
  );

describe('the response to a stack', () => {
  it('goes to an address of the emulator that every call goes to', async () => {
    await answer(`${endpoint}/cfnresponse?stack=s`, { endpoint });
    expect(requests).toEqual(['PUT /cfnresponse?stack=s']);
  });

  it.each([
    ['another port of its host', 'http://127.0.0.1:1/cfnresponse'],
    ['another host', 'http://evil.example/cfnresponse'],
  ])('does not go to %s', async (_, url) => {
    await expect(answer(url, { endpoint })).rejects.toThrow(/it is not a bucket of CloudFormation/);
  });
});
