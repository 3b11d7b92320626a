/**
 * The naive model that judges `src/causes`: a simulator of EC2 and CloudTrail, random histories, and an oracle for their causes. It
 * uses nothing of `src/causes`; of the product it uses the audit, as the judge, and `parseSnapshot`.
 *
 * - `randomHistory(seed)`: the same `History` for the same seed. About thirty calls by eight actors on a small account. It has
 *   `records` (in the order of the calls; the logs may begin in the middle, and then what happened before left none), `final` and
 *   `accounts` (the account before the first call and after each: the truth for `audit --as-of`; `accounts[n]` is the account once
 *   the first `n` of `calls` were made), `policy` (for `audit`), and `ledger` (sessions that we made before the logs, as they are
 *   when the logs begin).
 * - `historyOf(told)`, `told(deeds)`: the same for calls written by hand.
 * - `snapshotOf(account)`: the account as a snapshot document, with `SecurityGroupRules` beside the lists that the product reads.
 *   `inventoryOf(account)`: what `parseSnapshot` makes of it.
 * - `olderAccountOf(history, random)`: the account as a look at a random time of the history showed it, which took its time.
 * - `expectationsOf(history)`: for every open finding of `final`, what is to be said of its cause. `truth` is the cause in the true
 *   past. `expected` follows from records and account alone: the truth where no other past leaves the same records and the same
 *   account with another cause, else `possible` with the calls that are the cause in one of the pasts that were tried, else
 *   `unknown`. `withLedger` is the same where `history.ledger` is known too. `neverProven` are the names of the actors who must
 *   never be named as proven. Events are those of `calls`: an `UPDATED_DATA` addendum is never a cause.
 * - `truthsOf(history)`: only `truth` and `neverProven`, which is enough to see whether anybody is wrongly named. Two thousand
 *   histories take a minute or two; `expectationsOf` takes ten times as long.
 * - `openFindings(account, policy)`, `JUDGED_AT`: the findings that the expectations are about, and the time of that audit.
 *
 * What the rule leaves open, the model decides so:
 * - Only calls count that changed something about the resource or what it depends on. They are simulated again without the ones
 *   left out, and a call whose precondition is then missing fails: who undoes a change by the id that the change made does nothing
 *   without it.
 * - Of several smallest sets, the newest: the one whose newest call is newer, then the next.
 * - A resource that is gone, or exempt from mirroring, is not in order.
 * - A failed call's record is evidence too: it failed in every past.
 * - Pasts differ from the true one in the values that records leave out (`lost-values.ts`), each with a few values, alone and
 *   combined up to a number; in the hidden parts of omitted records; and in the order of calls within one second. So `expected` may
 *   call something proven that a stranger past disproves, never the other way round; and `possible` may lack a call.
 */

export type { Account, Session } from './account.ts';
export { ACCOUNT_ID, ACTORS, REGION } from './actors.ts';
export { type History, historyOf, randomHistory } from './histories/history.ts';
export { olderAccountOf } from './histories/older-look.ts';
export { told } from './histories/told.ts';
export { type Expectation, type Expected, expectationsOf, type Truth, truthsOf } from './oracle/expectations.ts';
export { JUDGED_AT, openFindings } from './oracle/judge.ts';
export { inventoryOf, snapshotOf } from './snapshot.ts';
