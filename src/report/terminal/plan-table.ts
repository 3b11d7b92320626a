/** A plan, its outcomes and an explanation, as text for a terminal. */

import { byText, groupBy, plural } from '../../collections.ts';
import type { Explanation } from '../../mirror/verdict.ts';
import type { Outcome } from '../../remediation/outcome.ts';
import type { PlanStep, RemediationPlan, TargetLoad } from '../../remediation/plan.ts';
import { visible } from '../escape.ts';
import { clip, pad, shortId, widthOf, wrap } from './terminal-text.ts';

/** How to render a plan. */
export interface PlanRenderOptions {
  /** The width of the text. @default 100 */
  readonly columns?: number | undefined;
}

const DEFAULT_COLUMNS = 100;
const WIDEST_ID = 21;
const CHECK_INDENT = '      ';

/**
 * The planned steps, grouped by target with its load afterwards; then the sources without a target, and the targets without a step.
 * Reasons are cut to the width; JSON has them in full.
 */
export function renderPlan(
  { steps, unplaced, load }: RemediationPlan,
  { columns = DEFAULT_COLUMNS }: PlanRenderOptions = {},
): string {
  const byTarget = groupBy(steps, ({ trafficMirrorTargetId }) => trafficMirrorTargetId);
  const loads = new Map(load.map((one) => [one.trafficMirrorTargetId, one]));
  const rest = load.filter(({ trafficMirrorTargetId }) => !byTarget.has(trafficMirrorTargetId));
  const widths = widthsOf(steps);
  const sections = [
    [steps.length === 0 ? 'Nothing to do.' : `${plural(steps.length, 'step')}: ${kindsOf(steps)}`],
    ...[...byTarget]
      .toSorted(byText(([target]) => target))
      .map(([target, own]) => [
        clip(`${target}${loadWords(loads.get(target), ', ', ' afterwards')}`, columns),
        ...own.map((step) => stepRow(step, widths, columns)),
      ]),
    ...(unplaced.length === 0 ? [] : [unplacedLines(unplaced, columns)]),
    ...(rest.length === 0 ? [] : [['Other targets', ...loadRows(rest)]]),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** The outcome of each step. Names the target only where it is not the planned one. */
export function renderOutcomes(
  outcomes: readonly Outcome[],
  { columns = DEFAULT_COLUMNS }: PlanRenderOptions = {},
): string {
  const words = Math.max(0, ...outcomes.map(({ result }) => result.length));
  const widths = widthsOf(outcomes.map(({ step }) => step));
  const counts = [...groupBy(outcomes, ({ result }) => result)].map(([result, all]) => `${all.length} ${result}`);
  const lines = outcomes.map(({ step, result, reason, trafficMirrorSessionId: session, trafficMirrorTargetId }) => {
    const target = trafficMirrorTargetId ?? step.trafficMirrorTargetId;
    const elsewhere = target === step.trafficMirrorTargetId ? '' : `to ${target} instead`;
    const facts = [session ?? '', elsewhere, reason].filter((fact) => fact !== '');
    const head = `  ${pad(result, words)}  ${stepHead(step, widths)}  `;
    // A failure is wrapped, never cut.
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
        ? 'No target needed.'
        : 'No target would be selected.';
  const lines = [
    ...wrap(`${networkInterfaceId} of ${resourceId}: ${verdict.kind}`, columns),
    ...(verdict.reason === undefined ? [] : wrap(verdict.reason, columns - 2).map((line) => `  ${line}`)),
    `  ${visible(choice)}`,
    ...candidates.flatMap((candidate) => ['', ...candidateLines(candidate, selected, columns)]),
  ];
  return `${lines.join('\n')}\n`;
}

function candidateLines(
  candidate: Explanation['candidates'][number],
  selected: string | null,
  columns: number,
): readonly string[] {
  const { trafficMirrorTargetId, eligible, tier, checks } = candidate;
  const mark = trafficMirrorTargetId === selected ? '*' : ' ';
  return [
    `  ${mark} ${visible(trafficMirrorTargetId)}  ${eligible ? 'eligible' : 'not eligible'}, ${tier}${loadWords(candidate, ', ')}`,
    ...checks.flatMap(({ check, result, reason }) => {
      const head = `${CHECK_INDENT}${result.padEnd(8)}${check.padEnd(16)}`;
      const [first = '', ...more] = wrap(reason, columns - head.length);
      return [head + first, ...more.map((line) => ' '.repeat(head.length) + line)];
    }),
  ];
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

/** A reason ends with the target's zone. Under the target's heading the zone comes first, and the target's id is left out. */
function stepRow(step: PlanStep, widths: Widths, columns: number): string {
  const head = `  ${stepHead(step, widths)}  `;
  const [why = '', zone] = step.reason.split(`; ${step.trafficMirrorTargetId} is in `);
  const text = zone === undefined ? why : `${zone.replace('its ', '')}: ${why}`;
  return (head + clip(text, Math.max(16, columns - widthOf(head)))).trimEnd();
}

const kindOf = ({ kind }: PlanStep): string => kind.replace(/-session$/, '');

/** `17 create-session, 2 modify-session`. */
function kindsOf(steps: readonly PlanStep[]): string {
  return [...groupBy(steps, ({ kind }) => kind)].map(([kind, all]) => `${all.length} ${kind}`).join(', ');
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

/** `6 of 10 sources`, or `4 sources` for a target without a limit; empty when the load is not known. */
function loadWords(load: Pick<TargetLoad, 'sources' | 'capacity'> | undefined, before: string, after = ''): string {
  if (load === undefined) return '';
  const { sources, capacity } = load;
  return (
    before + (capacity === null ? plural(sources, 'source') : `${sources} of ${plural(capacity, 'source')}`) + after
  );
}
