/** A plan, what came of it and an explanation as text for a terminal. */

import { plural } from '../../collections.ts';
import type { Explanation } from '../../mirror/verdict.ts';
import type { Outcome } from '../../remediation/outcome.ts';
import type { PlanStep, RemediationPlan, TargetLoad } from '../../remediation/plan.ts';
import { visible } from '../escape.ts';
import { clip, pad, shortId, widthOf, wrap } from './terminal-text.ts';

/** How wide the text may be. @default 100 columns */
export interface PlanRenderOptions {
  readonly columns?: number | undefined;
}

const DEFAULT_COLUMNS = 100;
const WIDEST_ID = 21;
const CHECK_INDENT = '      ';

/** What would be done, by target with its load afterwards; then what cannot be, and the other targets. Reasons are cut to the width; JSON has them whole. */
export function renderPlan(
  { steps, unplaced, load }: RemediationPlan,
  { columns = DEFAULT_COLUMNS }: PlanRenderOptions = {},
): string {
  const byTarget = groupsOf(steps, ({ trafficMirrorTargetId }) => trafficMirrorTargetId);
  const loads = new Map(load.map((one) => [one.trafficMirrorTargetId, one]));
  const rest = load.filter(({ trafficMirrorTargetId }) => !byTarget.has(trafficMirrorTargetId));
  const widths = widthsOf(steps);
  const sections = [
    [steps.length === 0 ? 'Nothing is to be done.' : `${plural(steps.length, 'step')}: ${kindsOf(steps)}`],
    ...[...byTarget]
      .toSorted(byName)
      .map(([target, own]) => [
        clip(`${target}${loadWords(loads.get(target), ', then ')}`, columns),
        ...own.map((step) => stepRow(step, widths, columns)),
      ]),
    ...(unplaced.length === 0 ? [] : [unplacedLines(unplaced, columns)]),
    ...(rest.length === 0 ? [] : [['Other targets', ...loadRows(rest)]]),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** What came of each step; a target of its own only where another than planned had to serve. */
export function renderOutcomes(
  outcomes: readonly Outcome[],
  { columns = DEFAULT_COLUMNS }: PlanRenderOptions = {},
): string {
  const words = Math.max(0, ...outcomes.map(({ result }) => result.length));
  const widths = widthsOf(outcomes.map(({ step }) => step));
  const counts = [...groupsOf(outcomes, ({ result }) => result)].map(([result, all]) => `${all.length} ${result}`);
  const lines = outcomes.map(({ step, result, reason, trafficMirrorSessionId: session, trafficMirrorTargetId }) => {
    const target = trafficMirrorTargetId ?? step.trafficMirrorTargetId;
    const elsewhere = target === step.trafficMirrorTargetId ? '' : `to ${target} instead`;
    const facts = [session ?? '', elsewhere, reason].filter((fact) => fact !== '');
    const head = `  ${pad(result, words)}  ${stepHead(step, widths)}  `;
    // What went wrong is never cut.
    if (result === 'failed')
      return [...wrap(`${head.trim()}  ${facts.join(', ')}`, columns - 2)].join('\n    ').replace(/^/, '  ');
    return (head + clip(facts.join(', '), Math.max(24, columns - widthOf(head)))).trimEnd();
  });
  return `${[counts.join(', '), ...lines].join('\n')}\n`;
}

/** Why an interface goes to its target: the verdict, then every candidate with each of its checks. */
export function renderExplanation(
  { networkInterfaceId, resourceId, verdict, selected, candidates }: Explanation,
  { columns = DEFAULT_COLUMNS }: PlanRenderOptions = {},
): string {
  const choice =
    selected !== null
      ? `Selected: ${selected}`
      : candidates.length === 0
        ? 'No target is looked for.'
        : 'No target would be selected.';
  const lines = [
    ...wrap(`${networkInterfaceId} of ${resourceId}: ${verdict.kind}`, columns),
    ...(verdict.reason === undefined ? [] : wrap(verdict.reason, columns - 2).map((line) => `  ${line}`)),
    `  ${visible(choice)}`,
    ...candidates.flatMap((candidate) => {
      const { trafficMirrorTargetId, eligible, tier, checks } = candidate;
      const mark = trafficMirrorTargetId === selected ? '*' : ' ';
      return [
        '',
        `  ${mark} ${visible(trafficMirrorTargetId)}  ${eligible ? 'eligible' : 'not eligible'}, ${tier}${loadWords(candidate, ', ')}`,
        ...checks.flatMap(({ check, result, reason }) => {
          const head = `${CHECK_INDENT}${result.padEnd(8)}${check.padEnd(16)}`;
          const [first = '', ...more] = wrap(reason, columns - head.length);
          return [head + first, ...more.map((line) => ' '.repeat(head.length) + line)];
        }),
      ];
    }),
  ];
  return `${lines.join('\n')}\n`;
}

interface Widths {
  readonly kind: number;
  readonly source: number;
  readonly resource: number;
}

function widthsOf(steps: readonly PlanStep[]): Widths {
  const widest = (texts: readonly string[]): number => texts.reduce((most, text) => Math.max(most, widthOf(text)), 0);
  return {
    kind: widest(steps.map(kindOf)),
    source: widest(steps.map(({ networkInterfaceId }) => clip(networkInterfaceId, WIDEST_ID))),
    resource: widest(steps.map(({ resourceId }) => clip(shortId(resourceId), WIDEST_ID))),
  };
}

function stepHead(step: PlanStep, { kind, source, resource }: Widths): string {
  return [pad(kindOf(step), kind), pad(step.networkInterfaceId, source), pad(shortId(step.resourceId), resource)].join(
    '  ',
  );
}

/** The zone of the target, which the reason ends with, comes first: under the target's heading it need not be named again. */
function stepRow(step: PlanStep, widths: Widths, columns: number): string {
  const head = `  ${stepHead(step, widths)}  `;
  const [why = '', zone] = step.reason.split(`; ${step.trafficMirrorTargetId} is in `);
  const text = zone === undefined ? why : `${zone.replace('its ', '')}: ${why}`;
  return (head + clip(text, Math.max(16, columns - widthOf(head)))).trimEnd();
}

function groupsOf<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

const kindOf = ({ kind }: PlanStep): string => kind.replace(/-session$/, '');

/** `17 create-session, 2 modify-session`. */
function kindsOf(steps: readonly PlanStep[]): string {
  return [...groupsOf(steps, ({ kind }) => kind)].map(([kind, all]) => `${all.length} ${kind}`).join(', ');
}

function unplacedLines(unplaced: RemediationPlan['unplaced'], columns: number): string[] {
  return [
    `${plural(unplaced.length, 'source')} without a target`,
    ...unplaced.flatMap(({ networkInterfaceId, resourceId, reason }) => [
      ...wrap(`${networkInterfaceId} of ${resourceId}`, columns - 2).map((line) => `  ${line}`),
      ...wrap(reason, columns - 4).map((line) => `    ${line}`),
    ]),
  ];
}

function loadRows(load: readonly TargetLoad[]): string[] {
  const width = Math.max(...load.map(({ trafficMirrorTargetId }) => widthOf(visible(trafficMirrorTargetId))));
  return load.map((one) => `  ${pad(one.trafficMirrorTargetId, width)}${loadWords(one, '  ')}`);
}

/** `6 of 10 sources`, or `4 sources` where there is no limit; nothing for a target whose load is not known. */
function loadWords(load: Pick<TargetLoad, 'sources' | 'capacity'> | undefined, before: string): string {
  if (load === undefined) return '';
  const { sources, capacity } = load;
  return before + (capacity === null ? plural(sources, 'source') : `${sources} of ${plural(capacity, 'source')}`);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
