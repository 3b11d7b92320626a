/** Which of the files that were found are scanned. Everything else is counted or named. */

import type { FoundLog, LogFile, SkippedKind } from '../../delivery/fetch-log.ts';
import { foreignAccountIn, mayHoldEventsOf, type Period, readLogKey } from '../../delivery/log-key.ts';
import { isOfOtherService } from '../../delivery/log-tree.ts';
import type { Rejected } from '../../ledger/reading.ts';
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

/** The file, if it is to be scanned; otherwise counts it, or hands it to `reject`. */
export function chosenLog(
  found: FoundLog,
  choice: LogChoice,
  { tally, keyOf, reject }: ChoiceContext,
): LogFile | undefined {
  if (found.kind === 'skipped') {
    countSkipped(tally, found.why);
    if (found.why === 'empty' && choice.manifest) tally.manifest.push(emptyFileEntry(found.path));
    return undefined;
  }
  if (found.kind === 'rejected') {
    tally.unlogged.unopened += 1;
    reject(found);
    return undefined;
  }
  const { file } = found;
  if (!mayHoldEventsOf(readLogKey(file.path.replaceAll('\\', '/')), choice.period)) {
    countSkipped(tally, 'outside-period');
    return undefined;
  }
  return isForeign(file.path, choice, { tally, keyOf }) ? undefined : file;
}

/** What choosing needs besides. */
export interface ChoiceContext {
  readonly tally: Tally;
  /** A path as a key, with `/` between folders: complete, so that it says whose log it is. */
  readonly keyOf: (path: string) => string;
  /** Takes a path that could not be opened. */
  readonly reject: (input: Rejected) => void;
}

/** True for a file in an account that is not ours, which it counts: anyone can write our account into a record. */
function isForeign(
  path: string,
  { accounts }: LogChoice,
  { tally, keyOf }: Pick<ChoiceContext, 'tally' | 'keyOf'>,
): boolean {
  if (accounts.length === 0) return false;
  const key = keyOf(path);
  const accountId = foreignAccountIn(key, accounts);
  if (accountId === undefined) return false;
  const isLog = !isOfOtherService(key);
  countSkipped(tally, isLog ? 'foreign-account' : 'not-a-log');
  if (isLog) countForeign(tally.unlogged.foreignAccounts, accountId, path);
  return true;
}

/** What was read under another of the paths. */
export function isRepeat(why: SkippedKind): boolean {
  return why === 'repeated-folder' || why === 'repeated-file';
}
