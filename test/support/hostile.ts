/** Texts that an attacker might put into a tag to make a report act on them. */

import fc from 'fast-check';

export const HOSTILE: readonly (readonly [name: string, text: string])[] = [
  ['a script', '<script>alert(1)</script>'],
  ['the end of a script', '</script><script>alert(1)</script><!--'],
  ['an attribute', '" onmouseover="alert(1)" x="'],
  ['an image', '<img src=x onerror=alert(1)>'],
  ['a formula', '=HYPERLINK("http://evil.example","x")'],
  ['a formula behind spaces', ' \t=cmd|/c calc!A0'],
  ['a formula behind a line break', '\r\n=1+1'],
  [
    'a mention and links',
    '@everyone #1 www.evil.example http://evil.example [x](javascript:alert(1)) ![x](http://evil.example/p.png)',
  ],
  ['a line break', 'a\r\nSubject: b\nc'],
  ['escape sequences', '\u001b[2J\u001b]0;owned\u0007\u009b31m'],
  ['right-to-left marks', 'abc\u202egnp.exe\u2066\u200f'],
  ['256 emoji', '🚨'.repeat(256)],
  ['a table cell', 'a | b \\| c `d` ``e``'],
  ['XML', ']]><x/>&amp;&lt;&#0;\u0000\uffff'],
  ['lone surrogates', 'a\ud800b\udc00'],
];

/** Random text with more harmful characters than chance would give. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '=',
      '+',
      '-',
      '@',
      ' ',
      '\t',
      '\r',
      '\n',
      '"',
      "'",
      ',',
      ';',
      '<',
      '>',
      '&',
      '`',
      '|',
      '\\',
      '\u202e',
      '\u0000',
      'a',
      '🚨',
      '\ud800',
    ),
  }),
  fc.constantFrom(...HOSTILE.map(([, text]) => text)),
);
