/** An endpoint before the emulator of S3 that refuses conditional writes as S3 does: the emulator takes them for any others. */

import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** The endpoint. `contentions` is how many of the next conditional writes meet another one. */
export interface ConditionalS3 {
  readonly url: string;
  contentions: number;
  readonly stop: () => Promise<void>;
}

/** Starts it before the endpoint at `port` of this machine. */
export async function startConditionalS3(port: number): Promise<ConditionalS3> {
  let writing: Promise<unknown> = Promise.resolve();
  const pass = async (from: IncomingMessage, body: Buffer, method = from.method): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { 'if-none-match': _, ...headers } = from.headers;
      const onward = request({
        host: '127.0.0.1',
        port,
        path: from.url,
        method,
        headers: { ...headers, 'content-length': body.length },
      });
      onward.once('response', resolve).once('error', reject).end(body);
    });
  const refuse = (response: ServerResponse, status: number, code: string): void => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
  };
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    if (incoming.method === 'PUT' && incoming.headers['if-none-match'] === '*') {
      if (double.contentions > 0) {
        double.contentions -= 1;
        refuse(response, 409, 'ConditionalRequestConflict');
        return;
      }
      const there = await pass(incoming, Buffer.alloc(0), 'HEAD');
      there.resume();
      if (there.statusCode === 200) {
        refuse(response, 412, 'PreconditionFailed');
        return;
      }
    }
    const passed = await pass(incoming, body);
    response.writeHead(passed.statusCode ?? 500, passed.headers);
    response.end(await buffer(passed));
  };
  const server = createServer((incoming, response) => {
    const work = writing.then(() => answer(incoming, response));
    // One after another, so that of two writes one is first.
    writing = work.catch((fault: unknown) => refuse(response, 500, String(fault)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const double: ConditionalS3 = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    contentions: 0,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return double;
}
