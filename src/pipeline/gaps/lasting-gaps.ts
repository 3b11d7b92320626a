/** Finds what could not be read or judged sweep after sweep: the looks of a sweep, compared with the ledger's earlier ones. */

import type { Exemption } from '../../audit/exemptions.ts';
import type { AuditResult, FindingContext } from '../../audit/finding.ts';
import { causesOf, type LastingGap, RESOURCES, type ScopeLook, WHOLE_ACCOUNT } from '../../audit/gaps/gap.ts';
import { notJudgedAudit, notJudgedId } from '../../audit/gaps/not-judged.ts';
import type { Ledger, LedgerRun } from '../../ledger/ledger.ts';

/** Earlier looks that are compared. Enough that quick retries of one sweep do not hide the sweep before. */
const LOOKS_COMPARED = 10;

/** The context of the findings, and how long a gap has to last. */
export interface LastingContext extends FindingContext {
  readonly exemptions: readonly Exemption[];
  readonly graceSeconds: number;
}

/**
 * A finding for each cause that this look and the look before have in common, once it lasts longer than the grace period, and a pass
 * for each open finding whose cause is over. One read per account and region, one more if a cause is over.
 */
export async function lastingGaps(
  looks: readonly ScopeLook[],
  ledger: Pick<Ledger, 'entries' | 'runs'>,
  context: LastingContext,
): Promise<AuditResult> {
  const gaps: LastingGap[] = [];
  for (const look of looks) {
    const { accountId, region } = look;
    const looksAt = { accountId, region, count: LOOKS_COMPARED };
    const earlier = await ledger.runs({ since: new Date(0), until: context.now, looksAt });
    gaps.push(...lastingIn(look, earlier, context), ...(await endedIn(look, earlier, ledger)));
  }
  return notJudgedAudit(gaps, context);
}

function lastingIn(
  look: ScopeLook,
  earlier: readonly LedgerRun[],
  { now, graceSeconds }: LastingContext,
): readonly LastingGap[] {
  const { accountId, region, unjudged } = look;
  return [...causesOf(look)].flatMap(([cause, gaps]) => {
    const since = startOf(cause, earlier);
    if (since === undefined || now.getTime() - since.getTime() < graceSeconds * 1000) return [];
    return [{ accountId, region, cause, gaps, unjudged, since }];
  });
}

/** The time of the oldest look since which every look had this cause, or could not tell. Undefined when the newest that can tell had not. */
function startOf(cause: string, earlier: readonly LedgerRun[]): Date | undefined {
  let since: Date | undefined;
  for (const { at, reading } of earlier.toReversed()) {
    for (const look of reading?.looks ?? []) {
      if (causesOf(look).has(cause)) since = at;
      else if (canTell(cause, look)) return since;
    }
  }
  return since;
}

/** False if the look could not show the cause because of a greater one: an account that is closed shows none of its lists. */
function canTell(cause: string, look: ScopeLook): boolean {
  const causes = causesOf(look);
  if (causes.has(WHOLE_ACCOUNT)) return cause === WHOLE_ACCOUNT;
  return cause !== RESOURCES || causes.size === 0 || causes.has(RESOURCES);
}

/** The open findings about causes of earlier looks that this look proves to be over. */
async function endedIn(
  look: ScopeLook,
  earlier: readonly LedgerRun[],
  ledger: Pick<Ledger, 'entries'>,
): Promise<readonly LastingGap[]> {
  const { accountId, region } = look;
  const now = causesOf(look);
  const before = new Set(
    earlier.flatMap(({ reading }) => reading?.looks ?? []).flatMap((each) => [...causesOf(each).keys()]),
  );
  const over = [...before].filter((cause) => !now.has(cause) && canTell(cause, look));
  if (over.length === 0) return [];
  const byId = new Map(over.map((cause) => [notJudgedId({ accountId, region, cause }), cause]));
  const entries = await ledger.entries({ inSight: { accountId, region } });
  return entries.flatMap(({ finding, openedAt }) => {
    const cause = byId.get(finding.id);
    return cause === undefined || finding.status === 'resolved'
      ? []
      : [{ accountId, region, cause, gaps: [], unjudged: {}, since: openedAt }];
  });
}
