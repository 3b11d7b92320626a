/** Security Hub shows what the ledger has, and is told nothing twice. */

import { type Run, timeOf } from '../simulate.ts';
import type { Invariant } from './invariants.ts';
import { isSweepless, reportsOf } from './state-invariants.ts';

const DAY_MS = 86_400_000;

/** What each finding is in the hub of its account after everything. */
function statesIn({ cloud }: Run): ReadonlyMap<string, string> {
  return new Map(cloud.imports.map(({ accountId, findingId, state }) => [`${accountId} ${findingId}`, state]));
}

export const HUB_INVARIANTS: Readonly<Record<string, Invariant>> = {
  /** The report imports what sweeps did not: after the last one, each hub has what is open, and nothing else is active. */
  'Security Hub shows the ledger': (run) => {
    const last = reportsOf(run).at(-1);
    if (run.schedule.settings.securityHub !== true || last === undefined) return [];
    const states = statesIn(run);
    const nameOf = (finding: { readonly accountId?: string; readonly id?: string }) =>
      `${finding.accountId} ${finding.id}`;
    const open = last.findings.filter(({ status }) => status === 'open');
    const isHeld = (until: string | undefined): boolean => until !== undefined && Date.parse(until) > last.at;
    const missing = open.filter(
      (finding) => states.get(nameOf(finding)) !== 'ACTIVE' && !isHeld(finding.detail?.pendingUntil),
    );
    const names = new Set(open.map(nameOf));
    // What late facts show was never open is in no report. The next sweep archives it.
    const reported = new Set(last.findings.map(nameOf));
    const isSwept = (name: string): boolean => !isSweepless(run) || reported.has(name);
    const over = [...states].filter(([name, state]) => state === 'ACTIVE' && !names.has(name) && isSwept(name));
    return [
      ...missing.map(({ rule, resourceId }) => `${rule} ${resourceId} is open in the ledger and not active in the hub`),
      ...over.map(([name]) => `${name} is active in the hub and not open in the ledger`),
    ];
  },

  'Security Hub is told nothing twice': (run) => {
    // A process that dies after an import, or whose answer is lost, imports again.
    if (run.hit.length > 0) return [];
    const before = new Map<string, { readonly at: number; readonly state: string }>();
    return run.cloud.imports.flatMap(({ at, accountId, findingId, state }) => {
      const name = `${accountId} ${findingId}`;
      const last = before.get(name);
      before.set(name, { at, state });
      const isAgain = last?.state === state && at - last.at < DAY_MS;
      return isAgain ? [`${name} is imported again as ${state} at ${timeOf(at - run.startAt)}`] : [];
    });
  },
};
