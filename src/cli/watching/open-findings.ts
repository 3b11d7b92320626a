/** How many findings are open: read from the ledger rarely, as all of it is read, and kept up with what this process changes meanwhile. */

import type { Severity } from '../../audit/finding.ts';
import type { Acted } from '../../pipeline/act.ts';
import type { LiveEvent } from '../../report/live/events.ts';
import type { OpenLedger } from '../ledger-and-mail.ts';

/** What is open. */
export interface OpenFindings {
  /** Reads the ledger if its last reading is long enough ago. Never throws: a fault is told once to `onFault`. */
  refresh(): Promise<void>;
  /** Takes in what a run recorded. */
  changed(acted: Pick<Acted, 'findings' | 'changes'>): void;
}

/** So often others may change the ledger: a sweep, another process. */
const READ_EVERY_MS = 15 * 60_000;
/** A reading may take this part of the time, so that a large ledger is read less often. */
const MOST_OF_THE_TIME = 0.01;

interface OpenFindingsOptions {
  readonly ledger: Pick<OpenLedger, 'entries'>;
  readonly now: () => Date;
  readonly tell: (event: LiveEvent) => void;
  readonly onFault: (error: unknown) => void;
}

/** Follows what is open in a ledger. Each change is told as an event. */
export function followOpenFindings({ ledger, now, tell, onFault }: OpenFindingsOptions): OpenFindings {
  let severities: Map<string, Severity> | undefined;
  let readAt = now();
  let nextReading = 0;
  let reading: Promise<void> | undefined;
  let hasFailed = false;
  /** What was recorded while the ledger was being read: the reading may have missed it. */
  let meanwhile: Pick<Acted, 'findings' | 'changes'>[] = [];

  const show = (): void => {
    if (severities !== undefined) tell({ kind: 'open', at: now(), readAt, bySeverity: countsOf(severities) });
  };
  const read = async (): Promise<void> => {
    const begun = now();
    meanwhile = [];
    try {
      const entries = await ledger.entries({ status: ['open'] });
      severities = new Map(entries.map(({ finding }) => [finding.id, finding.severity]));
      for (const acted of meanwhile) apply(severities, acted);
      readAt = begun;
      hasFailed = false;
      show();
    } catch (error) {
      if (!hasFailed) onFault(error);
      hasFailed = true;
    }
    const took = now().getTime() - begun.getTime();
    nextReading = now().getTime() + Math.max(READ_EVERY_MS, took / MOST_OF_THE_TIME);
  };

  return {
    async refresh() {
      if (reading !== undefined || now().getTime() < nextReading) return reading;
      reading = read();
      await reading;
      reading = undefined;
    },
    changed(acted) {
      if (reading !== undefined) meanwhile.push(acted);
      if (severities === undefined) return;
      apply(severities, acted);
      show();
    },
  };
}

function apply(severities: Map<string, Severity>, { findings, changes }: Pick<Acted, 'findings' | 'changes'>): void {
  if (changes === undefined) return;
  const opened = new Set([...changes.opened, ...changes.reopened]);
  for (const { id, status, severity } of findings) {
    if (status === 'open' && opened.has(id)) severities.set(id, severity);
    if (status === 'muted') severities.delete(id);
  }
  for (const id of changes.resolved) severities.delete(id);
}

function countsOf(severities: ReadonlyMap<string, Severity>): Readonly<Record<Severity, number>> {
  const counts = { low: 0, medium: 0, high: 0, critical: 0 } satisfies Record<Severity, number>;
  for (const severity of severities.values()) counts[severity] += 1;
  return counts;
}
