/** Serves the live page, its metrics and its health. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, PipelineError } from '../../errors.ts';
import { inertJson, visible } from '../../report/escape.ts';
import { livePageUpdate } from '../../report/live/page-update.ts';
import type { LiveState } from '../../report/live/state.ts';
import { hostsOf, type ServeAddress, urlOf } from './address.ts';
import { type Answer, answerTo, withText } from './answers.ts';
import { openStreams, type Streams } from './streams.ts';

/** A server that listens. */
export interface LiveServer {
  /** `http://127.0.0.1:9464/`. */
  readonly url: string;
  /** Ends every connection at once. */
  close(): void;
}

/** Connections at the same time; more are closed as they come. */
const MOST_CONNECTIONS = 64;
/** A request of a browser or of a monitoring system is far below all of these. */
const LIMITS = {
  maxHeaderSize: 8_192,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
} as const;
/** A connection on which nothing happens for so long is closed. */
const IDLE_MS = 30_000;

/**
 * Listens at this address. `state` is asked at each request and once a second while a page is open. With `anyHost` every `Host` header is
 * believed. Throws PipelineError `usage` if the address cannot be had.
 */
export async function serveLive(
  address: ServeAddress,
  { state, anyHost }: { readonly state: () => LiveState; readonly anyHost: boolean },
): Promise<LiveServer> {
  const streams = openStreams(() => inertJson(livePageUpdate(state(), new Date())));
  let hosts: ReadonlySet<string> | undefined = new Set();
  const server = createServer(LIMITS, (request, response) => answer(request, response, { state, streams, hosts }));
  server.maxConnections = MOST_CONNECTIONS;
  server.timeout = IDLE_MS;
  const port = await listening(server, address);
  const at = { ...address, port };
  hosts = anyHost ? undefined : hostsOf(at);
  return {
    url: urlOf(at),
    close() {
      streams.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Served {
  readonly state: () => LiveState;
  readonly streams: Streams;
  readonly hosts: ReadonlySet<string> | undefined;
}

function answer(request: IncomingMessage, response: ServerResponse, { state, streams, hosts }: Served): void {
  const { status, headers, body } = answerOr500(request, { state, streams, hosts });
  response.on('error', () => response.destroy());
  if (body === 'stream') {
    response.writeHead(status, headers);
    if (request.method === 'GET') streams.add(response);
    else response.end();
    return;
  }
  response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

/** A page that cannot be made must not end the process that watches. */
function answerOr500(request: IncomingMessage, { state, streams, hosts }: Served): Answer {
  try {
    const found = answerTo(request, state(), new Date(), hosts);
    const isTooMuch = found.body === 'stream' && request.method === 'GET' && streams.isFull();
    return isTooMuch ? withText(503, 'Too many pages are open.', { 'Retry-After': '30' }) : found;
  } catch (error) {
    return withText(500, `This answer could not be made: ${visible(messageOf(error))}`);
  }
}

/** The port at which the server listens. */
function listening(server: Server, { host, port }: ServeAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another process listens there' : messageOf(error);
      reject(
        new PipelineError('usage', `--serve: cannot listen at ${urlOf({ host, port })}: ${why}`, { cause: error }),
      );
    });
    server.listen({ host, port, exclusive: true }, () => {
      server.on('error', () => undefined);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
