import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html, inertJson, scriptJson, trusted, visible } from '../../src/report/escape.ts';
import { anyText, HOSTILE } from '../support/hostile.ts';

const ACTING = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

describe('html', () => {
  it('escapes values in text and attributes, and keeps its own markup', () => {
    expect(html`<a title="${'"x"'}">${'<b>'}</a>`.markup).toBe('<a title="&#34;x&#34;">&#60;b&#62;</a>');
  });

  it('inserts markup verbatim, joins lists, and drops null', () => {
    expect(html`${html`<i>${1}</i>`}${['<', trusted('<br>')]}${null}${undefined}`.markup).toBe('<i>1</i>&#60;<br>');
  });

  it('never lets a value add an element or leave its attribute', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const value = html`${text}`.markup;
        expect(value).not.toMatch(/[<>"'`]|&(?!#\d+;)/);
        expect(value).not.toMatch(ACTING);
      }),
    );
  });
});

describe('visible', () => {
  it.each([
    ['a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['\u001b[31m', '\\u001b[31m'],
    ['\u202egnp', '\\u202egnp'],
    ['\ud800', '\\ud800'],
    ['👩‍💻 日本語 é', '👩‍💻 日本語 é'],
  ])('shows %j as %j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('and inertJson escape every character of Unicode that acts, also alone in plain text', () => {
    const acting =
      /[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029\u200b\u2060-\u2064\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;
    const left: string[] = [];
    for (let code = 0; code <= 0x10ffff; code += 1) {
      const text = `a${String.fromCodePoint(code)}b`;
      if (acting.test(text) && (acting.test(visible(text)) || acting.test(inertJson(text))))
        left.push(code.toString(16));
    }
    expect(left).toEqual([]);
  });

  it.each(HOSTILE)('escapes everything that acts in %s', (_, text) => {
    expect(visible(text)).not.toMatch(ACTING);
    expect(visible(text)).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
  });
});

describe('JSON', () => {
  it('reads back as the same value and contains no character that acts', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(JSON.parse(inertJson({ text }))).toEqual({ text });
        expect(inertJson({ text })).not.toMatch(ACTING);
        expect(JSON.parse(inertJson([text, { text }], 2))).toEqual([text, { text }]);
        expect(JSON.parse(scriptJson({ text }).markup)).toEqual({ text });
        expect(scriptJson({ text }).markup).not.toMatch(/[<>&]/);
      }),
    );
  });
});
