/** What a run's assessment could not read or judge, account by account, and what of it people have to be told. */

import type { Failure } from '../../alert/compose-notes.ts';
import type { Finding } from '../../audit/finding.ts';
import { failedLook, lookAt, type ScopeLook } from '../../audit/gaps/gap.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import { coverageOf } from '../../ledger/coverage.ts';
import type { Observation } from '../../ledger/ledger.ts';
import { NOTHING_READ, readingOf } from '../../ledger/reading.ts';
import { type Assessment, type FailedScope, failureOf } from '../assess.ts';

/** A look for each account and region that was assessed. `complete` says whether everything in them was to be judged. */
export function looksIn({ scopes, failed }: Assessment, complete: boolean): readonly ScopeLook[] {
  return [
    ...scopes.map(({ inventory, audited }) => lookAt(inventory, complete, audited.judgements)),
    ...failed.map(({ scope, error }) => failedLook(scope, complete, messageOf(error))),
  ];
}

/** The accounts and lists that could not be read and that a retry is not expected to read. */
export function unreadAccounts({ unread, failed }: Pick<Assessment, 'unread' | 'failed'>): readonly Failure[] {
  return [...unread, ...failed.filter(isLasting).map(failureOf)];
}

function isLasting({ error }: FailedScope): boolean {
  return !(error instanceof PipelineError && error.retryable);
}

/** What a ledger keeps of a complete look that read no logs: how much complies after the repairs, and what could not be judged. */
export function completeLook(
  assessment: Assessment,
  findings: readonly Finding[],
): Pick<Observation, 'coverage' | 'reading'> {
  return {
    coverage: coverageOf(findings, assessment.judgements),
    reading: readingOf(NOTHING_READ, looksIn(assessment, true)),
  };
}
