import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type LiveServer, serveLive } from '../../../src/cli/serving/server.ts';
import { MOST_STREAMS } from '../../../src/cli/serving/streams.ts';
import { afterEvent, type LiveState } from '../../../src/report/live/state.ts';
import { aBatch, aBusyState } from '../../support/live-states.ts';
import { readOpenMetrics } from '../../support/open-metrics.ts';

let server: LiveServer | undefined;
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
  server = undefined;
});

interface Serving {
  readonly url: string;
  readonly port: number;
  tell(event: Parameters<typeof afterEvent>[1]): void;
}

/** A server whose process has just read its queue. */
async function serving({ host = '127.0.0.1', anyHost = false, state = now(aBusyState()) } = {}): Promise<Serving> {
  let current = state;
  server = await serveLive({ host, port: 0 }, { state: () => current, anyHost });
  return {
    url: server.url,
    port: Number(new URL(server.url).port),
    tell: (event) => {
      current = afterEvent(current, event);
    },
  };
}

const now = (state: LiveState): LiveState => ({ ...state, startedAt: new Date(), lastRead: new Date() });

interface Got {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

function ask(
  url: string,
  { method = 'GET', headers = {} }: { readonly method?: string; readonly headers?: Record<string, string> } = {},
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        body += piece;
        if (response.headers['content-type'] === 'text/event-stream' && body.endsWith('\n\n')) response.destroy();
      });
      response.on('close', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** A bare connection: what it received so far, and whether it was closed. */
function raw(port: number, text: string): { received(): string; isClosed(): boolean } {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  let received = '';
  let isClosed = false;
  socket.on('data', (piece) => {
    received += piece.toString('latin1');
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    isClosed = true;
  });
  socket.write(text);
  return { received: () => received, isClosed: () => isClosed };
}

async function until(condition: () => boolean, seconds = 15): Promise<void> {
  for (let left = seconds * 20; !condition(); left -= 1) {
    if (left === 0) throw new Error(`it did not happen within ${seconds} seconds`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('what is served', () => {
  it.each([
    ['', 200, 'text/html; charset=utf-8', '<!doctype html>'],
    ['?a=b', 200, 'text/html; charset=utf-8', '<!doctype html>'],
    ['metrics', 200, 'application/openmetrics-text; version=1.0.0; charset=utf-8', '# TYPE mirrorwatch_build info'],
    ['healthz', 200, 'text/plain; charset=utf-8', 'healthy\n'],
    ['events', 200, 'text/event-stream', 'retry: 2000\ndata: {"tone":"good"'],
    ['favicon.ico', 404, 'text/plain; charset=utf-8', 'There is'],
    ['metrics/', 404, 'text/plain; charset=utf-8', 'There is'],
    ['../../etc/passwd', 404, 'text/plain; charset=utf-8', 'There is'],
  ])('/%s answers %i as %s', async (path, status, type, start) => {
    const { url } = await serving();
    const got = await ask(`${url}${path}`);
    expect(got.status).toBe(status);
    expect(got.headers['content-type']).toBe(type);
    expect(got.body.startsWith(start), got.body.slice(0, 100)).toBe(true);
  });

  it.each(['', 'metrics', 'healthz', 'events', 'nothing'])(
    'sends the same protective headers with /%s',
    async (path) => {
      const { url } = await serving();
      const { headers } = await ask(`${url}${path}`);
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'x-frame-options': 'DENY',
        'cross-origin-resource-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
      });
      expect(headers['content-security-policy']).toMatch(/^default-src 'none';.*frame-ancestors 'none'/);
      expect(headers).not.toHaveProperty('access-control-allow-origin');
      expect(headers).not.toHaveProperty('set-cookie');
    },
  );

  it.each(['', 'metrics', 'healthz', 'events', 'nothing'])(
    'answers HEAD for /%s as GET, without a body',
    async (path) => {
      const { url } = await serving();
      const [got, head] = [await ask(`${url}${path}`), await ask(`${url}${path}`, { method: 'HEAD' })];
      expect(head.body).toBe('');
      expect(head.status).toBe(got.status);
      expect(head.headers['content-type']).toBe(got.headers['content-type']);
      if (path !== 'events' && path !== '') expect(head.headers['content-length']).toBe(got.headers['content-length']);
    },
  );

  it('is not healthy with its reason as soon as the inbox could not be read for minutes', async () => {
    const old = {
      ...aBusyState(),
      startedAt: new Date(Date.now() - 900_000),
      lastRead: new Date(Date.now() - 400_000),
    };
    const { url } = await serving({ state: old });
    const got = await ask(`${url}healthz`);
    expect([got.status, got.body]).toEqual([503, 'not healthy: the queue has not been read for 6 min\n']);
    const { body } = await ask(`${url}metrics`);
    expect(readOpenMetrics(body).get('mirrorwatch_healthy')?.samples[0]?.value).toBe(0);
  });

  it('sends what has changed to a page that is open', async () => {
    const { port, tell } = await serving();
    const page = raw(port, `GET /events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    await until(() => page.received().includes('data: '));
    tell({ kind: 'processed', at: new Date(), batch: aBatch({ actions: [{ what: 'mailed', text: 'a new mail' }] }) });
    await until(() => page.received().includes('a new mail'));
    expect(page.isClosed()).toBe(false);
  });
});

describe('what is refused', () => {
  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'])('%s', async (method) => {
    const { url } = await serving();
    const { status, headers } = await ask(url, { method });
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
  });

  it.each([
    'evil.example',
    'evil.example:PORT',
    '127.0.0.1',
    '127.0.0.1:1',
    'localhost.evil.example:PORT',
    '127.0.0.1:PORT.evil.example',
    'localhost.:PORT',
    '0.0.0.0:PORT',
    '[::1]:PORT',
    '2130706433:PORT',
    '169.254.169.254:PORT',
  ])('a name that somebody made lead here: Host %s', async (host) => {
    const { url, port } = await serving();
    for (const path of ['', 'events', 'metrics', 'healthz', 'nothing']) {
      const { status, body } = await ask(`${url}${path}`, { headers: { Host: host.replace('PORT', String(port)) } });
      expect(status).toBe(403);
      expect(body).not.toContain('queue');
    }
  });

  it('no name that it has', async () => {
    const { url, port } = await serving();
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`])
      expect((await ask(url, { headers: { Host: host } })).status).toBe(200);
  });

  it('the pages of other sites: they may lead here, but read, embed or hold nothing', async () => {
    const { url } = await serving();
    const from = (site: string, mode: string) =>
      ask(`${url}events`, { method: 'HEAD', headers: { 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': mode } });
    expect((await from('cross-site', 'cors')).status).toBe(403);
    expect((await from('same-site', 'no-cors')).status).toBe(403);
    expect((await from('cross-site', 'navigate')).status).toBe(200);
    expect((await from('same-origin', 'cors')).status).toBe(200);
    expect((await from('none', 'navigate')).status).toBe(200);
  });

  it.each([
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['no Host in HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', 403],
    ['an address instead of a path', 'GET http://evil.example/ HTTP/1.1\r\nHost: HOST\r\n\r\n', 400],
    ['no path', 'GET * HTTP/1.1\r\nHost: HOST\r\n\r\n', 400],
    ['headers of more than 8 kB', `GET / HTTP/1.1\r\nHost: HOST\r\nX: ${'x'.repeat(9_000)}\r\n\r\n`, 431],
    ['what is no HTTP', 'hello\r\n\r\n', 400],
    ['two lengths', 'GET / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
  ])('%s', async (_, text, status) => {
    const { port } = await serving();
    const connection = raw(port, text.replace('HOST', `127.0.0.1:${port}`));
    await until(() => connection.received() !== '');
    expect(connection.received()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it('headers that do not end', async () => {
    const { port } = await serving();
    const slow = raw(port, `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX: `);
    await until(slow.isClosed, 12);
    expect(slow.received()).toMatch(/^(?:HTTP\/1.1 408 |$)/);
  }, 20_000);
});

describe('how much is served', () => {
  it('is bounded in open pages, and the others are told', async () => {
    const { port, url } = await serving();
    const ask16 = Array.from({ length: MOST_STREAMS }, () =>
      raw(port, `GET /events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`),
    );
    await until(() => ask16.every((page) => page.received().includes('data: ')));
    const { status, headers } = await ask(`${url}events`);
    expect([status, headers['retry-after']]).toEqual([503, '30']);
    expect((await ask(`${url}healthz`)).status).toBe(200);
    sockets[0]?.destroy();
    await until(() => sockets[0]?.destroyed === true);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await ask(`${url}events`)).status).toBe(200);
  });

  it('is bounded in connections', async () => {
    const { port, url } = await serving();
    const many = Array.from({ length: 200 }, () => raw(port, ''));
    await until(() => many.filter((one) => one.isClosed()).length >= 136);
    expect(many.filter((one) => !one.isClosed())).toHaveLength(64);
    for (const socket of sockets.splice(0)) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await ask(`${url}healthz`)).status).toBe(200);
  });
});

describe('the server', () => {
  it('listens on IPv6', async () => {
    const { url } = await serving({ host: '::1' });
    expect(url).toMatch(/^http:\/\/\[::1\]:\d+\/$/);
    expect((await ask(`${url}healthz`)).status).toBe(200);
  });

  it('believes every Host only if it was told to', async () => {
    const { url } = await serving({ anyHost: true });
    expect((await ask(`${url}healthz`, { headers: { Host: 'monitoring.example' } })).status).toBe(200);
  });

  it('says that another process listens there', async () => {
    const { port } = await serving();
    const again = serveLive({ host: '127.0.0.1', port }, { state: aBusyState, anyHost: false });
    await expect(again).rejects.toThrow(
      `--serve: cannot listen at http://127.0.0.1:${port}/: another process listens there`,
    );
  });

  it('answers 500 if an answer cannot be made, and goes on', async () => {
    let isBroken = true;
    const state = (): LiveState => {
      if (isBroken) throw new Error('no state');
      return now(aBusyState());
    };
    server = await serveLive({ host: '127.0.0.1', port: 0 }, { state, anyHost: false });
    expect((await ask(`${server.url}healthz`)).status).toBe(500);
    isBroken = false;
    expect((await ask(`${server.url}healthz`)).status).toBe(200);
  });

  it('ends open pages when it closes', async () => {
    const { port } = await serving();
    const page = raw(port, `GET /events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    const idle = raw(port, '');
    await until(() => page.received().includes('data: '));
    server?.close();
    await until(() => page.isClosed() && idle.isClosed(), 1);
  });
});
