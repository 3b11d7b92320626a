/** One finding in full: what, who, when, where, what we did, how to mend it, where to look. */

import type { Finding } from '../audit/finding.ts';
import { RULES_OF_STEP } from '../ledger/fold.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import type { Outcome } from '../remediation/outcome.ts';
import { linksOf } from './console-link.ts';
import { pasteable, plainText, wrap } from './plain-text.ts';
import { actorOf, agePhrase, decidingEvidence, timePhrase, toolOf, VALUE_LENGTH } from './wording.ts';

/** The block of one finding, without a blank line before or after. `outcomes` are those of the whole run. */
export function describeFinding(entry: LedgerEntry, outcomes: readonly Outcome[], now: Date): readonly string[] {
  const { finding } = entry;
  return [
    ...wrap(titleOf(finding)),
    ...wrap(`What: ${plainText(finding.reason, 500)}`),
    ...wrap(`Who: ${whoPhrase(finding)}`),
    ...wrap(`When: ${whenPhrase(finding, now)}`),
    ...wrap(`Where: ${wherePhrase(finding)}`),
    ...wrap(`What we did: ${deedPhrase(entry, outcomes)}`),
    ...(isMended(finding, outcomes) ? [] : fixLines(finding)),
    ...linksOf(finding, decidingEvidence(finding)?.eventID).map((link, index) =>
      index === 0 ? `Links: ${link}` : link,
    ),
  ];
}

/** The resource by id and, where it has one, by name. */
export function titleOf({ resourceId, detail }: Finding): string {
  const name = typeof detail.name === 'string' && detail.name !== '' ? ` (${plainText(detail.name, 60)})` : '';
  return `${plainText(resourceId, VALUE_LENGTH)}${name}`;
}

function whoPhrase(finding: Finding): string {
  const evidence = decidingEvidence(finding);
  if (!evidence) return 'not known: no log record of it was read';
  const parts = [actorOf(finding)];
  const tool = toolOf(evidence.userAgent ?? '');
  if (tool !== '' && tool !== parts[0]) parts.push(`with ${tool}`);
  const { sourceIPAddress } = evidence;
  // A service that calls for someone stands here by its name, which says nothing that the actor does not.
  if (sourceIPAddress && !sourceIPAddress.endsWith('.amazonaws.com'))
    parts.push(`from ${plainText(sourceIPAddress, 60)}`);
  return `${parts.join(', ')} (${plainText(evidence.eventName, 60)})`;
}

function whenPhrase(finding: Finding, now: Date): string {
  const time = new Date(decidingEvidence(finding)?.eventTime ?? finding.firstSeen);
  return Number.isNaN(time.getTime()) ? 'not known' : `${timePhrase(time)} (${agePhrase(time, now)})`;
}

function wherePhrase({ accountId, region, detail }: Finding): string {
  const parts = [`account ${plainText(accountId, 20)}`, plainText(region, 30)];
  for (const part of [detail.vpcId, detail.availabilityZone]) {
    if (typeof part === 'string' && part !== '') parts.push(plainText(part, 40));
  }
  return parts.join(', ');
}

/** What came of this run's steps first, then what the ledger or the finding knows. */
function deedPhrase({ finding, outcomes: earlier }: LedgerEntry, outcomes: readonly Outcome[]): string {
  const ours = outcomes.filter(({ step }) => isOf(finding, step));
  if (ours.length > 0) return ours.slice(0, 4).map(outcomePhrase).join('; ');
  const { remediation } = finding;
  if (remediation) {
    const why = remediation.reason ? `: ${plainText(remediation.reason, 300)}` : '';
    return `${REMEDIATION_WORDS[remediation.outcome] ?? plainText(remediation.outcome, 40)}${why}`;
  }
  const last = earlier.at(-1);
  if (last) return `${last.result}: ${plainText(last.reason, 300)}`;
  return finding.rule === 'instance-untagged' ? 'nothing; tags are for the owner to set' : 'nothing';
}

const REMEDIATION_WORDS: Readonly<Record<string, string>> = {
  planned: 'planned, not done',
  done: 'done',
  failed: 'tried, and failed',
  unplaced: 'nothing could be done',
  'not-needed': 'nothing was needed',
};

/** True for a step that was taken for this finding, not for another of the same resource. */
function isOf(finding: Finding, step: Outcome['step']): boolean {
  return (
    RULES_OF_STEP[step.kind].includes(finding.rule) &&
    step.accountId === finding.accountId &&
    step.region === finding.region &&
    (step.resourceId === finding.resourceId || step.trafficMirrorSessionId === finding.resourceId)
  );
}

const STEP_WORDS = {
  'create-session': { to: 'to create a mirror session', done: 'created mirror session' },
  'modify-session': { to: 'to change the mirror session', done: 'changed mirror session' },
  'delete-session': { to: 'to delete the mirror session', done: 'deleted mirror session' },
  'create-target': { to: 'to make a mirror target', done: 'made mirror target' },
  'terminate-sensor': { to: 'to terminate an unused sensor', done: 'terminated unused sensor' },
} satisfies Record<Outcome['step']['kind'], unknown>;

const RESULT_WORDS = {
  'not-needed': 'not needed',
  exempt: 'not possible for this interface',
  failed: 'tried, and failed',
} satisfies Record<Exclude<Outcome['result'], 'done'>, string>;

/** True when this run did all there was to do, so that nothing is left for the reader. */
function isMended(finding: Finding, outcomes: readonly Outcome[]): boolean {
  const ours = outcomes.filter(({ step }) => isOf(finding, step));
  return ours.length > 0 && ours.every(({ result }) => result === 'done');
}

function outcomePhrase({ step, result, reason, trafficMirrorSessionId, trafficMirrorTargetId }: Outcome): string {
  const words = STEP_WORDS[step.kind];
  if (result !== 'done') return `${words.to}: ${RESULT_WORDS[result]}, ${plainText(reason, 300)}`;
  const session = trafficMirrorSessionId ?? step.trafficMirrorSessionId;
  const ids = [session, trafficMirrorTargetId ?? step.trafficMirrorTargetId].filter(
    (id) => id !== undefined && id !== '',
  );
  return `${words.done} ${ids.map((id) => plainText(String(id), 60)).join(' to ')}`;
}

/** The command stands on a line of its own, unbroken, to be copied. */
function fixLines({ fix }: Finding): readonly string[] {
  if (fix === '') return [];
  const command = pasteable(fix);
  if (command !== undefined) return ['Fix:', command];
  return wrap(
    'Fix: see the report; the command is too long for a mail, or holds characters that are not safe to paste.',
  );
}
