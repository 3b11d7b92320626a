/** The reference of `doctor`: its checks and what each needs, from the table of the checks. */

import type { Check } from '../../src/pipeline/doctor/check.ts';
import { CHECKS } from '../../src/pipeline/doctor/checks.ts';
import { statementForDoctor } from '../../src/pipeline/doctor/judge-permissions.ts';
import { code, table } from './markdown.ts';

const WHERE: Readonly<Record<Check['each'], string>> = {
  once: 'once',
  region: 'each region',
  account: 'each other account',
  scope: 'each account and region',
};

/** The table of the checks, and the statement with all that asking takes. */
export function doctorReference(): string {
  const checks: readonly (readonly [string, Check])[] = Object.entries(CHECKS);
  const rows = checks.map(([id, { asks, each, permissions, tries }]) => [
    code(id),
    asks,
    WHERE[each],
    permissions.map(code).join(', ') || '–',
    tries.map(code).join(', ') || '–',
  ]);
  const statement = JSON.parse(statementForDoctor(checks.flatMap(([, { permissions }]) => permissions)));
  return `${table(['check', 'asks', 'where', 'needs', 'tries'], rows)}\n## Permissions\n\nThis statement has all that asking takes. Nothing in it changes anything.\n\n\`\`\`json\n${JSON.stringify(statement, null, 2)}\n\`\`\`\n`;
}
