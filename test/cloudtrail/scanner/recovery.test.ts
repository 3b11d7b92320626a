import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKernel } from '../../../src/cloudtrail/scanner/json-elements.ts';
import { startLogWalk } from '../../../src/cloudtrail/scanner/log-walk.ts';
import { followRun } from '../../../src/cloudtrail/scanner/next-record.ts';
import { createLogScanner, type LogScan, scanLog } from '../../../src/cloudtrail/scanner/scan.ts';
import { createTally } from '../../../src/cloudtrail/scanner/scan-tally.ts';

const RUNS = Number(process.env.SCAN_RUNS ?? 500);
const WANTED = { eventNames: new Set(['RunInstances']) };

/** A record whose parameters hold objects that look like records, which nobody called. */
const recordWithNested = (id: string): object => ({
  eventVersion: '1.08',
  eventName: 'RunInstances',
  eventID: id,
  requestParameters: {
    entries: [
      { eventVersion: '1.08', eventName: 'RunInstances', eventID: `${id}-nested` },
      { eventVersion: '1.08', eventName: 'RunInstances', eventID: `${id}-nested` },
    ],
    deeper: { eventVersion: '1.08', eventName: 'RunInstances', eventID: `${id}-nested` },
    filler: 'x'.repeat(200),
  },
  eventType: 'AwsApiCall',
});

const idsOf = (scan: LogScan): readonly string[] => scan.wanted.map(({ record }) => String(record.eventID));
const summaryOf = ({ wanted, ...counts }: LogScan): string =>
  JSON.stringify([counts, wanted.map(({ index, record }) => [index, record.eventID])]);
const inList = (texts: readonly string[]): string => `{"Records":[${texts.join(',')}]}`;

function scanInPieces(bytes: Buffer, pieceBytes: number): LogScan {
  const scanner = createLogScanner(WANTED);
  const found = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    found.push(...scanner.push(bytes.subarray(at, at + pieceBytes)));
  const scan = scanner.end();
  return { ...scan, wanted: [...found, ...scan.wanted] };
}

/** How many bytes the kernel and the recovery looked at, as a multiple of the file's length. */
function looksPerByte(text: string): number {
  const bytes = Buffer.from(text);
  const kernel = createKernel();
  let walked = 0;
  const counting = {
    ...kernel,
    run: (from: number, length: number, limit: number, offset: number) => {
      const stop = kernel.run(from, length, limit, offset);
      walked += kernel.at.value - from + 64;
      return stop;
    },
  };
  const walk = startLogWalk(counting, WANTED, createTally(WANTED));
  walk.push(bytes);
  walk.end();
  return (walked + walk.looked()) / bytes.length;
}

const long = (id: number): string => JSON.stringify(recordWithNested(`e${id}`));
const small = '{"eventVersion":"1","eventName":"A"}';
const times = (count: number, text: (at: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, at) => text(at));

describe('what is held of a file that comes in pieces does not grow with it:', () => {
  const PIECE = 512 * 1024;

  it.each<[what: string, start: string, filler: string]>([
    ['nothing but opening brackets', '', '['],
    ['nested objects', '', '{"a":'],
    ['a string without an end in a list', '{"Records":[{"eventVersion":"1.1","a":"', 'y'],
    ['a string without an end in a bare list', '[{"eventVersion":"1.1","a":"', 'y'],
    ['blanks', '', ' '],
    ['blanks in a list', '{"Records":[', ' '],
    ['no JSON at all', '', 'x'],
    ['quotes', '', '"'],
    ['objects without a name', '{"Records":[', '{},'],
    ['lines that begin a record', '', '{"eventVersion":"1.1","eventName":\n'],
  ])('%s', (_what, start, filler) => {
    const piece = Buffer.from(filler.repeat(Math.ceil(PIECE / filler.length)));
    const walk = startLogWalk(createKernel(), WANTED, createTally(WANTED));
    walk.push(Buffer.from(start));
    let most = 0;
    for (let at = 0; at < 60; at += 1) {
      walk.push(piece);
      most = Math.max(most, walk.held());
    }
    walk.end();
    // Of 30 MB.
    expect(most).toBeLessThan(10 * 1024 * 1024);
  });
});

