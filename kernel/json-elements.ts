/**
 * The scanner's inner loop, in AssemblyScript (compiled to WebAssembly with SIMD). It walks JSON 64 bytes at a time, knows for every
 * byte whether it is in a string and how deeply nested, and counts the elements of one level. It can only rule elements out: the
 * caller, src/cloudtrail/scanner/log-walk.ts, passes every element that is not certainly unwanted to JSON.parse.
 */

/** Open-addressed sets of 32-bit hashes: the wanted event names and event sources. 0 is an empty slot. */
const NAMES: usize = 0x1000;
const SOURCES: usize = 0x5000;
const SLOTS: u32 = 4096;
/** The output: four i32 per entry (start, end, index, flags). */
const OUT: usize = 0x9000;
const OUT_ENTRIES: i32 = 2048;
/** The input. The kernel may also look at 64 bytes before the part to walk and up to 256 after it. */
const INPUT: usize = 0x12000;

const NAME_SEEN: i32 = 1;
const NAME_WANTED: i32 = 2;
const SOURCE_WANTED: i32 = 4;
/** A backslash, or an unusual value or layout, at the record's top level: only a parse can decide. */
const ODD: i32 = 8;
/** The entry is not an element but the bytes between two, which are not just a comma and whitespace; with 1, before the first. */
const GAP: i32 = 16;
/** The element is not a record but the object that holds `Records`. */
const CONTAINER: i32 = 32;

const CONSUMED: i32 = 0;
const ARRAY_OPENED: i32 = 1;
const CLOSED: i32 = 2;
const RECORDS_KEY: i32 = 3;
const OUT_FULL: i32 = 4;
/** The byte after a closing quote cannot follow one in JSON: a quote is missing or extra. The walk stops at the start of that block. */
const BROKEN: i32 = 5;

export let depth: i32 = 0;
export let inString: i64 = 0;
export let escaped: u64 = 0;
/** 1: the elements are an array's, separated by commas; 0: values one after another, separated by whitespace. */
export let inArray: i32 = 0;
/** 1: every element is returned. */
export let everything: i32 = 0;
/** 1: any event source is wanted. */
export let anySource: i32 = 1;
/** 1: any event name is wanted. */
export let anyName: i32 = 1;
/** 1: a wanted source is enough, whatever the name, and the other way round. */
export let either: i32 = 0;
export let count: i32 = 0;
export let start: i32 = -1;
/** Where the last element ended, or the list started. */
export let lastEnd: i32 = 0;
export let first: i32 = 1;
export let flags: i32 = 0;
export let outCount: i32 = 0;
/** Where in the input the walk stopped. */
export let at: i32 = 0;
/** 1: a non-ASCII byte may have been seen. */
export let beyondAscii: i32 = 0;
/** 1: the last byte walked was a closing quote, so the next byte has yet to be checked. */
export let afterString: i64 = 0;

// @ts-ignore: decorator
@inline function isSpace(c: u8): bool {
  return c == 0x20 || c == 0x0a || c == 0x0d || c == 0x09;
}

// @ts-ignore: decorator
@inline function bits(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(a)) |
    (<u64>(<u32>i8x16.bitmask(b)) << 16) |
    (<u64>(<u32>i8x16.bitmask(c)) << 32) |
    (<u64>(<u32>i8x16.bitmask(d)) << 48)
  );
}

// @ts-ignore: decorator
@inline function equal(a: v128, b: v128, c: v128, d: v128, x: v128): u64 {
  return bits(i8x16.eq(a, x), i8x16.eq(b, x), i8x16.eq(c, x), i8x16.eq(d, x));
}

// @ts-ignore: decorator
@inline function bracket(v: v128, lower: v128, open: v128, close: v128): v128 {
  // `[` and `]` differ from `{` and `}` in the one bit that `lower` sets.
  const l = v128.or(v, lower);
  return v128.or(i8x16.eq(l, open), i8x16.eq(l, close));
}

/** The bytes that may follow a closing quote: brackets and colons, given in `known`, commas and whitespace. */
// @ts-ignore: decorator
@inline function follower(v: v128, known: v128, comma: v128, space: v128): v128 {
  return v128.or(v128.or(known, i8x16.eq(v, comma)), i8x16.le_u(v, space));
}

