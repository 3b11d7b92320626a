/** Findings about the logs themselves: files that fail their check, and deliveries from senders we do not trust. */

import type { IntegrityCheck } from '../cloudtrail/digests/digest-chain.ts';
import { plural } from '../collections.ts';
import type { Scope } from '../inventory/inventory.ts';
import type { Sighting } from '../sighting/sighting.ts';
import {
  type AuditResult,
  type Finding,
  type FindingContext,
  findingId,
  type Judgement,
  makeFinding,
} from './finding.ts';
import { command, fixInWords } from './fixes/command.ts';
import { idInWords } from './fixes/shell.ts';
import { logIntegrity } from './rules/log-integrity.ts';
import { LOOKED_AT, recordInWords } from './seen/seen-because.ts';

const RULE = 'log-integrity';

type LogResourceType = (typeof logIntegrity.appliesTo)[number];

/** The types of resources that the rule says its findings are about: another type doesn't compile. */
const OBJECT = 'AWS::S3::Object' satisfies LogResourceType;
const ACCOUNT = 'AWS::Account' satisfies LogResourceType;

/** How many records of an untrusted account a finding quotes; more would not prove more. */
const MAX_EVIDENCE = 10;

/** Of one account and region, at most this many objects that are not proven for the same reason become findings of their own. */
const MAX_UNPROVEN = 100;

/**
 * Makes one finding for each invalid, missing, injected or unproven object, with the reasons of all its checks, and a pass for each valid
 * one. An object whose proof is not due yet gets neither, so its earlier finding stays as it was. Of many that are not proven for the same
 * reason, such as those of a region without digests, the first ones are named and the last of them says how many more there are.
 */
export function integrityAudit(checks: readonly IntegrityCheck[], context: FindingContext): AuditResult {
  const findings = new Map<string, Finding>();
  const passes = new Map<string, Judgement>();
  for (const check of withoutExcess(checks)) {
    const { object: resourceId, accountId = '', region = '' } = check;
    const common = { rule: RULE, accountId, region, resourceType: OBJECT, resourceId } as const;
    const answer = logIntegrity.judge(check);
    const id = findingId(RULE, accountId, region, resourceId);
    if (answer.result === 'pass') passes.set(id, { id, ...common, result: 'pass', reason: answer.reason });
    if (answer.result !== 'fail') continue;
    const earlier = findings.get(id);
    const reason = earlier === undefined ? answer.reason : `${earlier.reason} ${answer.reason}`;
    findings.set(
      id,
      earlier === undefined
        ? makeFinding({ ...common, ...answer, seenBecause: LOOKED_AT.logFiles }, context)
        : { ...earlier, reason },
    );
  }
  return {
    findings: [...findings.values()],
    judgements: [...passes.values()].filter(({ id }) => !findings.has(id)),
  };
}

function withoutExcess(checks: readonly IntegrityCheck[]): readonly IntegrityCheck[] {
  const isUnproven = ({ status, notDue }: IntegrityCheck): boolean => status === 'unverified' && notDue !== true;
  const alike = ({ accountId, region, type, reason }: IntegrityCheck): string =>
    [accountId, region, type, reason].join('\n');
  const totals = new Map<string, number>();
  for (const check of checks) if (isUnproven(check)) totals.set(alike(check), (totals.get(alike(check)) ?? 0) + 1);
  const named = new Map<string, number>();
  return checks.flatMap((check) => {
    if (!isUnproven(check)) return [check];
    const count = (named.get(alike(check)) ?? 0) + 1;
    named.set(alike(check), count);
    const more = (totals.get(alike(check)) ?? 0) - MAX_UNPROVEN;
    if (count < MAX_UNPROVEN || more <= 0) return count <= MAX_UNPROVEN ? [check] : [];
    return count > MAX_UNPROVEN ? [] : [{ ...check, reason: `${check.reason}; so are ${more} more files` }];
  });
}

/** The finding for delivered records of an account that `trail.accounts` does not list. We take no action for that account. */
export function foreignAccountFinding(
  accountId: string,
  sightings: readonly Sighting[],
  context: FindingContext,
): Finding {
  const own = sightings.filter((sighting) => sighting.accountId === accountId);
  const newest = own.toSorted((a, b) => b.eventTime.getTime() - a.eventTime.getTime())[0]?.evidence;
  return makeFinding(
    {
      rule: RULE,
      accountId,
      region: own[0]?.region ?? '',
      resourceType: ACCOUNT,
      resourceId: accountId,
      reason: `Records of account ${accountId} were delivered, but trail.accounts does not list it; no action was taken for it.`,
      seenBecause: newest && recordInWords(newest),
      detail: {},
      evidence: own.slice(0, MAX_EVIDENCE).map(({ evidence }) => evidence),
      fix: foreignAccountFix(accountId),
    },
    context,
  );
}

/**
 * The finding for a delivered log whose key says that it is of an account that `trail.accounts` does not list. What its records say of
 * themselves proves nothing, so they are not read. One finding for all such logs of the account, in `region`.
 */
export function foreignLogFinding(
  { accountId, object }: { readonly accountId: string; readonly object: string },
  region: Scope['region'],
  context: FindingContext,
): Finding {
  return makeFinding(
    {
      rule: RULE,
      accountId,
      region,
      resourceType: ACCOUNT,
      resourceId: accountId,
      reason: `A log of account ${accountId} was delivered, but trail.accounts does not list it; none of it was read.`,
      seenBecause: LOOKED_AT.delivery,
      detail: { object },
      evidence: [],
      fix: foreignAccountFix(accountId),
    },
    context,
  );
}

