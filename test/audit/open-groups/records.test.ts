import { describe, expect, it } from 'vitest';
import { authorized, SHORT, ssh } from '../../support/group-calls.ts';
import { outcomeOf } from '../../support/open-groups.ts';
import { DELETIONS } from './rows/deletions.ts';
import { DELIVERIES } from './rows/deliveries.ts';
import { ENDINGS } from './rows/endings.ts';
import { FORMS } from './rows/forms.ts';
import { MODIFICATIONS } from './rows/modifications.ts';
import { NO_CHANGE } from './rows/no-change.ts';
import { PORTS } from './rows/ports.ts';
import { RANGES } from './rows/ranges.ts';
import { ALL, type Expected, type Row } from './rows/row.ts';
import { UNJUDGED } from './rows/unjudged.ts';

const TABLES = [
  ['what opens a group', FORMS],
  ['the world', RANGES],
  ['ports', PORTS],
  ['a modified rule', MODIFICATIONS],
  ['what ends it', ENDINGS],
  ['deletions', DELETIONS],
  ['no opening', NO_CHANGE],
  ['what cannot be judged', UNJUDGED],
  ['one delivery after another', DELIVERIES],
] as const satisfies readonly (readonly [string, readonly Row[]])[];

describe.each(TABLES)('security-group-open by the records alone: %s', (_, rows) => {
  it.each(rows.map((row) => [row.name, row] as const))(
    '%s',
    async (__, { records = [], deliveries, policy, expected }) => {
      const { findings, ledger, ...said } = await outcomeOf(deliveries ?? [records], policy);
      if (expected.open === 'perhaps') return expect(said.closed).toEqual([]);
      expect({ ...said, closed: said.closed.filter(({ group }) => !expected.proven?.includes(group)) }).toEqual(
        shapeOf(expected),
      );
      if (expected.ledger !== undefined)
        expect(ledger).toEqual(expected.ledger.map((entry) => expect.objectContaining(entry)));
      // Without a look at the account, nobody knows what else happened: a name is only ever a possible one.
      expect(findings.map(({ cause }) => cause.kind)).toEqual(findings.map(() => 'possible'));
    },
  );
});

it('bounds what a name of 10,000 characters puts into the sentence', async () => {
  const { findings } = await outcomeOf([[authorized(1, 'x'.repeat(10_000), ssh(ALL), { answer: SHORT })]]);
  expect(findings).toHaveLength(1);
  expect(findings[0]?.reason.length).toBeLessThan(1000);
});

it('has different names for all rows, and enough of them', () => {
  const names = TABLES.flatMap(([table, rows]) => rows.map(({ name }) => `${table}: ${name}`));
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(80);
});

function shapeOf({ open: written = [], closed = [], unknown = [] }: Expected): unknown {
  const open = written === 'perhaps' ? [] : written;
  return {
    open: open.map((each) => expect.objectContaining(each)),
    closed,
    unknown: unknown.map((part) => expect.stringContaining(part)),
  };
}
