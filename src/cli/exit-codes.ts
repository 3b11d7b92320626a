/** The process's exit codes; `mirrorwatch --help` lists them. */

import { atLeast, type Finding, type Severity } from '../audit/finding.ts';

/** Nothing found that counts. */
export const CLEAN = 0;
/** A usage, configuration or AWS error: the work was not done. */
export const FAILED = 1;
/** Finished, but some input could not be read; each is named on stderr. Wins over FINDINGS. */
export const INCOMPLETE = 2;
/** Open findings at or above `--fail-on`. */
export const FINDINGS = 3;

/** The exit code of a finished run. Muted and resolved findings never count; `exitZero` turns FINDINGS into CLEAN, but never INCOMPLETE. */
export function exitCodeOf(
  run: { readonly findings: readonly Finding[]; readonly rejected: readonly unknown[] },
  failOn: Severity,
  exitZero: boolean,
): number {
  if (run.rejected.length > 0) return INCOMPLETE;
  const counts = run.findings.some(({ status, severity }) => status === 'open' && atLeast(severity, failOn));
  return counts && !exitZero ? FINDINGS : CLEAN;
}