describe('the time for a damaged file grows with its length, not faster:', () => {
  it.each<[what: string, text: (size: number) => string]>([
    ['lines cut off', (size) => times(size, (at) => long(at).slice(0, 500)).join('\n')],
    [
      'lines cut off inside a number or after a comma',
      (size) => times(size, () => '{"eventVersion":"1","a":[{},').join('\n'),
    ],
    [
      'lines of lists with an unclosed record',
      (size) => times(size, () => inList([small.slice(0, -1), small])).join('\n'),
    ],
    ['lines whose object is never closed', (size) => times(size, () => '{"a":{"b":1}').join('\n')],
    ['records without their last brace', (size) => inList(times(size, () => small.slice(0, -1)))],
    [
      'every second record without its last brace',
      (size) => inList(times(size, (at) => (at % 2 ? small : small.slice(0, -1)))),
    ],
    ['a lost quote in every record', (size) => inList(times(size, () => small.replace('"A"', 'A"')))],
    ['a bare word in every record', (size) => inList(times(size, () => small.replace('"A"', 'A')))],
    ['records that open inside each other', (size) => inList(['{"eventVersion":[1,'.repeat(size)])],
    ['objects that open inside each other at the start of lines', (size) => '{"eventVersion":[1,\n'.repeat(size)],
    [
      'lines cut off in a string that seems to go on in the next line',
      (size) => `{",":":${' '.repeat(70)}\n`.repeat(size),
    ],
    ['a key without quotes, over and over', (size) => `{${'a:'.repeat(size)}`],
    ['nothing but brackets', (size) => ']'.repeat(size)],
    ['nothing but opening brackets', (size) => '[{'.repeat(size)],
    ['quotes where none can be', (size) => '"a"b'.repeat(size)],
    [
      'many lists inside a damaged record',
      (size) => inList([`{"eventVersion":"1,"x":{${times(size, () => `"l":[1,${small}]`).join(',')}}}`, small]),
    ],
  ])('%s', (_what, text) => {
    expect(looksPerByte(text(2_000))).toBeLessThan(100);
    expect(looksPerByte(text(40_000))).toBeLessThan(100);
  });
});

it.each<[where: string, text: (blanks: string) => string]>([
  ['before a list', (blanks) => `${blanks}${inList([small])}`],
  ['at the start of a list', (blanks) => `{"Records":[${blanks}${small}]}`],
  ['after a list', (blanks) => `${inList([small])}${blanks}`],
])('looks at blanks a few times, however many they are: %s', (_where, text) => {
  for (const blanks of [' ', '\n']) expect(looksPerByte(text(blanks.repeat(5_000_000)))).toBeLessThan(4);
});

it('follows a run of objects no further than the longest record reaches', () => {
  const run = Buffer.from(times(1_000, () => small).join(','));
  const nested = Buffer.from(`{"a":[${run.toString()}]}`);
  for (const bytes of [run, nested]) {
    const { kind, reached } = followRun(bytes, 0, { limit: 500, inContainer: true, ended: true });
    expect(kind).toBe('records');
    expect(reached).toBeLessThan(500 + 2 * small.length);
  }
});

describe('an object inside a damaged record is not a record', () => {
  const damages: fc.Arbitrary<{
    readonly kind: 'drop' | 'insert' | 'cut';
    readonly place: number;
    readonly text: string;
  }> = fc.record({
    kind: fc.constantFrom('drop', 'insert', 'cut'),
    place: fc.nat(),
    text: fc.constantFrom('"', '{', '}', '[', ']', ',', ':', 'x', '\\', '\u0000', '","', '}]', '"x":['),
  });
  const forms: readonly [form: string, join: (texts: readonly string[]) => string, indent: number][] = [
    ['a list', inList, 0],
    ['a pretty-printed list', (texts) => `{"Records": [\n${texts.join(',\n')}\n]}`, 2],
    ['a list with a record per line', (texts) => `[${texts.join(',\n')}]`, 0],
    ['one record per line', (texts) => texts.join('\n'), 0],
    ['pretty-printed records', (texts) => texts.join('\n'), 2],
  ];

  it.each(forms)('and the records before and after it are found: in %s', (form, join, indent) => {
    const isLines = !form.includes('list');
    let [judged, unreadable] = [0, 0];
    fc.assert(
      fc.property(fc.nat(7), damages, (victim, { kind, place, text }) => {
        const texts = times(8, (at) => JSON.stringify(recordWithNested(`e${at}`), null, indent));
        const whole = texts[victim] ?? '';
        const at = 1 + (place % (whole.length - 1));
        const damaged =
          whole.slice(0, at) +
          (kind === 'insert' ? text : '') +
          (kind === 'cut' ? '' : whole.slice(kind === 'drop' ? at + 1 : at));
        const scan = scanLog(Buffer.from(join(texts.with(victim, damaged))), WANTED);
        const ids = idsOf(scan);
        expect(ids.filter((id) => id.includes('-'))).toEqual([]);
        const found = ids.filter((id) => /^e[0-7]$/.test(id) && id !== `e${victim}`);
        const before = times(victim, (one) => `e${one}`);
        const after = times(7 - victim, (one) => `e${victim + 1 + one}`);
        // A list cut off inside an inner list leaves the records after it in that inner list, as far as anyone can tell.
        const isAsRead = found.length === before.length && scan.incomplete !== undefined && !isLines;
        expect(found).toEqual(isAsRead ? before : [...before, ...after]);
        if (isAsRead && victim < 7) unreadable += 1;
        judged += 1;
      }),
      { numRuns: RUNS },
    );
    expect(unreadable / judged).toBeLessThan(0.03);
  });
});