/** Bit i is set when an odd number of bits at or below i are: from an opening quote up to, but not including, the closing one. */
// @ts-ignore: decorator
@inline function prefixXor(x: u64): u64 {
  x ^= x << 1;
  x ^= x << 2;
  x ^= x << 4;
  x ^= x << 8;
  x ^= x << 16;
  x ^= x << 32;
  return x;
}

/** The bytes that a backslash escapes. `escaped` carries over from the block before. */
function escapedBy(backslashes: u64): u64 {
  const EVEN: u64 = 0x5555555555555555;
  const b = backslashes & ~escaped;
  const follows = (b << 1) | escaped;
  const oddStarts = b & ~EVEN & ~follows;
  const sequences = oddStarts + b;
  escaped = sequences < oddStarts ? 1 : 0;
  return (EVEN ^ (sequences << 1)) & follows;
}

function inSet(table: usize, hash: u32): bool {
  let slot = hash & (SLOTS - 1);
  while (true) {
    const held = load<u32>(table + ((<usize>slot) << 2));
    if (held == hash) return true;
    if (held == 0) return false;
    slot = (slot + 1) & (SLOTS - 1);
  }
}

/** FNV-1a of the string that starts at `p`, never 0; or 0 when it is empty or does not end before `limit`. */
function hashOf(p: usize, limit: usize): u32 {
  if (p < limit && load<u8>(p) == 0x22) return 0;
  let h: u32 = 0x811c9dc5;
  for (; p < limit; p++) {
    const c = load<u8>(p);
    if (c == 0x22) return h == 0 ? 1 : h;
    h = (h ^ c) * 0x01000193;
  }
  return 0;
}

/** The position after the opening quote of the value behind the colon at `p`, or 0 when it is not a string or out of sight. */
function stringAfter(p: usize, limit: usize): usize {
  let v = p + 1;
  while (v < limit && isSpace(load<u8>(v))) v++;
  return v < limit && load<u8>(v) == 0x22 ? v + 1 : 0;
}

/** Handles a colon at the element's top level. True when its key may be `Records`, outside a list. */
function key(p: usize, limit: usize): bool {
  let k = p - 1;
  if (load<u8>(k) != 0x22) {
    while (k > INPUT - 20 && isSpace(load<u8>(k))) k--;
    // Any further back, the longest key we look for (44 bytes) might start before the margin.
    if (load<u8>(k) != 0x22) {
      flags |= ODD;
      return inArray == 0;
    }
  }
  const tail = load<u64>(k - 7);
  if (tail == 0x22656d614e746e65) {
    // entName"
    if (load<u16>(k - 9) != 0x7665 || load<u8>(k - 10) != 0x22) return false;
    const v = stringAfter(p, limit);
    const h = v == 0 ? 0 : hashOf(v, limit);
    flags &= ~NAME_WANTED;
    if (h == 0) flags |= ODD;
    else flags |= NAME_SEEN | (anyName || inSet(NAMES, h) ? NAME_WANTED : 0);
  } else if (tail == 0x22656372756f5374) {
    // tSource"
    if (anySource || load<u32>(k - 11) != 0x6e657665 || load<u8>(k - 12) != 0x22) return false;
    const v = stringAfter(p, limit);
    const h = v == 0 ? 0 : hashOf(v, limit);
    flags &= ~SOURCE_WANTED;
    if (h == 0) flags |= ODD;
    else flags |= inSet(SOURCES, h) ? SOURCE_WANTED : 0;
  } else if (tail == 0x2265707954746e65) {
    // entType"
    if (load<u16>(k - 9) != 0x7665 || load<u8>(k - 10) != 0x22) return false;
    const v = stringAfter(p, limit);
    if (v == 0 || v + 8 > limit) {
      flags |= ODD;
      return false;
    }
    const t = load<u64>(v);
    // AwsApiCa(ll), AwsServi(ceEvent), AwsConso(leSignIn) are ordinary records; every other type is parsed.
    if (t != 0x6143697041737741 && t != 0x6976726553737741 && t != 0x6f736e6f43737741) flags |= ODD;
  } else if (tail == 0x2279726f67657461) {
    // ategory"
    if (load<u32>(k - 11) != 0x43746e65 || load<u16>(k - 13) != 0x7665 || load<u8>(k - 14) != 0x22) return false;
    const v = stringAfter(p, limit);
    if (v == 0 || v + 8 > limit) {
      flags |= ODD;
      return false;
    }
    // Manageme(nt), Data"
    const t = load<u64>(v);
    if (t != 0x656d6567616e614d && (t & 0xffffffffff) != 0x2261746144) flags |= ODD;
  }
  return inArray == 0 && mayBeRecords(k, tail);
}

