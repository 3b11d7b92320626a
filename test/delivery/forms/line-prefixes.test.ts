import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startBlanking, startsWithPrefix, withoutPrefixes } from '../../../src/delivery/forms/line-prefixes.ts';

const RECORD = '{"eventName":"RunInstances","userAgent":"a { b"}';

describe('startsWithPrefix', () => {
  it.each([
    ['an export of CloudWatch Logs', `2026-01-31T12:00:00.000Z ${RECORD}`],
    ['syslog by RFC 3164', `<134>Jan 31 12:00:00 relay cloudtrail[12]: ${RECORD}`],
    ['syslog by RFC 5424', `<134>1 2026-01-31T12:00:00Z relay cloudtrail - - [a@1 b="c"] ${RECORD}`],
    [
      'syslog by RFC 5424 with braces in its structured data',
      `<134>1 2026-01-31T12:00:00Z relay cloudtrail - - [a@1 b="{\\"c\\":1}]" d="{"][e f="}"] ${RECORD}`,
    ],
    ['a syslog file without priorities', `Jan  3 12:00:00 relay cloudtrail: ${RECORD}`],
    ['empty lines before it', `\n\n2026-01-31 12:00:00 ${RECORD}`],
  ])('is true for %s', (_what, text) => {
    expect(startsWithPrefix(Buffer.from(text))).toBe(true);
    expect(withoutPrefixes(Buffer.from(text)).toString().trim()).toBe(RECORD);
  });

  it.each([RECORD, `[${RECORD}]`, `hello ${RECORD}`, '2026-01-31T12:00:00Z started', '"a":1},{"eventName":"x"}'])(
    'is false for %s',
    (text) => {
      expect(startsWithPrefix(Buffer.from(text))).toBe(false);
    },
  );
});

describe('withoutPrefixes', () => {
  it('keeps every position, and lines without an object as they are', () => {
    const lines = `2026-01-31T12:00:00Z ${RECORD}\n2026-01-31T12:00:00Z rotated\n${RECORD}\n`;
    const blanked = withoutPrefixes(Buffer.from(lines)).toString();
    expect(blanked).toBe(lines.replace(/^2026-01-31T12:00:00Z (?=\{)/, ' '.repeat(21)));
  });

  it('takes structured data that is never closed for the start of the object', () => {
    const line = `<134>1 2026-01-31T12:00:00Z relay cloudtrail - - [a@1 b= ${RECORD}\n`;
    expect(withoutPrefixes(Buffer.from(line)).toString().trim()).toBe(RECORD);
  });

  it('does not change the bytes that it is given', () => {
    const bytes = Buffer.from(`2026-01-31T12:00:00Z ${RECORD}`);
    withoutPrefixes(bytes);
    expect(bytes.toString()).toBe(`2026-01-31T12:00:00Z ${RECORD}`);
  });

  it('gives the same in pieces of any length', () => {
    const structured = `<134>1 2026-01-31T12:00:00Z relay cloudtrail - - [a@1 b="{\\"c" d="{"][e f="{"] ${RECORD}`;
    const line = fc.constantFrom(
      structured,
      `2026-01-31T12:00:00Z ${RECORD}`,
      RECORD,
      '2026 rotated',
      '',
      `${'x'.repeat(1100)}{`,
    );
    fc.assert(
      fc.property(fc.array(line), fc.integer({ min: 1, max: 60 }), (lines, length) => {
        const bytes = Buffer.from(lines.join('\n'));
        const blanker = startBlanking();
        const pieces: string[] = [];
        for (let at = 0; at < bytes.length; at += length)
          pieces.push(blanker.push(bytes.subarray(at, at + length)).toString('latin1'));
        pieces.push(blanker.end().toString('latin1'));
        expect(pieces.join('')).toBe(withoutPrefixes(bytes).toString('latin1'));
      }),
    );
  });
});
