/** What changed between two reports. */

import { byUrgency, type Finding, type Judgement } from '../audit/finding.ts';
import { plural } from '../collections.ts';
import { causeInBrief } from './cause-words.ts';
import { visible } from './escape.ts';

/** The part of a report that a diff needs. An older `-o json` file has it too. */
export interface Compared {
  readonly findings: readonly Finding[];
  readonly judgements?: readonly Judgement[] | undefined;
}

/** Each list is sorted by urgency. A finding is in at most one of them. */
export interface ReportDiff {
  /** Open now but not before: new, or resolved or muted then. */
  readonly opened: readonly Finding[];
  /** Open in both reports, in the new report's state. Includes findings that were open and cannot be judged now. */
  readonly still: readonly Finding[];
  /** Open before but not now. In the new report's state if it has the finding (as muted, say), else in the old one's. */
  readonly resolved: readonly Finding[];
}

/**
 * Compares findings by id. A finding that was open and could not be judged now stays open: failing to judge a resource does not
 * fix it.
 */
export function diffReports(before: Compared, now: Compared): ReportDiff {
  const isOpen = ({ status }: Finding): boolean => status === 'open';
  const wasOpen = new Set(before.findings.filter(isOpen).map(({ id }) => id));
  const current = new Map(now.findings.map((finding) => [finding.id, finding]));
  const unknown = new Set((now.judgements ?? []).filter(({ result }) => result === 'unknown').map(({ id }) => id));
  const open = now.findings.filter(isOpen);
  const notOpen = before.findings.filter((finding) => isOpen(finding) && current.get(finding.id)?.status !== 'open');
  const unjudged = (finding: Finding): boolean => !current.has(finding.id) && unknown.has(finding.id);
  return {
    opened: open.filter(({ id }) => !wasOpen.has(id)).toSorted(byUrgency),
    still: [...open.filter(({ id }) => wasOpen.has(id)), ...notOpen.filter(unjudged)].sort(byUrgency),
    resolved: notOpen
      .filter((finding) => !unjudged(finding))
      .map((finding) => current.get(finding.id) ?? finding)
      .sort(byUrgency),
  };
}

/** The diff as text for people: the counts, then each list under its heading. Ends with a line break. */
export function renderDiff({ opened, still, resolved }: ReportDiff): string {
  const head = `Since the last report: ${opened.length} new, ${still.length} still open, ${resolved.length} resolved.\n`;
  return head + listOf('New', opened) + listOf('Still open', still) + listOf('No longer open', resolved);
}

function listOf(title: string, findings: readonly Finding[]): string {
  if (findings.length === 0) return '';
  const lines = findings.map((finding) => {
    const { severity, status, rule, resourceId, accountId, region, reason } = finding;
    const state = status === 'muted' ? ', muted' : '';
    return `  ${severity}${state} ${rule} ${resourceId} (${accountId} ${region}): ${reason} Cause: ${causeInBrief(finding.cause)}.`;
  });
  return `\n${title} (${plural(findings.length, 'finding')})\n${lines.map((line) => `${visible(line)}\n`).join('')}`;
}
