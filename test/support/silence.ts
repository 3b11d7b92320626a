/** Local endpoints that go silent, each at another moment. */

import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll } from 'vitest';
import type { CallLimits } from '../../src/aws/http/limits.ts';

/** Limits for tests: two silent attempts take about 0.4 s, and nothing more than 2 s. */
export const SHORT_LIMITS: CallLimits = { connectMs: 300, answerMs: 200, silenceMs: 250, operationMs: 2000 };

/** An endpoint and how many requests or connections it got. */
export interface Endpoint {
  readonly url: string;
  readonly seen: () => number;
}

const servers: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];

async function listening(server: Server, scheme: 'http' | 'https', seen: () => number): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  servers.push({ server, sockets });
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

/** Closes the endpoints of this file after its tests. */
export function closesEndpoints(): void {
  afterAll(() => {
    for (const { server, sockets } of servers.splice(0)) {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });
}

/** Accepts connections and never says anything: with `https`, the TLS handshake never completes. */
export async function silentEndpoint(scheme: 'http' | 'https' = 'http'): Promise<Endpoint> {
  let connections = 0;
  const server = createServer(() => {
    connections += 1;
  });
  return listening(server, scheme, () => connections);
}

/** Answers each request as `answer` says. */
export async function answeringEndpoint(answer: (response: ServerResponse, count: number) => void): Promise<Endpoint> {
  let requests = 0;
  const server = createHttpServer((request, response) => {
    request.resume();
    requests += 1;
    answer(response, requests);
  });
  return listening(server, 'http', () => requests);
}

/** Answers with headers and `first`, and then with nothing more. */
export function stallingEndpoint(first: string, length: number): Promise<Endpoint> {
  return answeringEndpoint((response) => {
    response.writeHead(200, { 'content-type': 'text/xml', 'content-length': String(length) });
    response.write(first);
  });
}

/** Begins a successful answer of XML or JSON and closes the connection in the middle of it. */
export function closingEndpoint(): Promise<Endpoint> {
  return answeringEndpoint((response) => {
    response.writeHead(200, { 'content-type': 'text/xml', 'content-length': '1000' });
    response.write('<');
    setTimeout(() => response.socket?.destroy(), 20);
  });
}
