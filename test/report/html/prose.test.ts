import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html } from '../../../src/report/escape.ts';
import { linePieces } from '../../../src/report/html/line-pieces.ts';
import { prose } from '../../../src/report/html/prose.ts';
import { anyText } from '../../support/hostile.ts';
import { withoutLineMarks } from '../../support/line-marks.ts';

/** The text with `·` where a line may end inside a word, and `~` before what no line begins with. */
const shown = (text: string): string =>
  linePieces(text)
    .map(({ as, text: part }) => ({ plain: part, joined: `~${part}`, break: '·' })[as])
    .join('');

describe('where a line may end', () => {
  it.each([
    ['an id', 'i-0a1 goes to tmt-0a2', 'i~-0a1 goes to tmt~-0a2'],
    ['an option', 'aws ec2 run-instances --dry-run', 'aws ec2 run~-instances ~--dry~-run'],
    ['a short path', 'a/b:c', 'a/b:c'],
    ['a role', 'arn:aws:iam::111122223333:role/a-b', 'arn:·aws:·iam::·111122223333:·role/·a~-b'],
    ['an object', 's3://my-trail/AWSLogs/111122223333/x', 's3://·my~-trail/·AWSLogs/·111122223333/·x'],
    ['a dash of words', 'so - it is', 'so ~- it is'],
    ['nothing', '', ''],
  ])('of %s', (_, text, expected) => expect(shown(text)).toBe(expected));

  it('changes no character, whatever the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(
          linePieces(text)
            .map((piece) => piece.text)
            .join(''),
        ).toBe(text);
        expect(withoutLineMarks(prose(text).markup)).toBe(html`${text}`.markup);
      }),
    );
  });

  it('never makes more of a text than a few times its size', () => {
    for (const text of ['a-'.repeat(1000), '-'.repeat(2000), ':/'.repeat(1000), `${'a:'.repeat(1000)}b`])
      expect(prose(text).markup.length, text.slice(0, 8)).toBeLessThan(text.length * 9);
  });

  it('escapes what it marks', () => {
    expect(prose('a-<b>').markup).toBe('a<span class="whole">-&#60;</span>b&#62;');
  });
});
