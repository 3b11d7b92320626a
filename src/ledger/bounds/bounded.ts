/** The part of an observation that a ledger keeps: an entry stays well below the 400 KB of an item of DynamoDB, whatever it is about. */

import type { Cause } from '../../audit/cause.ts';
import type { Finding, FindingDetail, FindingEvidence, Judgement } from '../../audit/finding.ts';
import type { Outcome } from '../../remediation/outcome.ts';
import { cutText, cutToFit, firstThatFit, sizeOf } from './cut.ts';

/**
 * Smaller findings and evidence are kept as they are.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
const SMALL_BYTES = 3_000;
const DETAIL_BYTES = 40_000;
/** A timeline keeps 32 facts, each with a cause and the calls that resolved it. */
const CAUSE_BYTES = 2_000;
const RESOLUTION_BYTES = 2_000;
const REASON_BYTES = 2_000;
const WORDS_BYTES = 300;
const FIX_BYTES = 8_000;
const EVIDENCE_TEXT_BYTES = 1_200;
const RESOLUTION_TEXT_BYTES = 150;
const OUTCOME_REASON_BYTES = 500;
/** What all evidence of a finding takes at most, beyond its first piece. */
export const MOST_EVIDENCE_BYTES = 60_000;

/**
 * The finding as it is kept: its texts cut, and its detail cut to fit, with what was left out of its lists in `detail.leftOut`. A fix that
 * is too long is replaced by words, since half a command would be wrong.
 */
export function boundedFinding(finding: Finding): Finding {
  if (sizeOf(finding) <= SMALL_BYTES) return finding;
  const { reason, cause, launchedBy, owner, seenBecause, detail, evidence, remediation, fix } = finding;
  return {
    ...finding,
    reason: cutText(reason, REASON_BYTES),
    cause: boundedCause(cause),
    launchedBy: launchedBy && cutText(launchedBy, WORDS_BYTES),
    owner: owner && cutText(owner, WORDS_BYTES),
    seenBecause: seenBecause && cutText(seenBecause, WORDS_BYTES),
    detail: boundedDetail(detail),
    evidence: evidence.map((each) => boundedEvidence(each, EVIDENCE_TEXT_BYTES)),
    remediation: remediation && {
      ...remediation,
      reason: remediation.reason && cutText(remediation.reason, REASON_BYTES),
    },
    fix:
      Buffer.byteLength(fix) <= FIX_BYTES
        ? fix
        : 'No command: it is too long to be kept. "mirrorwatch audit" gives it.',
  };
}

function boundedDetail(detail: FindingDetail): FindingDetail {
  if (sizeOf(detail) <= DETAIL_BYTES) return detail;
  const cut = cutToFit(detail, DETAIL_BYTES);
  if (cut === undefined) return { leftOut: { detail: 1 } };
  return { ...cut.value, leftOut: cut.leftOut };
}

/** Proven calls belong together: a cause of which some would be left out is not told at all. Of possible ones, the first are. */
function boundedCause(cause: Cause): Cause {
  if (sizeOf(cause) <= CAUSE_BYTES) return cause;
  const cut = cutToFit(cause, CAUSE_BYTES);
  const isWhole = cut !== undefined && Object.keys(cut.leftOut).length === 0;
  if (cut !== undefined && (isWhole || cause.kind === 'possible')) return cut.value;
  return { kind: 'unknown', reason: 'the calls that caused it are too many to be kept' };
}

/** The judgement as it is kept: with the first calls that are proven to have resolved the finding, and their texts cut. */
export function boundedJudgement(judgement: Judgement): Judgement {
  const { evidence } = judgement;
  if (evidence === undefined || sizeOf(evidence) <= RESOLUTION_BYTES) return judgement;
  const proven = evidence.filter(({ role }) => role === 'resolution');
  const cut = proven.map((each) => boundedEvidence(each, RESOLUTION_TEXT_BYTES));
  return { ...judgement, evidence: firstThatFit(cut, RESOLUTION_BYTES) };
}

/** The outcome as it is kept: AWS's message in it may be long. */
export function boundedOutcome(outcome: Outcome): Outcome {
  const reason = cutText(outcome.reason, OUTCOME_REASON_BYTES);
  return reason === outcome.reason ? outcome : { ...outcome, reason };
}

function boundedEvidence(evidence: FindingEvidence, textBytes: number): FindingEvidence {
  if (sizeOf(evidence) <= textBytes) return evidence;
  return {
    ...evidence,
    ...JSON.parse(
      JSON.stringify(evidence, (_, each: unknown) => (typeof each === 'string' ? cutText(each, textBytes) : each)),
    ),
  };
}