function foreignAccountFix(accountId: string): string {
  return `No command can tell whose account it is. If ${idInWords(accountId)} is yours, add it to trail.accounts in the configuration`;
}

/** Deliveries, or parts of them, that were refused for the same kind of reason, from one source within an hour. */
export interface RefusedAlike {
  readonly kind: string;
  readonly source: string;
  /** The hour's beginning. */
  readonly hour: Date;
  /** How many, at least: a run that died before it recorded them is not counted. */
  readonly count: number;
  readonly samples: readonly string[];
  /** Why the first was refused. */
  readonly reason: string;
}

/** An account and region whose logs are silent for longer than their own habit. Times in milliseconds are lengths. */
export interface SilentLogs extends Scope {
  readonly lastRecord: Date;
  readonly lastDelivery: Date;
  readonly silentMs: number;
  readonly habitMs: number;
  /** True if the habit is how long they are silent in the hours of the week in which they usually are not. */
  readonly isUsualHours: boolean;
}

const SILENT = 'logs-silent';

/** The resource of the finding: the account, and what is wrong with its logs in the region. */
function silentResource({ accountId }: Scope): string {
  return `${accountId}/${SILENT}`;
}

/** True for a finding that `silentLogsFinding` made. */
export function isSilentLogs({ rule, detail }: Pick<Finding, 'rule' | 'detail'>): boolean {
  return rule === RULE && detail.integrity === SILENT;
}

/** The id of the finding about the silence of an account and region. */
export function silentLogsId(scope: Scope): string {
  return findingId(RULE, scope.accountId, scope.region, silentResource(scope));
}

/** The finding for an account and region that used to speak and is silent: its trail may have been stopped, or its logs kept from us. */
export function silentLogsFinding(silent: SilentLogs, context: FindingContext): Finding {
  const { accountId, region, lastRecord, lastDelivery, silentMs, habitMs, isUsualHours } = silent;
  const habit = isUsualHours
    ? `in hours in which it usually speaks it is never silent for more than ${lengthWords(habitMs)}`
    : `by its habit it is silent for no more than ${lengthWords(habitMs)}`;
  return makeFinding(
    {
      rule: RULE,
      accountId,
      region,
      resourceType: ACCOUNT,
      resourceId: silentResource(silent),
      reason: `The logs of account ${accountId} in ${region} are silent: their newest record is of ${lastRecord.toISOString()}, ${lengthWords(silentMs)} ago, and ${habit}.`,
      seenBecause: LOOKED_AT.silence,
      detail: {
        integrity: SILENT,
        lastRecord: lastRecord.toISOString(),
        lastDelivery: lastDelivery.toISOString(),
        silentSeconds: Math.round(silentMs / 1000),
        habitSeconds: Math.round(habitMs / 1000),
      },
      evidence: [],
      fix: fixInWords(
        'No command can bring back what was not recorded. Check that nobody stopped the trail, left the region out, changed its event selectors, or the bucket, its policy or its notifications. The trails there are listed by',
        [command('aws cloudtrail describe-trails', [['--region', region]])],
      ),
    },
    context,
  );
}

/** The judgement that the logs of an account and region speak again, or are not judged any more. */
export function speakingAgain(scope: Scope, reason: string, at: Date): Judgement {
  const { accountId, region } = scope;
  const resource = { accountId, region, resourceType: ACCOUNT, resourceId: silentResource(scope) } as const;
  return { id: silentLogsId(scope), rule: RULE, ...resource, result: 'pass', reason, seenAt: at.toISOString() };
}

const HOUR_MS = 3_600_000;

/** `95 minutes`, `26 hours`, `9 days`: rounded to what people compare. */
function lengthWords(ms: number): string {
  if (ms < 3 * HOUR_MS) return plural(Math.round(ms / 60_000), 'minute');
  if (ms < 72 * HOUR_MS) return plural(Math.round(ms / HOUR_MS), 'hour');
  return plural(Math.round(ms / (24 * HOUR_MS)), 'day');
}

/** Resources whose name alone says what was refused; with the others the kind is part of the name. */
const NAMED_BY_SOURCE: Readonly<Record<string, string>> = { bucket: '/*', topic: '' };

/**
 * The finding for refused deliveries: somebody may be trying to feed us forged logs or orders. One for each kind and source, which counts by
 * the hour: it keeps its id, so that an exemption of the source holds, and it is over when the deliveries stop.
 */
export function refusedDeliveriesFinding(
  { kind, source, hour, count, samples, reason }: RefusedAlike,
  region: Scope['region'],
  context: FindingContext,
): Finding {
  const from = `${hour.toISOString().slice(0, 13)}:00Z`;
  const [accountId = ''] = /\b\d{12}\b/.exec(source) ?? [];
  const more = `At least ${count} deliveries or records were refused within the hour from ${from}, one of them because`;
  return makeFinding(
    {
      rule: RULE,
      accountId,
      region,
      resourceType: OBJECT,
      resourceId: `${source}${NAMED_BY_SOURCE[kind] ?? ` (${kind})`}`,
      reason: `${count === 1 ? 'A delivery or record was refused:' : more} ${reason}; none of what was refused was used.`,
      seenBecause: LOOKED_AT.delivery,
      detail: { refused: kind, source, hour: hour.toISOString(), count, samples },
      evidence: [],
      fix: 'No command can tell who sent it. Check who may publish to the trail topic, send to the delivery queue and write to the bucket; if the source is yours, add it to "trail" in the configuration',
    },
    context,
  );
}
