/** Drives the kernel over a log file of any form, piece by piece: a list under `Records`, a bare list, values one after the other. */

import {
  type ElementWalk,
  entriesOf,
  FLAG,
  fillWindow,
  resetWalk,
  SIGHT_BYTES,
  STOP,
  setWanted,
  WINDOW_BYTES,
} from './json-elements.ts';
import { valueEnd } from './json-walk.ts';
import { type GapPlace, judgeGap, nextOpening, openingOf, USUAL_OPENING, wholeRecords } from './log-damage.ts';
import type { Tally } from './scan-tally.ts';
import type { Wanted } from './wanted.ts';

/** No record is near as long (CloudTrail's limit is 256 KB); a value past this is not kept in memory while its end is awaited. */
const MOST_VALUE_BYTES = 64 * 1024 * 1024;
/** A value still open at the end of the file and longer than this is no cut-off record: it has swallowed others. */
const MOST_RECORD_BYTES = 512 * 1024;

const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `Records` with each letter written as an escape, and its quotes. */
const LONGEST_KEY = 44;
const NEW_LINE_OBJECT: Buffer = Buffer.from('{');

export interface LogWalk {
  /** Takes the next bytes of the file, which must stay as they are until the next call. */
  readonly push: (chunk: Buffer) => void;
  /** Ends the file: what is still open is judged. */
  readonly end: () => void;
  /** Values walked past, whatever they were. */
  readonly elements: () => number;
  /** Why the file is not whole, in words; undefined while nothing speaks against it. */
  readonly incomplete: () => string | undefined;
}

/** The object whose `Records` is being walked, and the way back to where the tally stood before its list. */
interface Container {
  readonly start: number;
  readonly elements: number;
  readonly back: () => boolean;
}

