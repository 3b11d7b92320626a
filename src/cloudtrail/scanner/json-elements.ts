/** The scanner's inner loop as a typed object: WebAssembly that counts JSON elements and marks those worth parsing. */

import { JSON_ELEMENTS_WASM } from './json-elements-wasm.ts';

/** Why a walk stopped; the values are the kernel's (`kernel/json-elements.ts`). */
export const STOP = {
  consumed: 0,
  arrayOpened: 1,
  closed: 2,
  recordsKey: 3,
  outFull: 4,
  broken: 5,
} as const;

/** What the kernel says of an element it hands back. */
export const FLAG = { nameSeen: 1, odd: 8, gap: 16, container: 32 } as const;

/** An i32 that both sides read and write. */
interface Cell {
  value: number;
}

/** The kernel's exports; its positions count from the beginning of the bytes the caller holds. */
export interface ElementWalk {
  readonly depth: Cell;
  readonly inArray: Cell;
  readonly everything: Cell;
  readonly anyName: Cell;
  readonly anySource: Cell;
  readonly count: Cell;
  readonly start: Cell;
  readonly lastEnd: Cell;
  readonly first: Cell;
  readonly flags: Cell;
  readonly outCount: Cell;
  readonly at: Cell;
  /** 1 once a byte beyond ASCII may have been seen; only `createElementWalk` and whoever uses it set it back. */
  readonly beyondAscii: Cell;
  readonly inString: { value: bigint };
  readonly escaped: { value: bigint };
  readonly afterString: { value: bigint };
  /** Walks `[from, length)` of the input window; `limit` bytes of it may be looked at, its first lies at `offset`. */
  run(from: number, length: number, limit: number, offset: number): number;
  readonly memory: { readonly buffer: ArrayBuffer };
}

/** Bytes walked at a time: small enough to stay in the processor's cache between the copy and the walk. */
export const WINDOW_BYTES: number = 128 * 1024;
/** How far behind a window the kernel looks for a key's value. */
export const SIGHT_BYTES = 256;
/** How far before a window the kernel looks for a key. */
export const MARGIN_BYTES = 64;

const INPUT = 0x1_2000;
const OUT = 0x9000;
const TABLES = { names: 0x1000, sources: 0x5000 } as const;
const SLOTS = 4096;
/** Past this many a set is not worth its table: every value counts as wanted and the parse decides. */
const MOST_ENTRIES = SLOTS / 2;

/** The part of WebAssembly's interface that is used: Node's types leave it to those of the browser. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
const kernel: object = new Module(Buffer.from(JSON_ELEMENTS_WASM, 'base64'));

/** A walk of its own, at about 100 µs and half a megabyte. */
export function createElementWalk(): ElementWalk {
  const abort = (): never => {
    throw new Error('the scanner kernel stopped itself');
  };
  return new Instance(kernel, { env: { abort } }).exports as ElementWalk;
}

/** Back to the beginning of a file; the wanted sets stay. */
export function resetWalk(walk: ElementWalk): void {
  for (const cell of [walk.depth, walk.inArray, walk.count, walk.lastEnd, walk.flags, walk.outCount]) cell.value = 0;
  for (const cell of [walk.inString, walk.escaped, walk.afterString]) cell.value = 0n;
  walk.start.value = -1;
  walk.first.value = 1;
}

/** Sets what is wanted: values as they stand in the JSON; undefined for "any". */
export function setWanted(
  walk: ElementWalk,
  names: ReadonlySet<string> | undefined,
  sources: ReadonlySet<string> | undefined,
): void {
  walk.anyName.value = fillTable(walk, TABLES.names, names) ? 0 : 1;
  walk.anySource.value = fillTable(walk, TABLES.sources, sources) ? 0 : 1;
  walk.everything.value = names === undefined && sources === undefined ? 1 : 0;
}

/** Copies a window of `data` before the walk: the margin before `from`, then up to the sight behind `to`. Answers the limit. */
export function fillWindow(walk: ElementWalk, data: Uint8Array, from: number, to: number): number {
  const margin = Math.min(MARGIN_BYTES, from);
  const limit = Math.min(data.length, to + SIGHT_BYTES);
  new Uint8Array(walk.memory.buffer, INPUT - margin, margin + limit - from).set(data.subarray(from - margin, limit));
  return limit - from;
}

/** The entries of the last run: start, end, index and flags of each, flat. Valid until the next run. */
export function entriesOf(walk: ElementWalk): Int32Array {
  return new Int32Array(walk.memory.buffer, OUT, walk.outCount.value * 4);
}

function fillTable(walk: ElementWalk, address: number, values: ReadonlySet<string> | undefined): boolean {
  const table = new Uint32Array(walk.memory.buffer, address, SLOTS).fill(0);
  if (values === undefined || values.size > MOST_ENTRIES) return false;
  for (const value of values) {
    const hash = hashOf(value);
    let slot = hash % SLOTS;
    while (table[slot] !== 0 && table[slot] !== hash) slot = (slot + 1) % SLOTS;
    table[slot] = hash;
  }
  return true;
}

/** FNV-1a of the UTF-8 bytes, never 0: the same as the kernel's. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0 || 1;
}
