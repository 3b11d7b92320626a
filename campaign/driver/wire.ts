/** HTTP without sockets: `http.request` and `fetch` reach a function in this process. */

import http from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { Readable, Writable } from 'node:stream';
import type { Timer } from './clock.ts';
import { currentOwner, type Owner } from './process.ts';

/** A request as it arrived. */
export interface WireRequest {
  readonly method: string;
  /** Without a port. */
  readonly host: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What the other side sends. `stalls`: the body stops halfway and nothing follows. */
export interface WireResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  readonly stalls?: boolean;
}

/** One way to answer: a response, or a connection that breaks. Not to answer is silence. */
export interface Reply {
  /** False if the caller has given up. */
  respond(response: WireResponse): boolean;
  fail(code: string): void;
}

/** The other side of every connection. `owner` is the container that calls. */
export type Wire = (request: WireRequest, reply: Reply, owner: Owner) => void;

/** Sends every HTTP request of this process to `wire`. To be called once, before any handler is imported. */
export function installWire(wire: Wire): void {
  const request = (options: http.RequestOptions, onResponse?: (response: unknown) => void): DoubleRequest => {
    const owner = currentOwner();
    if (owner === undefined) throw new Error('only handlers make requests');
    return new DoubleRequest(options, onResponse, { owner, wire });
  };
  for (const module of [http, https]) Object.assign(module, { request });
  syncBuiltinESMExports();
  globalThis.fetch = (input, init) => fetchOver(wire, String(input), init);
}

/** The parts of a socket that the SDK touches. */
class DoubleSocket extends Writable {
  connecting = false;
  private idle: Timer | undefined;
  private readonly owner: Owner;
  constructor(owner: Owner) {
    super();
    this.owner = owner;
  }
  setKeepAlive(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setTimeout(ms: number, onTimeout?: () => void): this {
    if (this.idle !== undefined) this.owner.cancel(this.idle);
    this.idle = ms > 0 ? this.owner.later(ms, () => this.emit('timeout')) : undefined;
    if (onTimeout !== undefined) this.once('timeout', onTimeout);
    return this;
  }
}

/** Node's ClientRequest as far as the SDK uses it. */
class DoubleRequest extends Writable {
  readonly socket: DoubleSocket;
  private readonly chunks: Buffer[] = [];
  private readonly options: http.RequestOptions;
  private readonly owner: Owner;
  private readonly wire: Wire;
  private response: Readable | undefined;

  constructor(
    options: http.RequestOptions,
    onResponse: ((response: unknown) => void) | undefined,
    { owner, wire }: { readonly owner: Owner; readonly wire: Wire },
  ) {
    super({ autoDestroy: false });
    this.options = options;
    this.owner = owner;
    this.wire = wire;
    this.socket = new DoubleSocket(owner);
    if (onResponse !== undefined) this.once('response', onResponse);
    process.nextTick(() => this.emit('socket', this.socket));
  }

  setTimeout(ms: number, onTimeout?: () => void): this {
    this.socket.setTimeout(ms, () => this.emit('timeout'));
    if (onTimeout !== undefined) this.once('timeout', onTimeout);
    return this;
  }
  setNoDelay(): void {
    this.socket.setNoDelay();
  }
  setSocketKeepAlive(): void {
    this.socket.setKeepAlive();
  }
  setHeader(name: string, value: string): void {
    Object.assign(this.options, { headers: { ...this.options.headers, [name]: value } });
  }

  override _write(chunk: Buffer | string, _encoding: string, done: () => void): void {
    this.chunks.push(Buffer.from(chunk as string));
    done();
  }

  override _final(done: () => void): void {
    done();
    this.wire(this.arrived(), { respond: (each) => this.respond(each), fail: (code) => this.fail(code) }, this.owner);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.socket.setTimeout(0);
    done(error);
  }

  private arrived(): WireRequest {
    const { method = 'GET', host, path = '/', headers = {} } = this.options;
    const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
    return {
      ...{ method, host: host ?? '', path: String(path) },
      headers: Object.fromEntries(lower),
      body: Buffer.concat(this.chunks as unknown as Uint8Array[]),
    };
  }

  private respond({ status, headers = {}, body, stalls = false }: WireResponse): boolean {
    if (this.destroyed) return false;
    const bytes = Buffer.from(body as string);
    const response = new Readable({ read: () => undefined });
    Object.assign(response, { statusCode: status, statusMessage: '', headers, complete: !stalls });
    if (stalls) response.push(bytes.subarray(0, bytes.length >> 1));
    else {
      response.push(bytes);
      response.push(null);
      this.socket.setTimeout(0);
      response.once('end', () => this.emit('close'));
    }
    this.response = response;
    this.emit('response', response);
    return true;
  }

  private fail(code: string): void {
    if (this.destroyed) return;
    const error = Object.assign(new Error(`connection: ${code}`), { code, syscall: 'read' });
    this.response?.destroy(error);
    this.destroy(error);
  }
}

function fetchOver(wire: Wire, url: string, init: RequestInit = {}): Promise<Response> {
  const owner = currentOwner();
  if (owner === undefined) throw new Error('only handlers make requests');
  const { hostname, pathname, search } = new URL(url);
  const headers = Object.fromEntries(new Headers(init.headers));
  const request = { method: init.method ?? 'GET', host: hostname, path: `${pathname}${search}`, headers };
  return new Promise((resolve, reject) => {
    init.signal?.addEventListener('abort', () => reject(init.signal?.reason));
    wire(
      { ...request, body: Buffer.from(String(init.body ?? '')) },
      {
        respond: ({ status, body }) => {
          resolve(new Response(status === 204 ? null : String(body), { status }));
          return init.signal?.aborted !== true;
        },
        fail: (code) => reject(new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) })),
      },
      owner,
    );
  });
}