/** Begins a walk over one file; `walk` is its alone until `end`. */
export function startLogWalk(walk: ElementWalk, wanted: Wanted, tally: Tally): LogWalk {
  resetWalk(walk);
  setWanted(walk, wanted.eventNames, wanted.eventSources);
  let data: Buffer = Buffer.alloc(0);
  /** Where in `data` the walk goes on. */
  let next = 0;
  /** Where in the file `data` begins. */
  let fileOffset = 0;
  let container: Container | undefined;
  let awaitingList = false;
  /** Behind damage, with no record in sight yet. */
  let lost = false;
  let opening = USUAL_OPENING;
  let incomplete: string | undefined;

  const inList = (): boolean => walk.inArray.value === 1;
  const inContainer = (): boolean => (walk.flags.value & FLAG.container) !== 0;
  const spoil = (reason: string): void => {
    incomplete ??= reason;
  };
  const spoilAt = (position: number, what: string): void => spoil(`damaged at byte ${fileOffset + position}: ${what}`);

  /** Sets the kernel between two values. */
  const restart = (position: number, first: boolean): void => {
    const [count, list] = [walk.count.value, walk.inArray.value];
    resetWalk(walk);
    [walk.count.value, walk.inArray.value, walk.lastEnd.value, walk.first.value] = [
      count,
      list,
      position,
      first ? 1 : 0,
    ];
    next = position;
  };

  const takeEntries = (): void => {
    const entries = entriesOf(walk).slice();
    walk.outCount.value = 0;
    for (let at = 0; at < entries.length; at += 4) {
      const [from = 0, to = 0, index = 0, flags = 0] = entries.subarray(at, at + 4);
      if ((flags & FLAG.gap) !== 0) takeGap(from, to, index, { first: (flags & FLAG.nameSeen) !== 0, last: false });
      else takeElement(data.subarray(from, to), from, index, flags);
    }
  };

  const takeElement = (bytes: Buffer, from: number, index: number, flags: number): void => {
    const named = (flags & (FLAG.nameSeen | FLAG.odd)) === FLAG.nameSeen;
    if (tally.take(bytes, index, named) === 'taken') return;
    giveUp(index, from);
    salvage(bytes.subarray(1), index);
  };

  /** An element that was counted and is no JSON. */
  const giveUp = (index: number, from: number): void => {
    tally.lose(index, `damaged at byte ${fileOffset + from}: not JSON`);
    spoilAt(from, 'not JSON');
  };

  const salvage = (bytes: Buffer, index: number): void => {
    for (const record of wholeRecords(bytes, inList() ? opening : NEW_LINE_OBJECT)) tally.find(record, index);
  };

  const takeGap = (from: number, to: number, index: number, place: Pick<GapPlace, 'first' | 'last'>): void => {
    const gap = judgeGap(data.subarray(from, to), { ...place, inList: inList(), fileStart: fileOffset + from === 0 });
    if ('damage' in gap) spoilAt(from, gap.damage);
    else
      for (const value of gap.values)
        tally.reject(index, `${value === null ? 'null' : `a ${typeof value}`} where a record was expected`);
  };

  const enterList = (position: number): void => {
    walk.inArray.value = 1;
    opening = openingOf(data.subarray(position, position + 256));
    restart(position, true);
  };

  /** Behind a `Records` key: enters its list. Without a list the object is judged whole at its end. False while nothing is in sight. */
  const enterRecords = (): boolean => {
    const value = firstNonSpace(data, next);
    if (value === data.length) return false;
    awaitingList = false;
    if (inContainer() && container !== undefined) {
      if (container.back()) walk.count.value = container.elements;
      else spoilAt(next, 'a second Records in one object');
    }
    if (data[value] !== OPEN_BRACKET) {
      walk.flags.value = FLAG.odd;
      return true;
    }
    container = { start: walk.start.value, elements: walk.count.value, back: tally.mark() };
    enterList(value + 1);
    return true;
  };

  const leaveList = (): void => {
    const bracket = next - 1;
    takeGap(walk.lastEnd.value, bracket, walk.count.value, { first: walk.first.value === 1, last: true });
    if (data[bracket] !== CLOSE_BRACKET) spoilAt(bracket, 'a list closed by a brace');
    walk.inArray.value = 0;
    restart(next, false);
    if (container === undefined) return;
    [walk.depth.value, walk.start.value, walk.flags.value] = [1, container.start, FLAG.container];
  };

  /** Past damage: the value it was seen in may still be whole; if not, on to the next that begins like a record. */
  const recover = (): void => {
    const begun = walk.start.value >= 0 && !inContainer() ? walk.start.value : data.indexOf('{', walk.lastEnd.value);
    const end = begun === -1 ? -1 : valueEnd(data, begun);
    const index = walk.count.value;
    walk.count.value += 1;
    if (end !== -1 && tally.take(data.subarray(begun, end), index, false) === 'taken') {
      restart(end, false);
      return;
    }
    giveUp(index, begun === -1 ? walk.lastEnd.value : begun);
    lost = true;
    next = begun === -1 ? data.length : begun + 1;
    findWay();
  };

  const findWay = (): void => {
    const mark = inList() ? opening : NEW_LINE_OBJECT;
    const at = nextOpening(data, next, mark);
    const retry = Math.max(next, data.length - mark.length);
    restart(at === -1 ? data.length : at, true);
    if (at === -1) next = retry;
    else lost = false;
  };

  /** What the kernel stopped for. False when more bytes are needed to go on. */
  const handle = (stop: number): boolean => {
    if (stop === STOP.arrayOpened) {
      container = undefined;
      enterList(next);
    } else if (stop === STOP.recordsKey) {
      awaitingList = keyBefore(data, next - 1) === 'Records';
      return !awaitingList || enterRecords();
    } else if (stop === STOP.closed && inList()) leaveList();
    else if (stop === STOP.closed) {
      spoilAt(next - 1, 'a bracket too many');
      restart(next, false);
    } else if (stop === STOP.broken) recover();
    return true;
  };

  /** Walks one window; several stops in it cost no second copy. */
  const step = (limit: number): boolean => {
    const [from, to] = [next, Math.min(limit, next + WINDOW_BYTES)];
    const sight = fillWindow(walk, data, from, to);
    while (next >= from && next < to && !lost) {
      const stop = walk.run(next - from, to - from, sight, from);
      next = from + walk.at.value;
      takeEntries();
      if (!handle(stop)) return false;
    }
    return true;
  };

  const advance = (limit: number): void => {
    if (awaitingList && !enterRecords()) return;
    if (lost) findWay();
    while (!lost && next < limit) if (!step(limit)) return;
  };

  /** Forgets what has been walked but for an open value, what lies before it, and a margin. */
  const shed = (): void => {
    // Whitespace behind a value means nothing and may be long.
    if (walk.depth.value === 0 && !lost) walk.lastEnd.value = Math.min(firstNonSpace(data, walk.lastEnd.value), next);
    const inValue = walk.depth.value > 0 && !inContainer();
    const pending = inValue ? walk.start.value : inContainer() ? next : walk.lastEnd.value;
    const keep = Math.max(0, Math.min(pending, next - SIGHT_BYTES));
    if (data.length - keep > MOST_VALUE_BYTES) {
      spoilAt(keep, `a value of more than ${MOST_VALUE_BYTES} bytes`);
      walk.count.value += 1;
      tally.lose(walk.count.value - 1, `longer than ${MOST_VALUE_BYTES} bytes`);
      lost = true;
      restart(data.length, true);
      shed();
      return;
    }
    data = data.subarray(keep);
    next -= keep;
    fileOffset += keep;
    walk.lastEnd.value -= keep;
    walk.start.value = walk.start.value >= keep ? walk.start.value - keep : -1;
    if (container !== undefined) container = { ...container, start: -1 };
  };

  const judgeEnd = (): void => {
    if (lost) return;
    if (!inList() && walk.depth.value === 0) {
      takeGap(walk.lastEnd.value, data.length, walk.count.value, { first: false, last: true });
      return;
    }
    const inside = walk.depth.value > 0 && !inContainer();
    spoil(
      inside
        ? `ends inside record ${walk.count.value + 1}`
        : `ends behind record ${walk.count.value}, before its list is closed`,
    );
    if (!inside) return;
    const open = data.subarray(walk.start.value + 1);
    if (open.length > MOST_RECORD_BYTES || /\]\s*\}\s*$/.test(open.toString('latin1', Math.max(0, open.length - 16))))
      salvage(open, walk.count.value);
  };

  return {
    push: (chunk) => {
      if (data.length > 0) shed();
      data = data.length === 0 ? chunk : Buffer.concat([data, chunk]);
      advance(data.length - SIGHT_BYTES);
    },
    end: () => {
      advance(data.length);
      judgeEnd();
    },
    elements: () => walk.count.value,
    incomplete: () => incomplete,
  };
}

/** The key whose colon lies at `colon`, when it is short enough to be `Records` in any writing. */
function keyBefore(bytes: Buffer, colon: number): string | undefined {
  let end = colon;
  while (end > 0 && bytes[end - 1] !== QUOTE) end -= 1;
  for (let start = end - 2; start >= Math.max(0, end - LONGEST_KEY); start -= 1) {
    if (bytes[start] !== QUOTE || oddBackslashes(bytes, start)) continue;
    const key: unknown = JSON.parse(bytes.toString('utf8', start, end));
    return typeof key === 'string' ? key : undefined;
  }
  return undefined;
}

function oddBackslashes(bytes: Buffer, before: number): boolean {
  let at = before;
  while (at > 0 && bytes[at - 1] === BACKSLASH) at -= 1;
  return (before - at) % 2 === 1;
}

function firstNonSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && [0x20, 0x09, 0x0a, 0x0d].includes(bytes[at] ?? 0)) at += 1;
  return at;
}
