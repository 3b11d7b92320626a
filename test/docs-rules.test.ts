/** docs/rules.md teaches what is so: each of its examples is run, and its table of starter rules is that of their file. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { compilePattern } from '../src/rules/compile-pattern.ts';
import { eventOfRecord, isForEvent } from '../src/rules/event-of-record.ts';
import { valuesBelow } from '../src/rules/event-values.ts';
import { matches } from '../src/rules/match.ts';
import { operatorNames } from '../src/rules/operators.ts';
import { starterTable } from './support/starter-table.ts';

const DOCUMENT = readFileSync(new URL('../docs/rules.md', import.meta.url), 'utf8');

/** The rows of the tables with this header, each with its cells. */
function rowsUnder(header: string): readonly (readonly string[])[] {
  return DOCUMENT.split(`\n${header}\n|---|---|---|\n`)
    .slice(1)
    .flatMap((rest) => (/^(?:\|.*\|\n)*/.exec(rest)?.[0] ?? '').trimEnd().split('\n'))
    .map((row) => row.split('|').slice(1, -1));
}

const codeIn = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(DOCUMENT)?.[1] ?? '';

function isFound(pattern: unknown, record: Readonly<Record<string, unknown>>): boolean {
  const compiled = compilePattern(pattern);
  if ('problems' in compiled) throw new Error(JSON.stringify(compiled.problems));
  return matches(compiled.pattern, isForEvent(pattern) ? eventOfRecord(record) : record);
}

const EXAMPLES = rowsUnder('| pattern | matches | does not match |').flatMap(([first = '', hits = '', misses = '']) => {
  const [pattern = ''] = codeIn(first);
  const asked = (cell: string, found: boolean) => codeIn(cell).map((record) => ({ pattern, record, found }));
  return [...asked(hits, true), ...asked(misses, false)];
});

describe('docs/rules.md', () => {
  it.each(EXAMPLES)('$pattern, $record: $found', ({ pattern, record, found }) => {
    expect(isFound(JSON.parse(pattern), JSON.parse(record))).toBe(found);
  });

  it('has an example of each operator, and more of what is easily mistaken', () => {
    expect(EXAMPLES.length).toBeGreaterThan(80);
    for (const name of [...operatorNames(), '$or'])
      expect(
        EXAMPLES.some(({ pattern }) => pattern.includes(`"${name}"`)),
        name,
      ).toBe(true);
  });

  it('shows a rule, a record that it finds, and the reason that the finding has', () => {
    const { watch } = parse(block('yaml')) as {
      watch: { rules: { pattern: unknown; resolvedBy: { eventName: [string] }; resource: string; reason: string }[] };
    };
    const [rule] = watch.rules;
    const record = JSON.parse(block('json')) as Readonly<Record<string, unknown>>;
    if (rule === undefined) throw new Error('there is no rule in the example');
    const at = (path: string): string => String(valuesBelow([record], path.split('.'))[0]);
    expect(isFound(rule.pattern, record)).toBe(true);
    expect(isFound(rule.resolvedBy, { ...record, eventName: 'StartLogging' })).toBe(true);
    expect(at(rule.resource)).toBe('management-events');
    expect(rule.reason.replaceAll(/\{([^}]+)\}/g, (_, path: string) => at(path))).toBe(block('text').trimEnd());
  });

  it('lists the starter rules as their file has them', () => {
    expect(DOCUMENT.split('| rule | severity | finds | closes |\n|---|---|---|---|\n')[1]).toBe(starterTable());
  });
});
