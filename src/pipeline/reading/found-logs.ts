/** Which of the files that were found are scanned. Everything else is counted or named. */

import type { FoundLog, LogFile, SkippedKind } from '../../delivery/fetch-log.ts';
import { isOfOtherService } from '../../delivery/listing/log-tree.ts';
import { foreignAccountIn, mayHoldEventsOf, type Period, readLogKey } from '../../delivery/log-key.ts';
import { emptyFileEntry } from '../gaps/scanned-file.ts';
import { countForeign, countSkipped, type Tally } from './tally.ts';

/** Which logs are scanned. */
export interface LogChoice {
  /** By `eventTime`. Files whose name rules out such events are skipped. */
  readonly period: Period;
  /** The accounts whose logs are read, as far as a path says whose log it is. Empty: all of them. */
  readonly accounts: readonly string[];
  /** Whether each file is listed in the manifest. */
  readonly manifest: boolean;
}

/** What becomes of a file that was found. */
export type ChosenLog =
  | { readonly kind: 'log'; readonly file: LogFile }
  | { readonly kind: 'skipped'; readonly why: string }
  | { readonly kind: 'rejected'; readonly reason: string };

/** Decides on a file. One that is not scanned is counted; what could not be opened is for the caller to name. */
export function chosenLog(
  found: FoundLog,
  choice: LogChoice,
  tally: Tally,
  keyOf: (path: string) => string,
): ChosenLog {
  switch (found.kind) {
    case 'skipped':
      if (found.why === 'empty' && choice.manifest) tally.manifest.push(emptyFileEntry(found.path));
      return skipped(found.why, tally);
    case 'rejected':
      tally.unlogged.unopened += 1;
      return found;
    case 'log': {
      const { path } = found.file;
      if (!mayHoldEventsOf(readLogKey(path.replaceAll('\\', '/')), choice.period))
        return skipped('outside-period', tally);
      const foreign = foreignKindOf(keyOf(path), choice.accounts);
      if (foreign === undefined) return found;
      if (foreign.isLog) countForeign(tally.unlogged.foreignAccounts, foreign.accountId, path);
      return skipped(foreign.isLog ? 'foreign-account' : 'not-a-log', tally);
    }
  }
}

function skipped(why: string, tally: Tally): ChosenLog {
  countSkipped(tally, why);
  return { kind: 'skipped', why };
}

/**
 * Whose file it is by its key, if that is not one of ours: anyone can write our account into a record. Undefined for ours, and for a key that
 * does not say.
 */
function foreignKindOf(
  key: string,
  accounts: readonly string[],
): { readonly accountId: string; readonly isLog: boolean } | undefined {
  if (accounts.length === 0) return undefined;
  const accountId = foreignAccountIn(key, accounts);
  return accountId === undefined ? undefined : { accountId, isLog: !isOfOtherService(key) };
}

/** What was read under another of the paths. */
export function isRepeat(why: SkippedKind): boolean {
  return why === 'repeated-folder' || why === 'repeated-file';
}
