/** Which findings a view shows, and in which groups and order. */

import { compareText, groupBy } from '../../../collections.ts';
import { PACKED_SEVERITIES, PACKED_STATUSES } from '../packed.ts';
import type { PageFinding } from './page-findings.ts';
import type { View } from './view.ts';

/** Findings under one heading; `name` is null when the view has no groups. */
export interface Group {
  readonly name: string | null;
  readonly list: readonly PageFinding[];
}

/** The findings that a view lets through, in their given order. */
export function select(findings: readonly PageFinding[], view: View): readonly PageFinding[] {
  if (view.finding !== '') return findings.filter(({ id }) => id === view.finding);
  const severities = indexesOf(view.severity, PACKED_SEVERITIES);
  const statuses = view.status === 'all' ? null : indexesOf(view.status, PACKED_STATUSES);
  const words = view.q
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return findings.filter(
    (finding) =>
      (severities === null || severities.has(finding.severity)) &&
      (statuses === null || statuses.has(finding.status)) &&
      (view.rule === '' || finding.rule === view.rule) &&
      (view.account === '' || finding.account === view.account) &&
      (view.region === '' || finding.region === view.region) &&
      words.every((word) => finding.searchText().includes(word)),
  );
}

/** All findings that a view shows, on whichever page of the table, in its order. */
export function allShown(findings: readonly PageFinding[], view: View): readonly PageFinding[] {
  return arrange(select(findings, view), view).flatMap(({ list }) => list);
}

/** The findings sorted and grouped: groups with the most severe findings first, then the largest. */
export function arrange(findings: readonly PageFinding[], { sort, group }: View): readonly Group[] {
  const by = SORTS.get(sort.replace(/^-/, '')) ?? bySeverity;
  const direction = sort.startsWith('-') ? -1 : 1;
  const sorted = [...findings].sort(
    (a, b) => direction * by(a, b) || compareText(a.resource, b.resource) || compareText(a.id, b.id),
  );
  const nameOf = GROUPS.get(group);
  if (nameOf === undefined) return [{ name: null, list: sorted }];
  return [...groupBy(sorted, nameOf)]
    .map(([name, list]) => ({ name, list, worst: Math.min(9, ...new Set(list.map(({ severity }) => severity))) }))
    .sort((a, b) => a.worst - b.worst || b.list.length - a.list.length || compareText(a.name, b.name));
}

type Comparison = (a: PageFinding, b: PageFinding) => number;

const bySeverity: Comparison = (a, b) => a.severity - b.severity || a.status - b.status;

const SORTS: ReadonlyMap<string, Comparison> = new Map([
  ['severity', bySeverity],
  ['resource', (a, b) => compareText(a.name || a.resource, b.name || b.resource)],
  ['reason', (a, b) => compareText(a.reason, b.reason)],
  ['cause', (a, b) => compareText(a.cause, b.cause)],
  ['where', (a, b) => compareText(a.account, b.account) || compareText(a.region, b.region)],
  ['seen', (a, b) => Number(a.firstSeen) - Number(b.firstSeen)],
]);

const GROUPS: ReadonlyMap<string, (finding: PageFinding) => string> = new Map([
  ['rule', ({ rule }) => rule],
  ['resource', ({ name, resource }) => (name === '' ? resource : `${name} (${resource})`)],
  ['cause', ({ actor }) => (actor === '' ? 'cause not proven' : `by ${actor}`)],
  ['owner', ({ owner }) => owner || 'no owner'],
  ['account', ({ account }) => account],
  ['vpc', ({ vpc }) => vpc || 'no VPC'],
]);

/** The numbers of the names in a list; null for an empty list, which restricts nothing. */
function indexesOf(list: string, names: readonly string[]): ReadonlySet<number> | null {
  return list === '' ? null : new Set(list.split(',').map((name) => names.indexOf(name)));
}
