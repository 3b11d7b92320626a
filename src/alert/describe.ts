/** One finding in full: what, who, when, where, what we did, how to fix it, where to look. */

import { provenCalls } from '../audit/cause.ts';
import type { Finding, FindingRemediation } from '../audit/finding.ts';
import { commandsIn, partsOfFix } from '../audit/fixes/fix-parts.ts';
import { isOnCalls, ruleOf } from '../audit/rule-book.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import type { Outcome } from '../remediation/outcome.ts';
import { sessionIdOf } from '../remediation/plan.ts';
import { canResolve, isRepairedBy } from '../remediation/settle-findings.ts';
import { callCount } from '../report/call-words.ts';
import { causeLine, cautionOf } from '../report/cause-words.ts';
import { linksOf } from './console-link.ts';
import { pasteable, plainText, wrap } from './plain-text.ts';
import { agePhrase, causeStyle, lastSeenPhrase, type MailTime, timePhrase, toolOf, VALUE_LENGTH } from './wording.ts';

/** The lines about one finding, without a blank line before or after. `outcomes` are those of the whole run. */
export function describeFinding(entry: LedgerEntry, outcomes: readonly Outcome[], time: MailTime): readonly string[] {
  const { now } = time;
  const { finding } = entry;
  const own = outcomes.filter(({ step }) => canResolve(finding, step));
  return [
    ...wrap(titleOf(finding)),
    ...wrap(`What: ${plainText(finding.reason, 500)}`),
    ...labelled('Rule', finding.rule),
    ...attributionLines(finding, now),
    ...wrap(whenPhrase(entry, now)),
    ...labelled('Last seen', lastSeenPhrase(finding, time)),
    ...wrap(`Where: ${wherePhrase(finding)}`),
    ...labelled('Seen because', isOnCalls(finding.rule) ? undefined : finding.seenBecause),
    ...labelled('Caution', cautionOf(finding.evidence)),
    ...wrap(`What we did: ${remediationPhrase(entry, own, now)}`),
    ...(isRepairedBy(finding, own) ? [] : fixLines(finding)),
    ...linksOf(finding, provenCalls(finding.cause).at(-1)?.eventID).map((link, index) =>
      index === 0 ? `Links: ${link}` : link,
    ),
  ];
}

/** The resource's id, and its name if it has one. */
export function titleOf({ resourceId, detail }: Finding): string {
  const name = typeof detail.name === 'string' && detail.name !== '' ? ` (${plainText(detail.name, 60)})` : '';
  return `${plainText(resourceId, VALUE_LENGTH)}${name}`;
}

/** Who or what it is due to, who launched the resource, and who owns it: three different things. What is not known is left out. */
function attributionLines(finding: Finding, now: Date): readonly string[] {
  const line = causeLine(finding, causeStyle(now));
  return [
    ...(line === undefined ? [] : wrap(`${line[0]}: ${[line[1], ...circumstancesOf(finding)].join(', ')}`)),
    ...labelled('Launched by', finding.launchedBy),
    ...labelled('Owner', finding.owner),
  ];
}

function labelled(label: string, value: string | undefined): readonly string[] {
  const text = plainText(value ?? '', VALUE_LENGTH);
  return text.trim() === '' ? [] : wrap(`${label}: ${text}`);
}

/** With which tool and from where the call that is proven to be the cause was made. Empty if there is not exactly one. */
function circumstancesOf({ cause, evidence }: Finding): readonly string[] {
  const [call, ...others] = provenCalls(cause);
  const record = evidence.find(({ eventID }) => eventID === call?.eventID);
  if (call === undefined || others.length > 0 || record === undefined) return [];
  const { sourceIPAddress = '', userAgent = '' } = record;
  const tool = toolOf(userAgent);
  // For a call that an AWS service made, this is the service's host name, which adds nothing to the actor.
  const isService = sourceIPAddress.endsWith('.amazonaws.com');
  return [
    ...(tool === '' || tool === call.actor ? [] : [`with ${tool}`]),
    ...(sourceIPAddress === '' || isService ? [] : [`from ${plainText(sourceIPAddress, 60)}`]),
  ];
}

/** When the proven cause happened, of several calls the newest; without proof, since when we know the finding to be open. */
function whenPhrase({ finding, openedAt }: LedgerEntry, now: Date): string {
  const call = provenCalls(finding.cause).at(-1);
  const time = call === undefined ? openedAt : new Date(call.eventTime);
  const words = Number.isNaN(time.getTime()) ? 'unknown' : `${timePhrase(time)} (${agePhrase(time, now)})`;
  return `${call === undefined ? 'Open since' : 'When'}: ${words}${newestPhrase(finding)}`;
}

function newestPhrase(finding: Finding): string {
  const count = callCount(finding);
  const first = new Date(finding.firstSeen);
  if (count === undefined || Number.isNaN(first.getTime())) return '';
  return `, the newest of ${count} calls since ${timePhrase(first)}`;
}