describe('a record whose inner list lost its end', () => {
  const texts = times(2_500, (at) => JSON.stringify(recordWithNested(`e${at}`)));
  const victim = 3;
  const [opening = ''] = (texts[victim] ?? '').match(/^.*?-nested"\}/) ?? [];
  const bytes = Buffer.from(inList(texts.with(victim, opening)));

  it('hides no record that begins behind the longest record possible', () => {
    const scan = scanLog(bytes, WANTED);
    const ids = idsOf(scan);
    const first = 1 + victim + Math.ceil((512 * 1024) / ((texts.at(-1) ?? '').length - 10));
    expect(ids.slice(0, victim)).toEqual(['e0', 'e1', 'e2']);
    expect(ids.slice(-(2_500 - first))).toEqual(times(2_500 - first, (at) => `e${first + at}`));
    expect(ids.filter((id) => id.includes('-') || id === `e${victim}`)).toEqual([]);
    expect(scan.incomplete).toBeDefined();
  });

  it('hides none behind a second of its kind either', () => {
    const both = texts.with(victim, opening).with(1_250, opening);
    const ids = idsOf(scanLog(Buffer.from(inList(both)), WANTED));
    const skipped = Math.ceil((512 * 1024) / ((texts.at(-1) ?? '').length - 10));
    for (const behind of [victim, 1_250])
      expect(ids).toEqual(expect.arrayContaining([...times(100, (at) => `e${behind + 1 + skipped + at}`)]));
  });

  it('gives the same in pieces', () => {
    for (const pieceBytes of [1_000, 65_536, 200_000])
      expect(summaryOf(scanInPieces(bytes, pieceBytes))).toBe(summaryOf(scanLog(bytes, WANTED)));
  });

  it('takes time in proportion, however many there are', () => {
    const open = '{"eventVersion":"1","eventName":"A","l":[{}';
    for (const size of [2_000, 100_000]) expect(looksPerByte(inList(times(size, () => open)))).toBeLessThan(20);
  });
});

describe('the same damage gives the same result, whole or in pieces', () => {
  it.each<[form: string, join: (texts: readonly string[]) => string]>([
    ['a list', inList],
    ['one record per line', (texts) => texts.join('\n')],
  ])('of %s', (_form, join) => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ place: fc.nat(), bytes: fc.nat(3), text: fc.constantFrom('', '"', '{', '}', ']', ',', '\n') }),
          { minLength: 1, maxLength: 6 },
        ),
        fc.constantFrom(61, 1000, 4096, 70_000, 131_072, 200_000),
        (damages, pieceBytes) => {
          const sound = join(times(600, long));
          const damaged = damages.reduce((text, { place, bytes, text: put }) => {
            const at = place % text.length;
            return text.slice(0, at) + put + text.slice(at + bytes);
          }, sound);
          const bytes = Buffer.from(damaged);
          expect(summaryOf(scanInPieces(bytes, pieceBytes))).toBe(summaryOf(scanLog(bytes, WANTED)));
        },
      ),
      { numRuns: RUNS / 10 },
    );
  });
});

describe('values that are not objects', () => {
  it('are named by their place in the list', () => {
    const scan = scanLog(Buffer.from('["a","b",{"eventName":"RunInstances"},"c"]'), WANTED);
    expect(scan.rejected.map(({ index }) => index)).toEqual([0, 1, 3]);
    expect(scan.wanted.map(({ index }) => index)).toEqual([2]);
  });
});
