/** Each claim of the README is in docs/claims.md with the tests that hold it, which exist, or with why no test can. */

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const [CLAIMS = '', NO_CLAIMS = ''] = read('docs/claims.md').split('\n## No claims\n');
const NO_PROSE = /^```[\s\S]*?^```$|^<picture>[\s\S]*?^<\/picture>$|<!--.*?-->/gm;
const README = read('README.md').replaceAll(NO_PROSE, '');
/** A list of links, each checked by test/docs.test.ts. */
const NOT_READ = 'Documents';

/** The text on one line as a reader sees it, without Markdown's marks. */
const plain = (text: string): string =>
  text
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[`*]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

const rowsOf = (text: string): readonly (readonly string[])[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|') && !line.startsWith('|--'))
    .map((line) => line.slice(1, -1).split('|').map(plain));

/** The sentences of a section's prose. A point of a list begins a new one. */
const sentencesOf = (section: string): readonly string[] =>
  section
    .split(/\n+(?:- |\d\. )|\n\n+/)
    .map((block) =>
      block
        .split('\n')
        .filter((line) => !/^[|#]/.test(line))
        .join(' '),
    )
    .flatMap((block) => plain(block).split(/(?<=[.!?:]) (?=[A-Z"])/))
    .filter((sentence) => sentence !== '');

/** A page's second-level sections by heading, with what comes before them under the page's own. */
const sectionsOf = (page: string): readonly { readonly heading: string; readonly text: string }[] =>
  `\n${page}`
    .split(/\n##? /)
    .slice(1)
    .map((text) => ({ heading: text.split('\n')[0] ?? '', text: text.slice(text.indexOf('\n') + 1) }));

const compared = rowsOf(README.split('\n## Compared with others\n')[1] ?? '').slice(1);
const cells = compared.map((row) => `${row[0]}: ${row.at(-1)}`);
const sentences = sectionsOf(README)
  .filter(({ heading }) => heading !== NOT_READ)
  .flatMap(({ heading, text }) =>
    [...sentencesOf(text), ...(heading === 'Compared with others' ? cells : [])].map((sentence) => ({
      heading,
      sentence,
    })),
  );

const rows = sectionsOf(CLAIMS).flatMap(({ heading, text }) =>
  text
    .split('\n')
    .filter((line) => /^\| (?!claim \|)/.test(line))
    .map((line) => {
      const [claim = '', heldBy = ''] = line.slice(2, -2).split(' | ');
      const tests = [...heldBy.matchAll(/`(test\/[\w/.-]+\.test\.ts)`: `([^`]+)`/g)];
      return { heading, claim: plain(claim), heldBy, tests: tests.map(([, file = '', name = '']) => ({ file, name })) };
    }),
);
const noClaims = [...NO_CLAIMS.matchAll(/^- (.+)$/gm)].map(([, sentence = '']) => plain(sentence));

describe('docs/claims.md', () => {
  it.each(rows)('quotes the README: $claim', ({ claim }) => {
    expect([plain(README), ...cells].some((text) => text.includes(claim))).toBe(true);
  });

  it.each(rows)('says what holds it, or why nothing can: $claim', ({ heldBy, tests }) => {
    if (tests.length === 0) expect(heldBy).toMatch(/^(?:measured, )?not tested: \S/);
  });

  it.each(rows.flatMap(({ tests }) => tests))('names a test that exists: $file, $name', ({ file, name }) => {
    expect(existsSync(new URL(`../${file}`, import.meta.url))).toBe(true);
    const titles = read(file)
      .split('\n')
      .filter((line) => /^\s*(?:it|describe)\b|^\s*\[?['"`]|\]\)\(['"`]/.test(line));
    expect(titles.some((line) => line.includes(name))).toBe(true);
    // Vitest takes the name after -t for a regular expression, and sh takes it in single quotes.
    expect(name).not.toMatch(/[\\^$*+?()[\]{}|']/);
  });

  it.each(noClaims)('lists as no claim a sentence of the README: %s', (sentence) => {
    expect(sentences.map((one) => one.sentence)).toContain(sentence);
  });
});

describe('README', () => {
  it('has sentences and a comparison', () => {
    expect(sentences.length).toBeGreaterThan(50);
    expect(cells.length).toBeGreaterThan(10);
  });

  it.each(sentences)(
    'has nothing under $heading that docs/claims.md leaves out: $sentence',
    ({ heading, sentence }) => {
      const here = rows.filter((row) => row.heading === heading);
      const has = here.some(({ claim }) => sentence.includes(claim) || claim.includes(sentence));
      expect(has || noClaims.includes(sentence)).toBe(true);
    },
  );
});
