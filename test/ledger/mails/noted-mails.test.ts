import { describe, expect, it } from 'vitest';
import type { Mail } from '../../../src/ledger/mails/noted-mails.ts';
import { alertKey, MAX_MAILS, notifiedOf, storedMails, withMail } from '../../../src/ledger/mails/noted-mails.ts';

const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 20, 12, minute));

describe('alertKey', () => {
  it.each([
    ['abc:reminded-day', { findingId: 'abc', stage: 'reminded-day' }],
    ['abc:chat/notified', { findingId: 'abc', stage: 'chat/notified' }],
    ['abc:fax/notified', null],
    ['abc:other', null],
    ['abc:2:notified', null],
    ['', null],
  ])('%s', (key, parts) => {
    expect(alertKey(key)).toEqual(parts);
  });
});

describe('storedMails', () => {
  it('reads what was stored, and what an older version stored', () => {
    const mail: Mail = { stage: 'notified', at: at(5), of: at(4) };
    const stored = withMail({ '2:reminded-week': at(1).toISOString(), 'what is this': '' }, mail);
    expect(storedMails(stored)).toEqual([
      { stage: 'reminded-week', at: at(1), of: at(1), generation: 2 },
      { stage: 'notified', at: at(5), of: at(4) },
    ]);
  });

  it(`keeps ${MAX_MAILS} mails, the newest`, () => {
    const mails = Array.from({ length: 50 }, (_, n): Mail => ({ stage: 'notified', at: at(n), of: at(n) }));
    const kept = storedMails(mails.toReversed().reduce(withMail, {}));
    expect(kept.map((mail) => mail.at).toSorted()).toEqual(mails.slice(-MAX_MAILS).map((mail) => mail.at));
  });
});

describe('notifiedOf counts a mail of an older version', () => {
  const old = (stage: Mail['stage'], minute: number, generation: number): Mail => ({
    ...{ stage, at: at(minute), of: at(minute), generation },
  });

  it.each<[string, Mail, Parameters<typeof notifiedOf>[1], boolean]>([
    ['for the opening it names', old('notified', 21, 1), { openedAt: at(20), resolvedAt: null, generation: 1 }, true],
    ['by a slow clock too', old('notified', 19, 1), { openedAt: at(20), resolvedAt: null, generation: 1 }, true],
    ['for a renumbered one', old('notified', 21, 1), { openedAt: at(20), resolvedAt: null, generation: 2 }, true],
    ['not for the next one', old('notified', 21, 1), { openedAt: at(30), resolvedAt: null, generation: 2 }, false],
    ['if it is its all-clear', old('resolved', 26, 1), { openedAt: at(20), resolvedAt: at(25), generation: 1 }, true],
    ['renumbered, too', old('resolved', 26, 1), { openedAt: at(20), resolvedAt: at(25), generation: 2 }, true],
    ['not of a later one', old('resolved', 30, 1), { openedAt: at(20), resolvedAt: at(40), generation: 2 }, false],
  ])('%s', (_, mail, last, counts) => {
    expect(notifiedOf([mail], last)).toEqual(counts ? { [mail.stage]: mail.at } : {});
  });
});
