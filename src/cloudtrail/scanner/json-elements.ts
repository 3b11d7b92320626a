/** The scanner's inner loop as a typed object: WebAssembly that counts JSON elements and picks those worth parsing. */

import { JSON_ELEMENTS_WASM } from './json-elements-wasm.ts';

/** Why the kernel stopped; the values are those in `kernel/json-elements.ts`. */
export const STOP = {
  consumed: 0,
  arrayOpened: 1,
  closed: 2,
  recordsKey: 3,
  outFull: 4,
  broken: 5,
} as const;

/** One of the values of `STOP`. */
export type Stop = (typeof STOP)[keyof typeof STOP];

/** What the kernel says about an element it returns. */
export const FLAG = { nameSeen: 1, nameWanted: 2, sourceWanted: 4, odd: 8, gap: 16, container: 32 } as const;

/** An i32 that both sides read and write. */
interface Cell {
  value: number;
}

/** Which event names and sources are wanted; undefined means any. The sets must not change while a kernel holds them. */
export interface WantedNames {
  readonly names: ReadonlySet<string> | undefined;
  readonly sources: ReadonlySet<string> | undefined;
  /** `both` the name and the source have to be wanted, or `either`; `all` returns every element with flags that say whether either is. */
  readonly mode: 'both' | 'either' | 'all';
}

/** The kernel's exports. Its positions count from the start of the caller's bytes. */
export interface ScanKernel {
  readonly depth: Cell;
  readonly inArray: Cell;
  readonly everything: Cell;
  readonly anyName: Cell;
  readonly anySource: Cell;
  readonly either: Cell;
  readonly count: Cell;
  readonly start: Cell;
  readonly lastEnd: Cell;
  readonly first: Cell;
  readonly flags: Cell;
  readonly outCount: Cell;
  readonly at: Cell;
  /** 1 once a non-ASCII byte may have been seen. The kernel never resets it; `scanLog` does, once per file. */
  readonly beyondAscii: Cell;
  readonly inString: { value: bigint };
  readonly escaped: { value: bigint };
  readonly afterString: { value: bigint };
  /**
   * Walks `[from, length)` of the input window and may look ahead up to `limit`. `offset` is the position of the window's first
   * byte. Returns why it stopped; `at` says where.
   */
  run(from: number, length: number, limit: number, offset: number): Stop;
  readonly memory: { readonly buffer: ArrayBuffer };
  /** The sets that its tables hold, which are the same for thousands of files. Not the kernel's own. */
  tables?: WantedNames;
}

/** Bytes walked per window: small enough to stay in the CPU's cache between the copy and the walk. */
export const WINDOW_BYTES: number = 128 * 1024;
/** How far past a window the kernel looks for a key's value. */
export const LOOKAHEAD_BYTES = 256;
/** How far before a window the kernel looks for a key. */
const MARGIN_BYTES = 64;

const INPUT = 0x1_2000;
const OUT = 0x9000;
const TABLES = { names: 0x1000, sources: 0x5000 } as const;
const SLOTS = 4096;
/** A larger set isn't worth its table: every value then counts as wanted, and the parse decides. */
const MOST_ENTRIES = SLOTS / 2;

/** The part of the WebAssembly API that we use; Node's types leave it to the DOM's. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
const kernelModule: object = new Module(Buffer.from(JSON_ELEMENTS_WASM, 'base64'));

/** A new kernel; costs about 100 µs and half a megabyte. */
export function createKernel(): ScanKernel {
  const abort = (): never => {
    throw new Error('the scanner kernel aborted');
  };
  // The exports themselves cannot be added to.
  return { ...(new Instance(kernelModule, { env: { abort } }).exports as ScanKernel) };
}

/** Resets the kernel to the start of a file. The wanted sets stay. */
export function resetKernel(kernel: ScanKernel): void {
  const { depth, inArray, count, lastEnd, flags, outCount, inString, escaped, afterString } = kernel;
  for (const cell of [depth, inArray, count, lastEnd, flags, outCount]) cell.value = 0;
  for (const cell of [inString, escaped, afterString]) cell.value = 0n;
  kernel.start.value = -1;
  kernel.first.value = 1;
}

/** Sets which event names and sources are wanted, spelled as in the JSON. */
export function setWanted(kernel: ScanKernel, wanted: WantedNames): void {
  const { names, sources, mode } = wanted;
  const { tables } = kernel;
  if (tables !== undefined && tables.names === names && tables.sources === sources && tables.mode === mode) return;
  kernel.tables = wanted;
  kernel.anyName.value = fillTable(kernel, TABLES.names, names) ? 0 : 1;
  kernel.anySource.value = fillTable(kernel, TABLES.sources, sources) ? 0 : 1;
  kernel.either.value = mode === 'both' ? 0 : 1;
  kernel.everything.value = mode === 'all' || (names === undefined && sources === undefined) ? 1 : 0;
}

/** Copies a window of `data` into the kernel, with the margin before `from` and the lookahead past `to`. Returns `run`'s limit. */
export function fillWindow(kernel: ScanKernel, data: Uint8Array, from: number, to: number): number {
  const margin = Math.min(MARGIN_BYTES, from);
  const limit = Math.min(data.length, to + LOOKAHEAD_BYTES);
  new Uint8Array(kernel.memory.buffer, INPUT - margin, margin + limit - from).set(data.subarray(from - margin, limit));
  return limit - from;
}

/** The entries of the last run, flat: start, end, index and flags of each. Valid until the next run. */
export function entriesOf(kernel: ScanKernel): Int32Array {
  return new Int32Array(kernel.memory.buffer, OUT, kernel.outCount.value * 4);
}

function fillTable(kernel: ScanKernel, address: number, values: ReadonlySet<string> | undefined): boolean {
  const table = new Uint32Array(kernel.memory.buffer, address, SLOTS).fill(0);
  if (values === undefined || values.size > MOST_ENTRIES) return false;
  for (const value of values) {
    const hash = hashOf(value);
    let slot = hash % SLOTS;
    while (table[slot] !== 0 && table[slot] !== hash) slot = (slot + 1) % SLOTS;
    table[slot] = hash;
  }
  return true;
}

/** FNV-1a of the UTF-8 bytes, never 0. Must match the kernel's. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0 || 1;
}
