/** Makes this Node process deterministic: virtual time, seeded chance, no work on other threads, no output of the handlers. */

import { AsyncLocalStorage } from 'node:async_hooks';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import zlib from 'node:zlib';
import type { Timer } from './clock.ts';
import type { Random } from './random.ts';

/** Whose code is running: a container of a function. Its world decides about time and chance. */
export interface Owner {
  /** Milliseconds since 1970 as this container's clock shows them. */
  now(): number;
  readonly random: Random;
  /** Runs in `ms` of virtual time, unless the container is dead by then; a frozen one runs it once it is thawed. */
  later(ms: number, run: () => void): Timer;
  cancel(timer: Timer): void;
  /** What its code wrote to stdout or stderr. */
  wrote(text: string): void;
}

const owners = new AsyncLocalStorage<Owner>();
const real = { Date, setImmediate, setTimeout, clearTimeout, randomUUID: crypto.randomUUID, now: performance.now };

/** The container whose code is running; undefined in the driver's own code. */
export function currentOwner(): Owner | undefined {
  return owners.getStore();
}

/** Runs code as a container's. Everything that it starts stays the container's. */
export function runAs<T>(owner: Owner, run: () => T): T {
  return owners.run(owner, run);
}

/** Waits until the code that runs has nothing left to do but wait for virtual time. */
export async function quiet(): Promise<void> {
  do await new Promise((resolve) => real.setImmediate(resolve));
  while (process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq')));
}

/** Milliseconds of real time. */
export const realNow = (): number => real.now.call(performance);

/** Replaces what Node offers by what is the same on every run. To be called once, before any handler is imported. */
export function makeDeterministic(): void {
  replaceTime();
  replaceChance();
  replaceThreads();
  replaceOutput();
  syncBuiltinESMExports();
}

function replaceTime(): void {
  const now = (): number => owners.getStore()?.now() ?? real.Date.now();
  globalThis.Date = new Proxy(real.Date, {
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new real.Date(now()).toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
  performance.now = () => (owners.getStore() === undefined ? real.now.call(performance) : now() - 1.7e12);
  const wait = (ms = 0, value?: unknown): Promise<unknown> =>
    new Promise((resolve) => {
      virtualTimeout(() => resolve(value), ms);
    });
  const replaced = {
    setTimeout: virtualTimeout,
    clearTimeout: clearVirtual,
    setInterval: virtualInterval,
    clearInterval: clearVirtual,
    setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]) => virtualTimeout(run, 0, ...args),
    clearImmediate: clearVirtual,
  };
  Object.assign(globalThis, replaced);
  Object.assign(timers, replaced);
  Object.assign(timersPromises, { setTimeout: wait, setImmediate: (value?: unknown) => wait(0, value) });
  AbortSignal.timeout = (ms) => {
    const controller = new AbortController();
    virtualTimeout(() => controller.abort(new DOMException('The operation timed out', 'TimeoutError')), ms);
    return controller.signal;
  };
}

/** What `setTimeout` returns: as much of Node's class as libraries use. */
class VirtualTimeout {
  readonly owner: Owner;
  timer: Timer;
  constructor(owner: Owner, timer: Timer) {
    this.owner = owner;
    this.timer = timer;
    known.set(timer.id, this);
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
  [Symbol.toPrimitive](): number {
    return this.timer.id;
  }
}

const known = new Map<number, VirtualTimeout>();

function virtualTimeout(run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): unknown {
  const owner = owners.getStore();
  if (owner === undefined) return real.setTimeout(run, ms, ...args);
  const timeout = new VirtualTimeout(
    owner,
    owner.later(Math.max(1, Math.trunc(ms) || 0), () => {
      known.delete(timeout.timer.id);
      run(...args);
    }),
  );
  return timeout;
}

function virtualInterval(run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): unknown {
  const owner = owners.getStore();
  if (owner === undefined) throw new Error('the driver itself sets no interval');
  const tick = (): void => {
    interval.timer = owner.later(Math.max(1, ms), tick);
    run(...args);
  };
  const interval = new VirtualTimeout(owner, owner.later(Math.max(1, ms), tick));
  return interval;
}

function clearVirtual(timeout: unknown): void {
  const found = timeout instanceof VirtualTimeout ? timeout : known.get(Number(timeout));
  if (found !== undefined) {
    known.delete(found.timer.id);
    found.owner.cancel(found.timer);
  } else if (owners.getStore() === undefined) real.clearTimeout(timeout as NodeJS.Timeout);
}

/** Forgets the timers of a world that is over. */
export function forgetTimers(): void {
  known.clear();
}

function replaceChance(): void {
  const random = Math.random.bind(Math);
  const chance: Random = () => (owners.getStore()?.random ?? random)();
  const fill = <T extends NodeJS.ArrayBufferView>(view: T): T => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = Math.floor(chance() * 256);
    return view;
  };
  const uuid = (): string => {
    const hex = Buffer.from(fill(new Uint8Array(16))).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  };
  Math.random = chance;
  const replaced = {
    randomUUID: uuid,
    randomBytes: (size: number) => fill(Buffer.alloc(size)),
    randomFillSync: fill,
    randomInt: (low: number, high?: number) =>
      high === undefined ? Math.floor(chance() * low) : low + Math.floor(chance() * (high - low)),
  };
  Object.assign(crypto, replaced);
  for (const [name, value] of Object.entries({ getRandomValues: fill, randomUUID: uuid }))
    Object.defineProperty(crypto.webcrypto, name, { value });
}

type ZlibHandle = {
  write(...args: unknown[]): void;
  writeSync(...args: unknown[]): void;
  init(...args: unknown[]): void;
};

/** zlib and file reads finish on other threads, whenever those get to it. Here they finish at once. */
function replaceThreads(): void {
  for (const made of [zlib.createGunzip(), zlib.createBrotliDecompress()]) {
    const prototype = Object.getPrototypeOf((made as unknown as { _handle: ZlibHandle })._handle) as ZlibHandle;
    const callbacks = new WeakMap<object, () => void>();
    const { init } = prototype;
    prototype.init = function (this: ZlibHandle, ...args) {
      const callback = args.find((arg) => typeof arg === 'function') as (() => void) | undefined;
      if (callback !== undefined) callbacks.set(this, callback);
      return init.apply(this, args);
    };
    prototype.write = function (this: ZlibHandle, ...args) {
      this.writeSync(...args);
      process.nextTick(() => callbacks.get(this)?.call(this));
    };
  }
  const readFile = async (path: fs.PathOrFileDescriptor, options?: BufferEncoding): Promise<unknown> =>
    fs.readFileSync(path, options);
  Object.assign(fs.promises, { readFile });
}

function replaceOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    stream.write = (chunk: string | Uint8Array, ...rest: never[]): boolean => {
      const owner = owners.getStore();
      if (owner === undefined) return write(chunk, ...rest);
      owner.wrote(String(chunk));
      return true;
    };
  }
}
