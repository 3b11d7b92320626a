import { describe, expect, it } from 'vitest';
import { mailLines } from '../../src/cli/ledger-and-mail.ts';

describe('mailLines', () => {
  it('names both floods that hold findings back, as six mails with one finding each are one too', () => {
    const heldUntil = new Date('2026-03-17T12:15:00Z');
    expect(mailLines({ held: 1, heldUntil, busy: [] })).toEqual([
      'held back: 1 new finding until 2026-03-17T12:15:00Z, as this quarter of an hour had 6 mails about new findings, or more than 50 of them',
    ]);
    expect(mailLines({ held: 0, busy: [] })).toEqual([]);
  });
});
