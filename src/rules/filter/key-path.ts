/** Tells in which objects a member of a record is, by walking over the bytes before it. */

import { skipSpace } from '../../cloudtrail/scanner/json-walk.ts';

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Deeper places are not told. */
const MOST_LEVELS = 64;

/** A walk over one record. */
export interface KeyWalk {
  /**
   * False if the member whose name ends before `place` certainly has another path: neither this one nor one that ends with it. Lists have no
   * part in paths, and names with dots are as many parts. Each place has to be behind the one before, so that all of them cost one pass.
   */
  readonly mayHavePath: (place: number, path: string) => boolean;
}

/** Starts a walk over a record without escaped letters. */
export function walkKeys(record: Buffer): KeyWalk {
  const walked: Walked = { at: 0, depth: 0, begins: [], ends: [] };
  return {
    mayHavePath: (place, path) => {
      walkTo(record, place, walked);
      const { at, depth, begins, ends } = walked;
      if (at !== place || depth < 0 || depth >= MOST_LEVELS) return true;
      const names: string[] = [];
      for (let level = 1; level <= depth; level += 1) {
        const [begin = 0, end = 0] = [begins[level], ends[level]];
        if (end > begin) names.push(record.toString('latin1', begin, end));
      }
      const found = names.join('.');
      return found === path || found.endsWith(`.${path}`);
    },
  };
}

/** How far a walk has come, and at each level of brackets where the last name begins and ends; the same for a list. */
interface Walked {
  at: number;
  depth: number;
  readonly begins: number[];
  readonly ends: number[];
}

/** Walks on to a place behind a name, or to the first text behind it. */
function walkTo(record: Uint8Array, place: number, walked: Walked): void {
  const { begins, ends } = walked;
  let { at, depth } = walked;
  while (at < place && depth >= 0 && depth < MOST_LEVELS) {
    const byte = record[at] as number;
    if (byte === QUOTE) {
      const begin = at + 1;
      at = textEnd(record, at);
      if (isName(record, at)) {
        begins[depth] = begin;
        ends[depth] = at - 1;
      }
      continue;
    }
    at += 1;
    // Brackets and braces differ in one bit.
    const brace = byte | 0x20;
    if (brace === CLOSE_BRACE) depth -= 1;
    else if (brace === OPEN_BRACE) {
      depth += 1;
      begins[depth] = 0;
      ends[depth] = 0;
    }
  }
  walked.at = at;
  walked.depth = depth;
}

function isName(record: Uint8Array, end: number): boolean {
  return record[end] === COLON || record[skipSpace(record, end)] === COLON;
}

/** The position behind the closing quote of the text that begins at a quote; more than the length if it has none. */
export function textEnd(bytes: Uint8Array, from: number): number {
  const { length } = bytes;
  for (let at = from + 1; at < length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH) at += 1;
  }
  return length + 1;
}