/** Outside a list: true when the key that ends at `k` is `Records`, or is short and has escapes. */
function mayBeRecords(k: usize, tail: u64): bool {
  // Records"
  if (tail == 0x227364726f636552) return load<u8>(k - 8) == 0x22;
  for (let j = k - 1; j > k - 45; j--) {
    const c = load<u8>(j);
    if (c == 0x5c) return true;
    if (c == 0x22) return load<u8>(j - 1) == 0x5c;
  }
  return false;
}

// @ts-ignore: decorator
@inline function put(from: i32, to: i32, f: i32): void {
  const entry = OUT + ((<usize>outCount) << 4);
  store<i32>(entry, from);
  store<i32>(entry, to, 4);
  store<i32>(entry, count, 8);
  store<i32>(entry, f, 12);
  outCount++;
}

/** Clears the string state: the walk only stops after a structural character, outside any string. */
// @ts-ignore: decorator
@inline function stop(): void {
  inString = 0;
  escaped = 0;
  afterString = 0;
}

/** Checks what is between the last element and the one that opens at `p`. `shift` turns an address into a position. */
function gap(p: usize, shift: i32): void {
  const position = <i32>p + shift;
  const length = position - lastEnd;
  let commas = 0;
  let odd = length > <i32>(p - (INPUT - 64));
  if (!odd) {
    for (let j = p - length; j < p; j++) {
      const c = load<u8>(j);
      if (c == 0x2c) commas++;
      else if (!isSpace(c)) odd = true;
    }
  }
  if (odd || commas != (inArray != 0 && first == 0 ? 1 : 0)) put(lastEnd, position, GAP | first);
}

/**
 * Walks the input from `from` up to `length` and may look ahead up to `limit`. `offset` is the position of the input's first byte.
 * Returns why it stopped; the next run starts at `at`.
 */
