/** A key that is not JSON costs the record it is in, and nothing beside it: whole or in pieces, whatever is wanted. */

import { describe, expect, it } from 'vitest';
import { createLogScanner, type LogScan, scanLog, type Wanted } from '../../../src/cloudtrail/scanner/scan.ts';
import { aRecord } from '../../support/records.ts';

/** Keys that JSON.parse refuses, as they are between their quotes. */
const BAD_KEYS = {
  'a Windows path': String.raw`C:\Users`,
  'a short path': String.raw`\q`,
  'half a unicode escape': String.raw`\u00zz`,
  'a tab': 'a\tb\\u0041',
} as const;

const launch = (eventID: string): string => JSON.stringify(aRecord({ eventName: 'RunInstances', eventID }));
const [first, second, third] = ['first', 'second', 'third'].map(launch);

/** Where the key is. `lost` is how many values it costs. */
const PLACES: Readonly<Record<string, { readonly lost: number; readonly log: (key: string) => string }>> = {
  'before the list': { lost: 0, log: (key) => `{"${key}":1,"Records":[${first},${second},${third}]}` },
  'after the list': { lost: 0, log: (key) => `{"Records":[${first},${second},${third}],"${key}":1}` },
  'in a record of a list': { lost: 1, log: (key) => `{"Records":[${first},{"${key}":1},${second},${third}]}` },
  'in a record of a bare list': { lost: 1, log: (key) => `[${first},${second},{"${key}":1},${third}]` },
  'deep in a record of a list': {
    lost: 1,
    log: (key) => `{"Records":[${first},${withKeyInside(key)},${second},${third}]}`,
  },
  'in the first of the lines': { lost: 1, log: (key) => `{"${key}":1}\n${first}\n${second}\n${third}\n` },
  'in a line': { lost: 1, log: (key) => `${first}\n{"${key}":1}\n${second}\n${third}` },
  'deep in a line': { lost: 1, log: (key) => `${first}\n${second}\n${withKeyInside(key)}\n${third}` },
  'in a wrapped record': { lost: 1, log: (key) => `${first}\n${second}\n{"${key}":1,"detail":${third}}\n${third}` },
};

/** A launch that is good but for a key deep inside. */
function withKeyInside(key: string): string {
  return launch('bad').replace(/\}$/, `,"additionalEventData":{"${key}":1}}`);
}

const WANTED: Readonly<Record<string, Wanted>> = {
  'every record': {},
  'launches only': { eventNames: new Set(['RunInstances']) },
};

/** The scan of a file in pieces of this many bytes, as long files are scanned. */
function inPieces(bytes: Buffer, wanted: Wanted, pieceBytes: number): LogScan {
  const scanner = createLogScanner(wanted);
  const found = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    found.push(...scanner.push(bytes.subarray(at, at + pieceBytes)));
  const end = scanner.end();
  return { ...end, wanted: [...found, ...end.wanted] };
}

const idsIn = ({ wanted }: LogScan): readonly unknown[] => wanted.map(({ record }) => record.eventID);

describe.each(Object.entries(PLACES))('a key that is not JSON %s', (_place, { lost, log }) => {
  describe.each(Object.entries(WANTED))('when %s is wanted', (_what, wanted) => {
    it.each(Object.entries(BAD_KEYS))('costs no other record: %s', (_name, key) => {
      const bytes = Buffer.from(log(key));
      expect(() => JSON.parse(`{"${key}":1}`)).toThrow();
      const whole = scanLog(bytes, wanted);
      expect(idsIn(whole)).toEqual(['first', 'second', 'third']);
      expect(whole).toMatchObject({ records: 3, rejectedCount: lost });
      expect(whole.incomplete).toMatch(/^damaged at byte \d+: /);
      expect(inPieces(bytes, wanted, 7)).toEqual(whole);
    });
  });
});
