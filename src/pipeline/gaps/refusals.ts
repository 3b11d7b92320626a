/** Findings about deliveries that were refused unread because nothing shows that they are ours: few, however many there were. */

import { exempt } from '../../audit/exemptions.ts';
import type { Finding, FindingContext } from '../../audit/finding.ts';
import {
  foreignLogFinding,
  integrityAudit,
  type RefusedAlike,
  refusedDeliveriesFinding,
} from '../../audit/log-integrity.ts';
import type { IntegrityCheck } from '../../cloudtrail/digests/digest-chain.ts';
import { groupBy, uniqueBy } from '../../collections.ts';
import type { Config } from '../../config.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Assessment } from '../assess.ts';
import type { RefusedDelivery } from '../message-content.ts';

/** Sources of one kind that get findings of their own in a batch. Whoever sends may name as many as they like. */
const MOST_SOURCES = 10;
/** The same for accounts that are not listed: an organization may have left many out. */
const MOST_ACCOUNTS = 100;
const MOST_SAMPLES = 5;
const LONGEST_TEXT = 300;
const HOUR_MS = 3_600_000;
/** The sources beyond the first are told together. */
const OTHER_SOURCES = 'other sources';

/** What refusals are recorded with. */
interface RefusalContext {
  readonly now: Date;
  /** Adds up what runs of the same hour refused. @default each run counts for itself */
  readonly ledger?: Pick<Ledger, 'entries'> | undefined;
}

/**
 * The assessment with a finding for what was refused: one for each kind and source, with the count of the hour and samples, and one for each
 * account that is not listed.
 */
export async function withRefusals(
  assessment: Assessment,
  refused: readonly RefusedDelivery[],
  { region = '', severities, exemptions }: Pick<Config, 'region' | 'severities' | 'exemptions'>,
  { now, ledger }: RefusalContext,
): Promise<Assessment> {
  if (refused.length === 0) return assessment;
  const context = { severities, now };
  const [foreign, others] = foreignAndOthers(refused);
  const alike = await withEarlier(groupsOf(others, now), region, context, ledger);
  const findings = [
    ...foreign.map(({ path, foreignAccountId: accountId }) =>
      foreignLogFinding({ accountId, object: path }, region, context),
    ),
    ...alike.map((one) => refusedDeliveriesFinding(one, region, context)),
  ].map((finding) => exempt(finding, { tags: [] }, exemptions, now));
  return { ...assessment, findings: uniqueBy([...assessment.findings, ...findings], ({ id }) => id) };
}

/** The assessment with a finding for each log file and digest that fails its check, is missing, or is not proven. */
export function withIntegrity<T extends { readonly findings: readonly Finding[] }>(
  assessment: T,
  checks: readonly IntegrityCheck[],
  { severities, exemptions }: Pick<Config, 'severities' | 'exemptions'>,
  now: Date,
): T {
  const found = integrityAudit(checks, { severities, now }).findings.map((finding) =>
    exempt(finding, { tags: [] }, exemptions, now),
  );
  return { ...assessment, findings: uniqueBy([...assessment.findings, ...found], ({ id }) => id) };
}

type Foreign = RefusedDelivery & { readonly foreignAccountId: string };

/** The first log of each of the first accounts that are not listed, and everything else. */
function foreignAndOthers(
  refused: readonly RefusedDelivery[],
): readonly [readonly Foreign[], readonly RefusedDelivery[]] {
  const firsts = new Map<string, Foreign>();
  const others: RefusedDelivery[] = [];
  for (const one of refused) {
    const { foreignAccountId } = one;
    if (foreignAccountId === undefined) others.push(one);
    else if (firsts.size < MOST_ACCOUNTS && !firsts.has(foreignAccountId))
      firsts.set(foreignAccountId, { ...one, foreignAccountId });
    else if (!firsts.has(foreignAccountId)) others.push(one);
  }
  return [[...firsts.values()], others];
}

/** What is alike, kind by kind and source by source. */
function groupsOf(refused: readonly RefusedDelivery[], now: Date): readonly RefusedAlike[] {
  const hour = new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS);
  return [...groupBy(refused, ({ kind }) => kind)].flatMap(([kind, ofKind]) => {
    const sources = new Set([...new Set(ofKind.map(({ source }) => source))].slice(0, MOST_SOURCES));
    const ofSource = groupBy(ofKind, ({ source }) => (sources.has(source) ? source : OTHER_SOURCES));
    return [...ofSource].map(([source, those]) => ({
      kind,
      source: source.slice(0, LONGEST_TEXT),
      hour,
      count: those.length,
      samples: uniqueBy(those, ({ path }) => path)
        .slice(0, MOST_SAMPLES)
        .map(({ path }) => path.slice(0, LONGEST_TEXT)),
      reason: (those[0]?.reason ?? '').slice(0, 2 * LONGEST_TEXT),
    }));
  });
}

/** With what the ledger has counted in the same hour, which keeps the first samples. */
async function withEarlier(
  groups: readonly RefusedAlike[],
  region: string,
  context: FindingContext,
  ledger: RefusalContext['ledger'],
): Promise<readonly RefusedAlike[]> {
  if (groups.length === 0 || ledger === undefined) return groups;
  const ids = groups.map((one) => refusedDeliveriesFinding(one, region, context).id);
  const entries = await ledger.entries({ ids });
  const earlier = new Map(entries.map(({ finding }) => [finding.id, finding]));
  return groups.map((one, at) => addedTo(earlier.get(ids[at] ?? ''), one));
}

function addedTo(earlier: Finding | undefined, one: RefusedAlike): RefusedAlike {
  const { count, samples, hour } = earlier?.detail ?? {};
  if (hour !== one.hour.toISOString() || typeof count !== 'number' || !Array.isArray(samples)) return one;
  const texts = samples.filter((sample) => typeof sample === 'string');
  return { ...one, count: one.count + count, samples: [...new Set([...texts, ...one.samples])].slice(0, MOST_SAMPLES) };
}