export function run(from: i32, length: i32, limit: i32, offset: i32): i32 {
  const quote = i8x16.splat(0x22);
  const backslash = i8x16.splat(0x5c);
  const colon = i8x16.splat(0x3a);
  const comma = i8x16.splat(0x2c);
  const lower = i8x16.splat(0x20);
  const open = i8x16.splat(0x7b);
  const close = i8x16.splat(0x7d);
  const end = INPUT + <usize>length;
  const sight = INPUT + <usize>limit;
  const shift = offset - <i32>INPUT;
  let p: usize = INPUT + <usize>from;
  let string: u64 = <u64>inString;
  while (p < end) {
    const v0 = v128.load(p);
    const v1 = v128.load(p, 16);
    const v2 = v128.load(p, 32);
    const v3 = v128.load(p, 48);
    if (i8x16.bitmask(v128.or(v128.or(v0, v1), v128.or(v2, v3))) != 0) beyondAscii = 1;
    const left = end - p;
    const within: u64 = left >= 64 ? ~0 : ((<u64>1) << left) - 1;
    let q = equal(v0, v1, v2, v3, quote) & within;
    const k0 = i8x16.eq(v0, backslash);
    const k1 = i8x16.eq(v1, backslash);
    const k2 = i8x16.eq(v2, backslash);
    const k3 = i8x16.eq(v3, backslash);
    let b: u64 = 0;
    if (v128.any_true(v128.or(v128.or(k0, k1), v128.or(k2, k3))) || escaped != 0) {
      b = bits(k0, k1, k2, k3) & within;
      const e = escapedBy(b);
      if (left < 64) escaped = (e >> left) & 1;
      q &= ~e;
    }
    const s = prefixXor(q) ^ string;
    string = <u64>((<i64>s) >> 63);
    const b0 = bracket(v0, lower, open, close);
    const b1 = bracket(v1, lower, open, close);
    const b2 = bracket(v2, lower, open, close);
    const b3 = bracket(v3, lower, open, close);
    const c0 = i8x16.eq(v0, colon);
    const c1 = i8x16.eq(v1, colon);
    const c2 = i8x16.eq(v2, colon);
    const c3 = i8x16.eq(v3, colon);
    const closing = q & ~s;
    const after = (closing << 1) | <u64>afterString;
    if (after != 0) {
      const mayFollow = bits(
        follower(v0, v128.or(b0, c0), comma, lower),
        follower(v1, v128.or(b1, c1), comma, lower),
        follower(v2, v128.or(b2, c2), comma, lower),
        follower(v3, v128.or(b3, c3), comma, lower),
      );
      if ((after & within & ~mayFollow) != 0) {
        at = <i32>(p - INPUT);
        return BROKEN;
      }
    }
    afterString = left >= 64 ? <i64>(closing >> 63) : <i64>((after >> left) & 1);
    const ops = bits(b0, b1, b2, b3) & ~s & within;
    if (ops != 0 || depth == 1) {
      let rest: u64 = ~0;
      const keys = bits(c0, c1, c2, c3) & ~s & within;
      let m = depth == 1 ? ops | keys : ops;
      let from1: u64 = ~0;
      while (m != 0) {
        const i = ctz(m);
        rest = (~(<u64>1)) << i;
        const c = load<u8>(p + <usize>i);
        if (c == 0x3a) {
          if (key(p + <usize>i, sight)) {
            if ((b & from1 & ~rest) != 0) flags |= ODD;
            stop();
            at = <i32>(p + <usize>i - INPUT) + 1;
            return RECORDS_KEY;
          }
        } else if ((c & 4) == 0) {
          if (depth == 0) {
            const position = <i32>(p + <usize>i) + shift;
            if (inArray == 0 && c == 0x5b) {
              gap(p + <usize>i, shift);
              stop();
              at = <i32>(p + <usize>i - INPUT) + 1;
              return ARRAY_OPENED;
            }
            if (
              first != 0 ||
              inArray == 0 ||
              position != lastEnd + 1 ||
              load<u8>(p + <usize>i - 1) != 0x2c
            )
              gap(p + <usize>i, shift);
            first = 0;
            start = position;
            flags = (anySource ? SOURCE_WANTED : 0) | (c == 0x5b ? ODD : 0);
          } else if (depth == 1 && (b & from1 & ~rest) != 0) flags |= ODD;
          depth++;
          if (depth == 1) from1 = rest;
        } else {
          if (depth <= 1) {
            if (depth == 0) {
              stop();
              at = <i32>(p + <usize>i - INPUT) + 1;
              return CLOSED;
            }
            if ((b & from1 & ~rest) != 0 || c != 0x7d) flags |= ODD;
            lastEnd = <i32>(p + <usize>i) + shift + 1;
            if ((flags & CONTAINER) == 0) {
              if (
                everything != 0 ||
                (flags & ODD) != 0 ||
                (flags & NAME_SEEN) == 0 ||
                (flags & (NAME_WANTED | SOURCE_WANTED)) == (NAME_WANTED | SOURCE_WANTED) ||
                (either != 0 && (flags & (NAME_WANTED | SOURCE_WANTED)) != 0)
              )
                put(start, lastEnd, flags);
              count++;
            }
            start = -1;
            depth = 0;
            if (outCount >= OUT_ENTRIES - 2) {
              stop();
              at = <i32>(p + <usize>i - INPUT) + 1;
              return OUT_FULL;
            }
          } else {
            depth--;
            if (depth == 1) from1 = rest;
          }
        }
        m = (depth == 1 ? ops | keys : ops) & rest;
      }
      if (depth == 1 && (b & from1) != 0) flags |= ODD;
    }
    p += 64;
  }
  inString = <i64>string;
  at = length;
  return CONSUMED;
}
