/** Judges complete accounts as they were at an earlier time: every recorded change after it is taken back. */

import pLimit from 'p-limit';
import type { Finding, Judgement } from '../../audit/finding.ts';
import { auditAsOf } from '../../causes/account-at.ts';
import type { OlderAccount } from '../../causes/older/older-account.ts';
import { groupBy } from '../../collections.ts';
import type { Config } from '../../config.ts';
import { messageOf } from '../../errors.ts';
import { LONGEST_LOOK_MS, type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { InventorySource } from '../../inventory/load-inventory.ts';
import type { ChangingCall } from '../../ledger/change-log.ts';
import type { Rejected, RejectedKind } from '../../ledger/reading.ts';
import type { Sighting } from '../../sighting/sighting.ts';
import { auditPolicyFor } from '../assess.ts';
import { withOursByNotes } from '../proof/proof.ts';
import { type KeptCalls, withKeptCalls } from './kept-calls.ts';
import type { OlderAccounts } from './older-accounts.ts';
import { type RecordSpan, type RecordSpans, secondOf, unprovableBecause } from './record-span.ts';

/** What records tell of the past. */
export interface RecordedPast {
  /** Every sighting, in any order. */
  readonly sightings: readonly Sighting[];
  readonly spans: RecordSpans;
}

/** Which accounts to judge, and as of when. */
export interface PastRequest extends RecordedPast {
  readonly at: Date;
  readonly scopes: readonly Scope[];
  /** When the account was read, if that is known. Later calls are not in it and are left out. */
  readonly accountReadAt?: Date | undefined;
  /** What was kept of earlier calls. */
  readonly kept?: KeptCalls | undefined;
  /** The accounts as they were read at earlier times, which may tell what records lack. @default none */
  readonly older?: OlderAccounts | undefined;
}

/** The accounts as they were. */
export interface PastAssessment {
  readonly findings: readonly Finding[];
  readonly judgements: readonly Judgement[];
  /** The span of the records of each account and region that was judged. */
  readonly judged: readonly RecordSpan[];
  /** Accounts and regions of which nothing can be proven, and lists that could not be read. */
  readonly rejected: readonly Rejected[];
}

const SCOPES_AT_ONCE = 8;

/** The calls that an account can show that was read at `readAt`. One during the look may show or not, which the values tell. */
export function callsBefore<Call extends Pick<Sighting, 'eventTime'>>(
  sightings: readonly Call[],
  readAt: Date | undefined,
): readonly Call[] {
  if (readAt === undefined) return sightings;
  const end = readAt.getTime() + LONGEST_LOOK_MS;
  return sightings.filter(({ eventTime }) => eventTime.getTime() <= end);
}

/**
 * Judges each account and region as of `at`. Of one whose records do not reach from before `at` to after it nothing is judged: it is
 * rejected, with the reason.
 */
export async function assessPast(
  { at, scopes, sightings, spans, accountReadAt, kept, older }: PastRequest,
  source: InventorySource,
  config: Config,
): Promise<PastAssessment> {
  const limit = pLimit(SCOPES_AT_ONCE);
  const byScope = groupBy(sightings, scopeKey);
  const assessed = await Promise.all(
    scopes.map((scope) =>
      limit(async (): Promise<PastAssessment> => {
        const span = spans.get(scopeKey(scope));
        const unprovable = unprovableBecause(span, at);
        if (span === undefined || unprovable !== undefined) return nothingOf(scope, 'past', unprovable ?? '');
        try {
          const calls = await withKeptCalls(byScope.get(scopeKey(scope)) ?? [], scope, kept);
          const shown = callsBefore(calls, accountReadAt);
          return await assessScopeAt(span, {
            ...{ at, calls: shown, older: older?.get(scopeKey(scope)), source, config, kept },
          });
        } catch (error) {
          return nothingOf(scope, 'account', messageOf(error));
        }
      }),
    ),
  );
  return {
    findings: assessed.flatMap(({ findings }) => findings),
    judgements: assessed.flatMap(({ judgements }) => judgements),
    judged: assessed.flatMap(({ judged }) => judged),
    rejected: assessed.flatMap(({ rejected }) => rejected),
  };
}

interface ScopeAt {
  readonly at: Date;
  readonly calls: readonly ChangingCall[];
  readonly older: readonly OlderAccount[] | undefined;
  readonly source: InventorySource;
  readonly config: Config;
  readonly kept: KeptCalls | undefined;
}

async function assessScopeAt(
  span: RecordSpan,
  { at, calls, older, source, config, kept }: ScopeAt,
): Promise<PastAssessment> {
  const scope: Scope = { accountId: span.accountId, region: span.region };
  // The rules of groups are taken back only for causes.
  const policy = { ...auditPolicyFor(config, scope), openGroups: null };
  const read = await source.load(scope, { kind: 'all' }, { mirroring: policy.mirror !== null });
  const inventory = await withOursByNotes(read, policy.mirror, kept);
  const { findings, judgements } = auditAsOf({ inventory, sightings: calls, older, at }, policy);
  return {
    findings: findings.map((finding) => asOf(finding, at)),
    judgements,
    judged: [span],
    rejected: Object.entries(inventory.unread ?? {}).map(([list, reason]) => ({
      path: `${scopeKey(scope)} ${list}`,
      reason,
      of: 'account',
    })),
  };
}

/** A command would change the account as it is now, which may no longer have the finding. */
function asOf(finding: Finding, at: Date): Finding {
  return {
    ...finding,
    seenBecause: `a look back at ${secondOf(at)}`,
    fix: `No command: this was so at ${secondOf(at)}. "mirrorwatch audit" judges the account as it is now and names a fix.`,
  };
}

function nothingOf(scope: Scope, of: RejectedKind, reason: string): PastAssessment {
  return { findings: [], judgements: [], judged: [], rejected: [{ path: scopeKey(scope), reason, of }] };
}
