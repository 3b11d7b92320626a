/** Notes what deliveries say about when accounts and regions spoke, and judges who is silent. */

import { exempt } from '../../audit/exemptions.ts';
import type { Finding, Judgement } from '../../audit/finding.ts';
import { isSilentLogs, silentLogsFinding, silentLogsId, speakingAgain } from '../../audit/log-integrity.ts';
import { OF_ORGANIZATION } from '../../config/organization/policy.ts';
import type { Config } from '../../config.ts';
import type { Scope } from '../../inventory/inventory.ts';
import type { FreshnessLog, Hearing, ScopeSpoken } from '../../ledger/freshness/freshness-log.ts';
import type { Heard } from '../../ledger/freshness/heard.ts';
import { silenceAt } from '../../ledger/freshness/silence.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Assessment } from '../assess.ts';

/** What a judging of all accounts and regions found. */
export interface JudgedSilence {
  /** Those that are silent. */
  readonly silent: readonly Scope[];
  /** How many ever spoke. */
  readonly scopes: number;
}

/** What is to be recorded about silence, and noted once that is recorded. */
export interface SilenceFound {
  readonly findings: readonly Finding[];
  readonly judgements: readonly Judgement[];
  /** Those whose silence is a finding from now on. */
  readonly toName: readonly ScopeSpoken[];
  /** Absent if another run judged all of them within the last half hour. */
  readonly judged?: JudgedSilence | undefined;
}

/** What silence is judged with. */
export interface SilenceContext {
  readonly now: Date;
  readonly ledger?: (FreshnessLog & Pick<Ledger, 'entries'>) | undefined;
}

type SilenceConfig = Pick<Config, 'severities' | 'exemptions' | 'trail'>;

const NOTHING_HEARD: Hearing = { resumed: [], isDue: true };
/** Nothing was found or judged. */
export const NO_SILENCE: SilenceFound = { findings: [], judgements: [], toName: [] };

/**
 * Notes what was heard, with a judgement for each account and region that speaks again. Judges the silence of all of them, not only of those
 * heard, if nobody has for half an hour: whoever is silent sends nothing that could have it judged. Without a ledger nothing is known.
 */
export async function judgeSilence(
  heard: readonly Heard[],
  config: SilenceConfig,
  { now, ledger }: SilenceContext,
): Promise<SilenceFound> {
  if (ledger === undefined) return NO_SILENCE;
  const { resumed, isDue } = heard.length === 0 ? NOTHING_HEARD : await ledger.hear(heard, now);
  const again = resumed.map((each) =>
    speakingAgain(each, `its logs speak again since ${each.record.toISOString()}`, now),
  );
  if (!isDue || !(await ledger.takeJudging(now))) return { ...NO_SILENCE, judgements: again };
  const all = (await ledger.freshness()).filter((each) => isJudged(each, config));
  const silent = all.flatMap(({ spoken, ...scope }) => {
    const silence = silenceAt(spoken, now);
    return silence.verdict === 'silent' ? [{ ...scope, spoken, silence }] : [];
  });
  const toName = silent.filter(({ spoken }) => spoken.named === undefined);
  const context = { severities: config.severities, now };
  return {
    findings: toName.map(({ spoken, silence, ...scope }) => {
      const times = { lastRecord: new Date(spoken.record), lastDelivery: new Date(spoken.delivery) };
      const finding = silentLogsFinding({ ...scope, ...times, ...silence, habitMs: silence.habitMs ?? 0 }, context);
      return exempt(finding, { tags: [] }, config.exemptions, now);
    }),
    judgements: [
      ...again,
      ...(await leftOpen(all, new Set([...again.map(({ id }) => id), ...toName.map(silentLogsId)]), { now, ledger })),
    ],
    toName,
    judged: { silent: silent.map(({ accountId, region }) => ({ accountId, region })), scopes: all.length },
  };
}

/** The assessment with what was found about silence. */
export function withSilence(assessment: Assessment, { findings, judgements }: SilenceFound): Assessment {
  if (findings.length + judgements.length === 0) return assessment;
  return {
    ...assessment,
    findings: [...assessment.findings, ...findings],
    judgements: [...assessment.judgements, ...judgements],
  };
}

/** Notes whose silence is a finding, once that is recorded: a run that dies before finds and records it again. */
export async function noteSilence(
  { toName }: SilenceFound,
  ledger: Pick<FreshnessLog, 'nameSilent'> | undefined,
  now: Date,
): Promise<void> {
  if (toName.length > 0) await ledger?.nameSilent(toName, now);
}

/** False for accounts that are not listed: their logs are not read either. Those that spoke are, while the organization's are not known. */
export function isJudged({ accountId }: Scope, { trail: { accounts } }: Pick<Config, 'trail'>): boolean {
  return accounts.length === 0 || accounts.includes(OF_ORGANIZATION) || accounts.includes(accountId);
}

/** Judgements for open findings about silence that is over, which a run noted and died before it recorded it, and of accounts that are not judged any more. */
async function leftOpen(
  all: readonly ScopeSpoken[],
  known: ReadonlySet<string>,
  { now, ledger }: { readonly now: Date; readonly ledger: Pick<Ledger, 'entries'> },
): Promise<readonly Judgement[]> {
  const named = new Set(all.filter(({ spoken }) => spoken.named !== undefined).map(silentLogsId));
  const judged = new Set(all.map(silentLogsId));
  const entries = await ledger.entries({ inSight: 'other-rules' });
  return entries
    .map(({ finding }) => finding)
    .filter((finding) => isSilentLogs(finding) && finding.status !== 'resolved')
    .filter(({ id }) => !known.has(id) && !named.has(id))
    .map((finding) =>
      speakingAgain(finding, judged.has(finding.id) ? 'its logs speak again' : 'its logs are not read any more', now),
    );
}