function wherePhrase({ accountId, region, detail }: Finding): string {
  const parts = [`account ${plainText(accountId, 20)}`, plainText(region, 30)];
  for (const part of [detail.vpcId, detail.availabilityZone]) {
    if (typeof part === 'string' && part !== '') parts.push(plainText(part, 40));
  }
  return parts.join(', ');
}

/** The outcomes of this run if it has any, otherwise what the finding or the ledger knows. */
function remediationPhrase(entry: LedgerEntry, own: readonly Outcome[], now: Date): string {
  if (own.length > 0) return own.slice(0, 4).map(outcomePhrase).join('; ');
  const { finding, outcomes: earlier } = entry;
  const { remediation } = finding;
  const handedOver = remediation?.outcome === 'planned' ? handOverPhrase(entry, now) : undefined;
  if (handedOver !== undefined) return handedOver;
  if (remediation) return withReason(REMEDIATION_WORDS[remediation.outcome], remediation.reason);
  const last = earlier.at(-1);
  if (last) return withReason(EARLIER_WORDS[last.result], last.reason);
  return ruleOf(finding.rule)?.notRepaired ?? CALL_NOT_UNDONE;
}

/** What became of a repair that was handed over since the finding was opened: the newest answer, or that there is none. */
function handOverPhrase({ finding: { detail }, outcomes }: LedgerEntry, now: Date): string | undefined {
  if (detail.repairAwaited === undefined) return undefined;
  const since = new Date(detail.repairAwaited.since);
  const answer = outcomes.findLast(({ at }) => at >= since);
  if (answer !== undefined)
    return `${withReason(EARLIER_WORDS[answer.result], answer.reason)} (${timePhrase(answer.at)})`;
  return `handed over for repair ${timePhrase(since)} (${agePhrase(since, now)}); the repair has not reported since`;
}

function withReason(words: string, reason: string | undefined): string {
  return reason ? `${words}: ${plainText(reason, 300)}` : words;
}

const CALL_NOT_UNDONE = 'nothing; calls are not undone automatically';

const REMEDIATION_WORDS = {
  planned: 'planned, not done yet',
  done: 'done',
  failed: 'tried, but failed',
  unplaced: 'nothing; it gets no working session',
  'not-needed': 'nothing; no change was needed',
} satisfies Record<FindingRemediation['outcome'], string>;

const EARLIER_WORDS = {
  done: 'done',
  failed: 'tried, but failed',
  exempt: 'nothing; this interface cannot be mirrored',
  'not-needed': 'nothing; no change was needed',
} satisfies Record<Outcome['result'], string>;

const STEP_WORDS = {
  'create-session': { doing: 'creating a mirror session', done: 'created mirror session' },
  'modify-session': { doing: 'changing the mirror session', done: 'changed mirror session' },
  'delete-session': { doing: 'deleting the mirror session', done: 'deleted mirror session' },
  'create-target': { doing: 'creating a mirror target', done: 'created mirror target' },
  'terminate-sensor': { doing: 'terminating an unused sensor', done: 'terminated unused sensor' },
} satisfies Record<Outcome['step']['kind'], unknown>;

const RESULT_WORDS = {
  'not-needed': 'was not needed',
  exempt: 'is not possible for this interface',
  failed: 'failed',
} satisfies Record<Exclude<Outcome['result'], 'done'>, string>;

function outcomePhrase({ step, result, reason, trafficMirrorSessionId, trafficMirrorTargetId }: Outcome): string {
  const words = STEP_WORDS[step.kind];
  if (result !== 'done') return withReason(`${words.doing} ${RESULT_WORDS[result]}`, reason);
  const session = trafficMirrorSessionId ?? sessionIdOf(step);
  const ids = [session, trafficMirrorTargetId ?? step.trafficMirrorTargetId].filter(
    (id) => id !== undefined && id !== '',
  );
  return `${words.done} ${ids.map((id) => plainText(String(id), 60)).join(' to ')}`;
}

/** The longest words of a fix that a mail shows, in characters. */
const FIX_LENGTH = 800;

/** Words are wrapped. Each command gets an unbroken line of its own, to be copied; all of them, or none. */
function fixLines({ fix }: Finding): readonly string[] {
  if (fix === '') return [];
  const { words, command } = partsOfFix(fix);
  const lead = words === '' ? ['Fix:'] : wrap(`Fix: ${plainText(words, FIX_LENGTH)}`);
  if (command === '') return lead;
  const commands = commandsIn(command);
  const pasted = commands.flatMap((one) => (isOurs(one) ? (pasteable(one) ?? []) : []));
  if (pasted.length === commands.length) return [...lead, ...pasted];
  const unsafe = 'The command is too long for a mail, or contains characters that are unsafe to paste.';
  return words === '' ? wrap(`Fix: see the report. ${unsafe}`) : [...lead, ...wrap(`  See the report. ${unsafe}`)];
}

const isOurs = (command: string): boolean => /^(?:aws|mirrorwatch) [a-z]/.test(command);
