/** What the HTML page says of a finding below its reason and fix, each fact with its label. */

import type { Finding } from '../../audit/finding.ts';
import { ordinal } from '../../collections.ts';
import { causeFacts } from '../cause-words.ts';
import type { FindingHistory } from '../report.ts';
import { endLabel, endWords } from '../resolution/resolution-words.ts';
import { exemptionWords } from '../words.ts';
import { labelOf, valueWords } from './key-words.ts';

/** How many records the page shows of a finding. */
export const MOST_EVIDENCE = 5;

/** Keys of the detail that have their own place in the row, or their own words below. */
const SHOWN_KEYS: ReadonlySet<string> = new Set([
  'name',
  'owner',
  'vpcId',
  'availabilityZone',
  'missingTags',
  'interfaces',
  'exemption',
  'pendingUntil',
  'repairAwaited',
  'ruleTitle',
  'eventCount',
  'eventCountIsMinimum',
  'closedBy',
]);

const VERDICT_WORDS: ReadonlyMap<string, string> = new Map([
  ['mirrored', 'mirrored'],
  ['ineffective', 'its session carries nothing'],
  ['missing', 'not mirrored'],
  ['exempt', 'exempt'],
  ['rogue', 'mirrored to an unknown target'],
  ['duplicate', 'mirrored more than once'],
  ['unknown', 'not judged'],
]);

const STEP_WORDS: ReadonlyMap<string, string> = new Map([
  ['create-session', 'a mirror session'],
  ['modify-session', 'a change of the mirror session'],
  ['delete-session', 'the end of a mirror session'],
  ['create-target', 'a mirror target'],
  ['terminate-sensor', 'the end of an unused sensor'],
]);

const OUTCOME_WORDS: ReadonlyMap<string, string> = new Map([
  ['planned', 'planned'],
  ['done', 'done'],
  ['failed', 'tried, and failed'],
  ['unplaced', 'not possible now'],
  ['not-needed', 'not needed'],
  ['exempt', 'not possible for this interface'],
]);

const inWords = (words: ReadonlyMap<string, string>, text: string): string => words.get(text) ?? text;

/** The facts in the order in which they are shown. Those that a finding lacks are left out. */
export function factsOf(
  finding: Finding,
  history: FindingHistory | undefined,
): readonly (readonly [label: string, value: string])[] {
  const { detail, remediation, evidence } = finding;
  const facts: (readonly [string, string | null | undefined])[] = [
    ...causeFacts(finding),
    ['Missing or wrong tags', detail.missingTags?.join(', ')],
    ...(detail.interfaces ?? []).map((one): [string, string] => [
      'Interface',
      `${one.networkInterfaceId}: ${inWords(VERDICT_WORDS, one.verdict)}. ${one.reason}`,
    ]),
    ['Exempted', detail.exemption && exemptionWords(detail.exemption)],
    ['Zone', detail.availabilityZone],
    ['Next check', detail.pendingUntil && secondWords(detail.pendingUntil)],
    [
      'Repair',
      remediation &&
        [`${inWords(STEP_WORDS, remediation.kind)}: ${inWords(OUTCOME_WORDS, remediation.outcome)}`, remediation.reason]
          .filter(Boolean)
          .join('. '),
    ],
    [
      'Repair awaited',
      detail.repairAwaited &&
        `since ${secondWords(detail.repairAwaited.since)}, until ${secondWords(detail.repairAwaited.until)} at the latest`,
    ],
    ...Object.entries(detail).map(([key, value]): [string, string] => [
      labelOf(key),
      SHOWN_KEYS.has(key) ? '' : valueWords(value),
    ]),
    [
      'Opened',
      history &&
        `${secondWords(history.openedAt)}${history.generation > 1 ? ` (${ordinal(history.generation)} time)` : ''}`,
    ],
    [finding.resolution === undefined ? 'Resolved' : endLabel(finding.resolution), endWords(finding)],
    ...(history?.outcomes ?? []).map(({ at, result, reason }): [string, string] => [
      'Repair',
      `${secondWords(at)}: ${inWords(OUTCOME_WORDS, result)}. ${reason}`,
    ]),
    [
      'More evidence',
      evidence.length > MOST_EVIDENCE
        ? `${evidence.length - MOST_EVIDENCE} more records are in the JSON report`
        : undefined,
    ],
  ];
  return facts.flatMap(([label, value]): [string, string][] => (value ? [[label, value]] : []));
}

/** `2026-11-20 10:00:00 UTC`, as the page's script writes times. */
function secondWords(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}
