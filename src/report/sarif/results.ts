/** Findings, and what could not be judged, as SARIF results. */

import type { Finding, Judgement } from '../../audit/finding.ts';
import { partsOfFix } from '../../audit/fixes/fix-parts.ts';
import { causeFacts } from '../cause-words.ts';
import { mutedWords } from '../words.ts';
import { recordLocations, resourceLocation } from './location.ts';
import { isVerbatim, messageOf } from './message.ts';
import { LEVELS } from './rules.ts';

/**
 * An open or muted finding. It fails either way; a muted one is suppressed, with the exemption as its justification.
 */
export function findingResult(finding: Finding, ruleIndex: number): object {
  const { rule, severity, status, reason, evidence, firstSeen, lastSeen, fix, owner, cause } = finding;
  const records = recordLocations(evidence);
  return {
    ruleId: rule,
    ruleIndex,
    kind: 'fail',
    level: LEVELS[severity],
    message: messageOf(reason, ...causeFacts(finding).map(([label, words]) => `${label}: ${words}`), ...fixLines(fix)),
    locations: [resourceLocation(finding)],
    relatedLocations: records.length === 0 ? undefined : records,
    partialFingerprints: fingerprintsOf(finding.id, 1),
    suppressions:
      status === 'muted'
        ? [{ kind: 'external', status: 'accepted', justification: messageOf(mutedWords(finding)).text }]
        : [],
    provenance: { firstDetectionTimeUtc: instantOf(firstSeen), lastDetectionTimeUtc: instantOf(lastSeen) },
    properties: {
      status,
      severity,
      ...placeOf(finding),
      owner,
      cause: cause.kind,
      eventIDs: evidence.map(({ eventID }) => eventID),
      fix: fix === '' ? undefined : fix,
    },
  };
}

/**
 * A resource that could not be judged: neither a failure nor a pass. It has its finding's fingerprint, so an alert about it stays open;
 * a second one if that finding is listed too.
 */
export function unknownResult(judgement: Judgement, ruleIndex: number, isListed: boolean): object {
  return {
    ruleId: judgement.rule,
    ruleIndex,
    kind: 'open',
    level: 'none',
    message: messageOf(`Could not be judged: ${judgement.reason}`),
    locations: [resourceLocation(judgement)],
    partialFingerprints: fingerprintsOf(judgement.id, isListed ? 2 : 1),
    suppressions: [],
    properties: { status: 'unknown', ...placeOf(judgement) },
  };
}

/** `primaryLocationLineHash` is the only one that GitHub compares. */
function fingerprintsOf(id: string, occurrence: 1 | 2): object {
  return { 'mirrorwatchFindingId/v1': id, primaryLocationLineHash: `${id}:${occurrence}` };
}

/** Undefined for what is no time: the schema allows nothing else there. */
function instantOf(text: string): string | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

function placeOf({ accountId, region, resourceType, resourceId }: Finding | Judgement): object {
  return { accountId, region, resourceType, resourceId };
}

/** The words, and the command on a line of its own. */
function fixLines(fix: string): readonly string[] {
  const { words, command } = partsOfFix(fix);
  const shown = command === '' || isVerbatim(command) ? command : COMMAND_ELSEWHERE;
  return [words, shown].filter((part) => part !== '').map((part, index) => (index === 0 ? `Fix: ${part}` : part));
}

const COMMAND_ELSEWHERE = 'the command is in the properties of this result, where it can be copied as it is.';
