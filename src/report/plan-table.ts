/** A plan and an explanation as text for a terminal. */

import type { Explanation } from '../mirror/verdict.ts';
import type { Outcome } from '../remediation/outcome.ts';
import type { RemediationPlan } from '../remediation/plan.ts';
import { visible } from './escape.ts';
import { plural } from './words.ts';

/** What would be done, what cannot be, and how full each target is then. */
export function renderPlan({ steps, unplaced, load }: RemediationPlan): string {
  const lines = [
    steps.length === 0 ? 'Nothing is to be done.' : `${plural(steps.length, 'step')}:`,
    ...steps.flatMap(({ kind, networkInterfaceId, resourceId, trafficMirrorTargetId, reason }) => [
      `  ${kind} ${visible(networkInterfaceId)} (${visible(resourceId)}) -> ${visible(trafficMirrorTargetId)}`,
      `    ${visible(reason)}`,
    ]),
    ...(unplaced.length === 0 ? [] : ['', `${plural(unplaced.length, 'source')} without a target:`]),
    ...unplaced.flatMap(({ networkInterfaceId, resourceId, reason }) => [
      `  ${visible(networkInterfaceId)} (${visible(resourceId)})`,
      `    ${visible(reason)}`,
    ]),
    ...(load.length === 0 ? [] : ['', 'Targets once this is done:']),
    ...load.map(
      ({ trafficMirrorTargetId, sources, capacity }) =>
        `  ${visible(trafficMirrorTargetId)}  ${sources} of ${capacity ?? 'any number of'} sources`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** What came of each step. */
export function renderOutcomes(outcomes: readonly Outcome[]): string {
  return outcomes
    .map(({ step, result, reason, trafficMirrorSessionId, trafficMirrorTargetId }) => {
      const session = trafficMirrorSessionId === undefined ? '' : ` as ${visible(trafficMirrorSessionId)}`;
      const target = visible(trafficMirrorTargetId ?? step.trafficMirrorTargetId);
      return `  ${result}: ${step.kind} ${visible(step.networkInterfaceId)} -> ${target}${session}${reason === '' ? '' : ` (${visible(reason)})`}\n`;
    })
    .join('');
}

/** Why an interface goes to its target: the verdict, then every candidate with each of its checks. */
export function renderExplanation({
  networkInterfaceId,
  resourceId,
  verdict,
  selected,
  candidates,
}: Explanation): string {
  const lines = [
    `${visible(networkInterfaceId)} of ${visible(resourceId)}: ${verdict.kind}`,
    ...(verdict.reason === undefined ? [] : [`  ${visible(verdict.reason)}`]),
    selected === null
      ? candidates.length === 0
        ? '  No target is looked for.'
        : '  No target would be selected.'
      : `  Selected: ${visible(selected)}`,
    ...candidates.flatMap(({ trafficMirrorTargetId, eligible, tier, sources, capacity, checks }) => [
      '',
      `  ${trafficMirrorTargetId === selected ? '*' : ' '} ${visible(trafficMirrorTargetId)}  ${eligible ? 'eligible' : 'not eligible'}, ${tier}, ${sources} of ${capacity ?? 'any number of'} sources`,
      ...checks.map(({ check, result, reason }) => `      ${result.padEnd(8)}${check.padEnd(16)}${visible(reason)}`),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}
