import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ignoredWords, type Offered, readView } from '../../../../src/report/html/client/address.ts';
import { defaultView, hashOf, viewWords } from '../../../../src/report/html/client/view.ts';
import { anyText, HOSTILE } from '../../../support/hostile.ts';

const usual = { ...defaultView([]), status: 'open' };
const OFFERED: Readonly<Record<string, readonly string[]>> = {
  severity: ['critical', 'high'],
  status: ['open', 'muted', 'all'],
  region: ['eu-west-1'],
  sort: ['seen', '-seen'],
  page: ['3'],
  finding: ['abc'],
  group: ['none'],
};
const offered: Offered = (key, value) => OFFERED[key]?.includes(value) === true;
const read = (hash: string) => readView(hash, usual, offered);

describe('an address', () => {
  it.each(['#severity=high&status=all', '#q=a+b&sort=-seen&page=3', '#finding=abc', '#severity=critical%2Chigh'])(
    'gives the view it was made from: %s',
    (hash) => {
      const { view, ignored } = read(hash) ?? { view: usual, ignored: ['nothing was read'] };
      expect([`#${hashOf(view, usual)}`, ignored]).toEqual([hash, []]);
    },
  );

  it('without filters, or of a heading, is no view', () => {
    expect(read('')).toBeNull();
    expect(read('#findings')).toBeNull();
  });

  it('loses what the report does not have, and says so', () => {
    const { view, ignored } = read('#severity=high,worst&region=mars-1&colour=red&page=-1&finding=zzz') ?? {};
    expect(view).toEqual({ ...usual, severity: 'high' });
    expect(ignoredWords(ignored ?? [])).toBe(
      'The address asks for what this report does not have, which is ignored: severity “worst”, region “mars-1”, “colour”, page “-1”, finding “zzz”.',
    );
  });

  it('keeps the usual statuses if it names none that there is', () => {
    expect(read('#status=lost')?.view.status).toBe('open');
  });

  it.each(HOSTILE)('with %s is text, and short', (_, text) => {
    const hash = `#${new URLSearchParams({ [text]: 'x', region: text, q: text, severity: text })}`;
    const words = ignoredWords(read(hash)?.ignored ?? []);
    expect(words.length).toBeLessThan(600);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
    expect(words).not.toMatch(/[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
  });

  it('is never more than the page can bear, whatever it is', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyText, anyText), { maxLength: 50 }), (pairs) => {
        const { view, ignored } = read(`#q=&${new URLSearchParams(Object.fromEntries(pairs))}`) ?? {};
        expect(view?.q.length).toBeLessThanOrEqual(200);
        expect(ignoredWords(ignored ?? []).length).toBeLessThan(1000);
        for (const [key, value] of Object.entries(view ?? {}))
          expect(
            key === 'q' || value === usual[key as keyof typeof usual] || value === '' || OFFERED[key]?.includes(value),
          ).toBe(true);
      }),
    );
  });
});

describe('a view in words', () => {
  it.each([
    [{}, 'status open; sorted by severity'],
    [{ status: 'all', sort: '-seen' }, 'every status; sorted by seen, the last first'],
    [
      { severity: 'critical,high', rule: 'r', account: '1', region: 'eu', q: 'a b' },
      'status open, severity critical or high, rule “R!”, account 1, region eu, with the words “a b”; sorted by severity',
    ],
    [{ finding: 'abc' }, 'one finding, abc'],
  ])('%j', (parts, words) => expect(viewWords({ ...usual, ...parts }, () => 'R!')).toBe(words));
});
