/** A model of a batch that tries every assignment there is, and of an account that carries out a plan one call after the other. */

import type { TrafficMirrorSession } from '../../../src/inventory/mirror.ts';
import type { PlanStep } from '../../../src/remediation/plan.ts';
import { aFilter, aSession } from '../../support/inventories.ts';
import { aWorld, type World, type WorldPlan } from '../../support/worlds.ts';

/** Our session on a source: where it goes, and whether it has the filter of the configuration. */
export interface OwnSession {
  readonly target: number;
  readonly isCurrent: boolean;
}

/** Sources with the sessions that exist: ours, and another tool's, which only takes a place at its target. */
export interface BatchPlan {
  readonly sources: readonly (WorldPlan['sources'][number] & {
    readonly own?: OwnSession | undefined;
    readonly others?: number | undefined;
  })[];
  readonly targets: WorldPlan['targets'];
}

export interface BatchScore {
  /** Sources that are mirrored in the end. */
  readonly served: number;
  /** Those of them that are mirrored within their zone. */
  readonly near: number;
}

/** The account of a plan. Our session on source 3 is `tms-own-3`, another tool's is `tms-others-3`. */
export function batchWorld({ sources, targets }: BatchPlan): World {
  const sessions = sources.flatMap(({ own, others }, index): readonly TrafficMirrorSession[] => [
    ...(own === undefined
      ? []
      : [
          aSession({
            trafficMirrorSessionId: `tms-own-${index}`,
            networkInterfaceId: `eni-s${index}`,
            trafficMirrorTargetId: `tmt-${own.target}`,
            trafficMirrorFilterId: own.isCurrent ? 'tmf-1' : 'tmf-old',
          }),
        ]),
    ...(others === undefined
      ? []
      : [
          aSession({
            trafficMirrorSessionId: `tms-others-${index}`,
            networkInterfaceId: `eni-s${index}`,
            trafficMirrorTargetId: `tmt-${others}`,
            trafficMirrorFilterId: 'tmf-others',
            sessionNumber: 2,
            tags: [],
          }),
        ]),
  ]);
  const world = aWorld({ sources, targets, sessions });
  const filters = ['tmf-1', 'tmf-old', 'tmf-others'].map((trafficMirrorFilterId) => aFilter({ trafficMirrorFilterId }));
  return { ...world, inventory: { ...world.inventory, trafficMirrorFilters: filters } };
}

/** True if more sources go to a target than it takes. */
export function isOverloaded({ sources, targets }: BatchPlan): boolean {
  return targets.some(
    ({ capacity }, target) =>
      sources.filter(({ own, others }) => own?.target === target || others === target).length > capacity,
  );
}

/** The best that any assignment reaches: each source alone at its place, or left where it is. */
export function bestBatch({ sources, targets }: BatchPlan): BatchScore {
  const choices = sources.map(({ own, targets: open }): readonly (number | undefined)[] => {
    // A session that reaches its target stays there, even if it needs another filter.
    if (own !== undefined && open.includes(own.target)) return [own.target];
    return [undefined, ...open];
  });
  let best: BatchScore = { served: 0, near: 0 };
  const chosen: (number | undefined)[] = [];
  const walk = (source: number): void => {
    if (source < sources.length) {
      for (const choice of choices[source] ?? []) {
        chosen[source] = choice;
        walk(source + 1);
      }
      return;
    }
    const isPossible = targets.every(({ capacity }, target) => {
      const at = sources.map(
        ({ own, others }, index) => (chosen[index] ?? own?.target) === target || others === target,
      );
      const isNew = at.some(
        (isThere, index) => isThere && sources[index]?.own?.target !== target && sources[index]?.others !== target,
      );
      return !isNew || at.filter(Boolean).length <= capacity;
    });
    if (!isPossible) return;
    const score = {
      served: chosen.filter((choice) => choice !== undefined).length,
      near: chosen.filter((choice, index) => choice !== undefined && targets[choice]?.zone === sources[index]?.zone)
        .length,
    };
    if (score.served > best.served || (score.served === best.served && score.near > best.near)) best = score;
  };
  walk(0);
  return best;
}

/** Carries out the steps one after the other, and returns the sessions. Throws when a target is full, as AWS would. */
export function carriedOut(
  steps: readonly PlanStep[],
  { sources, targets }: BatchPlan,
  sessions: readonly TrafficMirrorSession[],
): readonly TrafficMirrorSession[] {
  let now = sessions;
  for (const step of steps) {
    const { networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber } = step;
    const placed = { networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber };
    const before = now;
    if (step.kind === 'create-session') {
      now = [...now, aSession({ ...placed, trafficMirrorSessionId: `new ${networkInterfaceId}` })];
    } else if (step.kind === 'modify-session' || step.kind === 'delete-session') {
      const others = now.filter((one) => one.trafficMirrorSessionId !== step.trafficMirrorSessionId);
      if (others.length !== now.length - 1) throw new Error(`no session ${step.trafficMirrorSessionId}`);
      const { trafficMirrorSessionId } = step;
      now = step.kind === 'delete-session' ? others : [...others, aSession({ ...placed, trafficMirrorSessionId })];
    }
    if (step.kind === 'delete-session') continue;
    const at = sourcesAt(trafficMirrorTargetId, now);
    const capacity = targets[Number(trafficMirrorTargetId.slice('tmt-'.length))]?.capacity ?? 0;
    const isNew = !sourcesAt(trafficMirrorTargetId, before).has(networkInterfaceId);
    if (isNew && at.size > capacity) throw new Error(`${trafficMirrorTargetId} is full for ${networkInterfaceId}`);
    const slots = now.filter((one) => one.networkInterfaceId === networkInterfaceId).map((one) => one.sessionNumber);
    if (new Set(slots).size !== slots.length) throw new Error(`number ${sessionNumber} is taken`);
  }
  if (sources.length === 0 && steps.length > 0) throw new Error('there is nothing to place');
  return now;
}

/** The score of an account with these sessions. */
export function scoreOfSessions(
  { sources, targets }: BatchPlan,
  sessions: readonly TrafficMirrorSession[],
): BatchScore {
  const at = sources.map(({ targets: open }, index) =>
    open.find((target) =>
      sessions.some(
        (one) =>
          one.networkInterfaceId === `eni-s${index}` &&
          one.trafficMirrorTargetId === `tmt-${target}` &&
          one.trafficMirrorFilterId === 'tmf-1',
      ),
    ),
  );
  return {
    served: at.filter((target) => target !== undefined).length,
    near: at.filter((target, index) => target !== undefined && targets[target]?.zone === sources[index]?.zone).length,
  };
}

function sourcesAt(trafficMirrorTargetId: string, sessions: readonly TrafficMirrorSession[]): ReadonlySet<string> {
  return new Set(
    sessions
      .filter((one) => one.trafficMirrorTargetId === trafficMirrorTargetId)
      .map(({ networkInterfaceId }) => networkInterfaceId),
  );
}
