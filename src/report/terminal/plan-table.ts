/** A plan, its outcomes and an explanation, as text for a terminal. */

import { byText, groupBy, plural } from '../../collections.ts';
import type { Explanation } from '../../mirror/verdict.ts';
import type { Outcome } from '../../remediation/outcome.ts';
import type { ExistingSession, PlanStep, RemediationPlan, TargetLoad } from '../../remediation/plan.ts';
import { visible } from '../escape.ts';
import { clip, pad, shortId, widthOf, wrap } from './terminal-text.ts';

/** How to render a plan. */
export interface PlanRenderOptions {
  /** The width of the text. @default 100 */
  readonly columns?: number | undefined;
}

const DEFAULT_COLUMNS = 100;
const WIDEST_ID = 21;
/** The id of a task has 36 characters. On a terminal of this width it is shown whole. */
const WIDE = 110;
const WHOLE_ID = 36;
const CHECK_INDENT = '      ';

/**
 * The planned steps, grouped by target with its load afterwards; then the sources without a step, by what they have of a session; and the targets without a step.
 * A target that several accounts use has a heading for each: every account counts only its own sources. Reasons are wrapped to the width.
 */
export function renderPlan(
  { steps, unplaced, load, exempted = [] }: RemediationPlan,
  { columns = DEFAULT_COLUMNS }: PlanRenderOptions = {},
): string {
  const nameOf = targetNames([...steps, ...load]);
  const byTarget = groupBy(steps, nameOf);
  const loads = new Map(load.map((one) => [nameOf(one), one]));
  const rest = load.filter((one) => !byTarget.has(nameOf(one)));
  const widths = widthsOf(steps, columns);
  const sections = [
    headLines({ steps, unplaced, exempted }).flatMap((line) => wrap(line, columns)),
    ...[...byTarget]
      .toSorted(byText(([target]) => target))
      .map(([target, own]) => [
        clip(`${target}${loadWords(loads.get(target), ', ', ' afterwards')}`, columns),
        ...own.flatMap((step) => stepRows(step, widths, columns)),
      ]),
    ...unplacedSections(unplaced, columns),
    ...(exempted.length === 0 ? [] : [['Left as they are by an exemption', ...sourceLines(exempted, columns)]]),
    ...(rest.length === 0 ? [] : [[otherTargets(steps), ...loadRows(rest, nameOf)]]),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** The heading of the targets without a step. A session that moves away or is deleted changes their counts too. */
function otherTargets(steps: readonly PlanStep[]): string {
  return steps.some(({ kind }) => kind !== 'create-session') ? 'Other targets, afterwards' : 'Other targets';
}

/** What stands for all interfaces of an account and region that could not be read. */
const ALL_UNREAD = '*';

/** What is said of the sources without a step, by what they have of a session. */
const WITHOUT_STEP: readonly {
  readonly session: ExistingSession;
  readonly heading: string;
  /** `sources` with their number. */
  readonly count: (sources: string, isOne: boolean) => string;
}[] = [
  {
    session: 'none',
    heading: 'No session for',
    count: (sources, isOne) => `${sources} ${isOne ? 'gets' : 'get'} no session`,
  },
  {
    session: 'ineffective',
    heading: 'With an ineffective session, and no step that would help',
    count: (sources, isOne) => `${sources} ${isOne ? 'keeps an ineffective session' : 'keep ineffective sessions'}`,
  },
  {
    session: 'unknown',
    heading: 'Not known whether mirrored',
    count: (sources, isOne) => `of ${sources} it is not known whether ${isOne ? 'it is' : 'they are'} mirrored`,
  },
];

/** The sources without a step, under a heading for each kind. */
function unplacedSections(unplaced: RemediationPlan['unplaced'], columns: number): string[][] {
  return WITHOUT_STEP.flatMap(({ session, heading }) => {
    const those = unplaced.filter((one) => (one.session ?? 'none') === session);
    return those.length === 0 ? [] : [[heading, ...sourceLines(those, columns)]];
  });
}

/** How much is planned, and how much is left. Without a step, sources may still need one. */
function headLines({ steps, unplaced, exempted = [] }: Omit<RemediationPlan, 'load'>): string[] {
  const sources = unplaced.filter(({ networkInterfaceId }) => networkInterfaceId !== ALL_UNREAD);
  const unread = unplaced.length - sources.length;
  const left = [
    ...WITHOUT_STEP.flatMap(({ session, count }) => {
      const those = sources.filter((one) => (one.session ?? 'none') === session).length;
      return those === 0 ? [] : [count(plural(those, 'source'), those === 1)];
    }),
    ...(unread === 0 ? [] : [`${plural(unread, 'account and region', 'accounts and regions')} could not be read`]),
  ];
  const spared =
    exempted.length === 0
      ? []
      : [`${plural(exempted.length, 'source')} ${exempted.length === 1 ? 'is' : 'are'} left as found by an exemption`];
  if (steps.length > 0) return [[`${plural(steps.length, 'step')}: ${kindsOf(steps)}`, ...left, ...spared].join('; ')];
  if (left.length > 0) return [['No step can be taken', ...left, ...spared].join('; ')];
  return [spared.length === 0 ? 'Nothing to do.' : `Nothing to do; ${spared.join('')}`];
}

/** A target as its heading names it: with account and region only where the plan covers several. */
function targetNames(
  all: readonly Pick<TargetLoad, 'trafficMirrorTargetId' | 'accountId' | 'region'>[],
): (one: Pick<TargetLoad, 'trafficMirrorTargetId' | 'accountId' | 'region'>) => string {
  const places = new Set(all.map(({ accountId, region }) => `${accountId} ${region}`));
  return ({ trafficMirrorTargetId, accountId, region }) =>
    places.size < 2 ? trafficMirrorTargetId : `${trafficMirrorTargetId} (${accountId}, ${region})`;
}

/** The outcome of each step. Names the target only where it is not the planned one. */
export function renderOutcomes(
  outcomes: readonly Outcome[],
  { columns = DEFAULT_COLUMNS }: PlanRenderOptions = {},
): string {
  const words = Math.max(0, ...outcomes.map(({ result }) => result.length));
  const widths = widthsOf(
    outcomes.map(({ step }) => step),
    columns,
  );
  const counts = [...groupBy(outcomes, ({ result }) => result)].map(([result, all]) => `${all.length} ${result}`);
  const lines = outcomes.flatMap(({ step, result, reason, trafficMirrorSessionId: session, trafficMirrorTargetId }) => {
    const target = trafficMirrorTargetId ?? step.trafficMirrorTargetId;
    const elsewhere = target === step.trafficMirrorTargetId ? '' : `to ${target} instead`;
    const facts = [session ?? '', elsewhere, reason].filter((fact) => fact !== '');
    const head = `  ${pad(result, words)}  ${stepHead(step, widths)}  `;
    return beside(head, facts.join(', '), columns);
  });
  return `${[counts.join(', '), ...lines].join('\n')}\n`;
}

/** Why an interface goes to its target: the verdict, then every candidate with each of its checks. */
export function renderExplanation(
  explanation: Explanation,
  { columns = DEFAULT_COLUMNS }: PlanRenderOptions = {},
): string {
  const { networkInterfaceId, resourceId, verdict, selected, planned, candidates, unproven = [] } = explanation;
  const lines = [
    ...wrap(`${networkInterfaceId} of ${resourceId}: ${verdict.kind}`, columns),
    ...[...(verdict.reason === undefined ? [] : [verdict.reason]), ...choiceLines(explanation)].flatMap((text) =>
      wrap(text, columns - 2).map((line) => `  ${line}`),
    ),
    ...candidates.flatMap((candidate) => [
      '',
      ...candidateLines(candidate, planned?.trafficMirrorTargetId ?? selected, columns),
    ]),
    ...unproven.flatMap(({ trafficMirrorTargetId, reason }) => [
      '',
      `    ${visible(trafficMirrorTargetId)}  no candidate`,
      ...wrap(reason, columns - CHECK_INDENT.length).map((line) => CHECK_INDENT + line),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

/** The target it has, or its place in the plan and the choice for it alone, where these differ. */
function choiceLines({ verdict, selected, planned }: Explanation): readonly string[] {
  if (verdict.kind === 'exempt') return ['No target needed.'];
  const has = verdict.kind === 'mirrored' || verdict.kind === 'duplicate';
  if (has && selected !== null) return [`Selected: ${selected}`, ...(planned ? [`Planned: ${planned.reason}`] : [])];
  const alone = selected === null ? 'Alone, it would get no target.' : `Selected for this source alone: ${selected}`;
  if (!planned) return [alone];
  const { trafficMirrorTargetId, reason } = planned;
  // The verdict has often said it already.
  const why = verdict.reason?.includes(reason) === true ? '' : ` (${reason})`;
  if (trafficMirrorTargetId === null) return [`Planned with the whole account: no step${why}`, alone];
  return trafficMirrorTargetId === selected
    ? [`Selected: ${selected}, alone and in the plan for the whole account`]
    : [`Planned with the whole account: ${trafficMirrorTargetId}`, alone];
}

function candidateLines(
  candidate: Explanation['candidates'][number],
  marked: string | null,
  columns: number,
): readonly string[] {
  const { trafficMirrorTargetId, eligible, tier, checks } = candidate;
  const mark = trafficMirrorTargetId === marked ? '*' : ' ';
  return [
    ...wrap(
      `${trafficMirrorTargetId}  ${eligible ? 'eligible' : 'not eligible'}, ${tier}${loadWords(candidate, ', ')}`,
      columns - CHECK_INDENT.length,
    ).map((line, at) => (at === 0 ? `  ${mark} ${line}` : `${CHECK_INDENT}${line}`)),
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

function widthsOf(steps: readonly PlanStep[], columns: number): Widths {
  const most = columns < WIDE ? WIDEST_ID : WHOLE_ID;
  const widest = (texts: readonly string[]): number => texts.reduce((most, text) => Math.max(most, widthOf(text)), 0);
  return {
    kind: widest(steps.map(kindOf)),
    source: widest(steps.map(({ networkInterfaceId }) => clip(networkInterfaceId, WIDEST_ID))),
    resource: widest(steps.map(({ resourceId }) => clip(shortId(resourceId), most))),
  };
}

function stepHead(step: PlanStep, { kind, source, resource }: Widths): string {
  return [pad(kindOf(step), kind), pad(step.networkInterfaceId, source), pad(shortId(step.resourceId), resource)].join(
    '  ',
  );
}

/** A reason ends with the target's zone. Under the target's heading the zone comes first, and the target's id is left out. */
function stepRows(step: PlanStep, widths: Widths, columns: number): readonly string[] {
  const [why = '', zone] = step.reason.split(`; ${step.trafficMirrorTargetId} is in `);
  const text = zone === undefined ? why : `${zone.replace('its ', '')}: ${why}`;
  return beside(`  ${stepHead(step, widths)}  `, text, columns);
}

/** With less room than this beside its row, a text stands below it. */
const LEAST_BESIDE = 30;

/** A text beside what its row begins with, wrapped in the room that is left; below it where that is too little. */
function beside(head: string, text: string, columns: number): readonly string[] {
  const width = widthOf(head);
  const room = columns - width;
  if (text === '') return [head.trimEnd()];
  if (room < LEAST_BESIDE) return [head.trimEnd(), ...wrap(text, columns - 4).map((line) => `    ${line}`)];
  const [first = '', ...rest] = wrap(text, room);
  return [`${head}${first}`, ...rest.map((line) => `${' '.repeat(width)}${line}`)];
}

const kindOf = ({ kind }: PlanStep): string => kind.replace(/-session$/, '');

/** `17 create-session, 2 modify-session`. */
function kindsOf(steps: readonly PlanStep[]): string {
  return [...groupBy(steps, ({ kind }) => kind)].map(([kind, all]) => `${all.length} ${kind}`).join(', ');
}

function sourceLines(sources: RemediationPlan['unplaced'], columns: number): string[] {
  return sources.flatMap(({ networkInterfaceId, resourceId, reason }) => [
    ...wrap(`${networkInterfaceId} of ${resourceId}`, columns - 2).map((line) => `  ${line}`),
    ...wrap(reason, columns - 4).map((line) => `    ${line}`),
  ]);
}

function loadRows(load: readonly TargetLoad[], nameOf: (one: TargetLoad) => string): string[] {
  const width = Math.max(...load.map((one) => widthOf(visible(nameOf(one)))));
  return load.map((one) => `  ${pad(nameOf(one), width)}${loadWords(one, '  ')}`);
}

/** `6 of 10 sources`, or `4 sources` for a target without a limit; empty when the load is not known. */
function loadWords(load: Pick<TargetLoad, 'sources' | 'capacity'> | undefined, before: string, after = ''): string {
  if (load === undefined) return '';
  const { sources, capacity } = load;
  return (
    before + (capacity === null ? plural(sources, 'source') : `${sources} of ${plural(capacity, 'source')}`) + after
  );
}
