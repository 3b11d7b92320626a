/** What `.ci/run` makes of what can't be measured here: neither a pass nor a failure, and never silence. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const CI = readFileSync(join(resolve(import.meta.dirname, '../..'), '.ci/run'), 'utf8');
/** The script up to its first step, without its change of folder: counters and functions. */
const FUNCTIONS = CI.split(/^step /m)[0]?.replace(/^cd .*$/m, '') ?? '';

function outcomeOf(code: number): { readonly passes: boolean; readonly printed: string } {
  const script = `${FUNCTIONS}\nmeasurement sample bash -c 'exit ${code}'\nclose && echo CLEAN`;
  const printed = execFileSync('bash', ['-c', `${script}\ntrue`], { encoding: 'utf8' });
  return { passes: printed.includes('CLEAN'), printed };
}

describe('a measurement of .ci/run', () => {
  it('counts as passed if it ends with 0', () => {
    const { passes, printed } = outcomeOf(0);
    expect([passes, printed]).toEqual([true, expect.stringContaining('1 passed, 0 failed, 0 not measured')]);
  });

  it('counts as not measured, and says so, if it ends with 75', () => {
    const { passes, printed } = outcomeOf(75);
    expect(printed).toContain('== sample NOT MEASURED');
    expect([passes, printed]).toEqual([true, expect.stringContaining('0 passed, 0 failed, 1 not measured')]);
  });

  it.each([1, 2, 74, 127])('fails if it ends with %s', (code) => {
    const { passes, printed } = outcomeOf(code);
    expect([passes, printed]).toEqual([false, expect.stringContaining('0 passed, 1 failed, 0 not measured')]);
  });

  it.each(['check_kernel', 'check_release', 'node --import tsx scripts/release/audit.ts'])('runs %s', (command) =>
    expect(CI).toMatch(new RegExp(`^(?:step|measurement) \\S+ ${command}$`, 'm')),
  );
});
