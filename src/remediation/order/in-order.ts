/** Puts the steps of a batch into an order in which no target ever has more sources than it takes. */

import type { AccountIndex } from '../../mirror/account-index.ts';
import { targetsOf } from '../../mirror/targets.ts';
import type {
  CreateSessionStep,
  DeleteSessionStep,
  ModifySessionStep,
  PlaceSessionStep,
  SessionStep,
} from '../plan.ts';
import { newSessionTags } from './session-tags.ts';

/** A step, with the targets that lose and gain its source; undefined where another session of the source stays or is there already. */
export interface Transfer {
  readonly step: SessionStep;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The steps that AWS would accept so far, and those that wait for a place. */
interface Progress {
  readonly ordered: SessionStep[];
  /** How many more sources each target takes; Infinity if absent. */
  readonly room: Map<string, number>;
  /** By the target that has no room for them yet. */
  readonly waiting: Map<string, Transfer[]>;
}

/**
 * The steps in the given order, except that a step to a full target comes after the one that frees a place there. Where sessions have to
 * change places in a circle and each of their targets is full, one of them is deleted first and created again once its place is free:
 * AWS would refuse to modify any of them.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-quotas.html
 */
export function inOrder(steps: readonly PlaceSessionStep[], account: AccountIndex): readonly SessionStep[] {
  const targets = [...account.once(targetsOf).values()];
  const room = targets.flatMap(({ id, capacity, sources }) =>
    capacity === null ? [] : [[id, capacity - sources.size] as const],
  );
  const progress: Progress = { ordered: [], room: new Map(room), waiting: new Map() };
  for (const step of steps) advance(transferOf(step, account), progress);
  for (let next = inCircle(progress); next !== undefined; next = inCircle(progress)) split(next, account, progress);
  // Nothing frees a place for what still waits. AWS decides, and each step has alternatives.
  return [...progress.ordered, ...[...progress.waiting.values()].flat().map(({ step }) => step)];
}

/** What a step does to the targets' sources, by the sessions that exist now. */
export function transferOf(step: PlaceSessionStep, account: AccountIndex): Transfer {
  const sessions = account.sessionsOn(step.networkInterfaceId);
  const changed = step.kind === 'modify-session' ? step.trafficMirrorSessionId : undefined;
  const own = sessions.find(({ trafficMirrorSessionId }) => trafficMirrorSessionId === changed);
  const others = sessions.filter((session) => session !== own).map((session) => session.trafficMirrorTargetId);
  const { trafficMirrorTargetId: to } = step;
  const from = own?.trafficMirrorTargetId;
  if (from === to) return { step };
  return {
    step,
    from: from === undefined || others.includes(from) ? undefined : from,
    to: others.includes(to) ? undefined : to,
  };
}

/** Carries out a step if its target has room, and then those that waited for the place which it frees; else lets it wait. */
function advance(first: Transfer, { ordered, room, waiting }: Progress): void {
  const queue = [first];
  for (let transfer = queue.pop(); transfer !== undefined; transfer = queue.pop()) {
    const { step, from, to } = transfer;
    if (to !== undefined) {
      const left = room.get(to) ?? Number.POSITIVE_INFINITY;
      if (left <= 0) {
        waiting.set(to, [...(waiting.get(to) ?? []), transfer]);
        continue;
      }
      room.set(to, left - 1);
    }
    ordered.push(step);
    if (from === undefined) continue;
    room.set(from, (room.get(from) ?? Number.POSITIVE_INFINITY) + 1);
    const next = waiting.get(from)?.shift();
    if (next !== undefined) queue.push(next);
  }
}

/** A step in a circle of steps that wait for each other's places; undefined when there is none. */
function inCircle({ waiting }: Progress): (Transfer & { readonly step: ModifySessionStep }) | undefined {
  const leaving = new Map<string, Transfer>();
  for (const transfer of [...waiting.values()].flat()) {
    if (transfer.from !== undefined && !leaving.has(transfer.from)) leaving.set(transfer.from, transfer);
  }
  const seen = new Set<Transfer>();
  for (const first of leaving.values()) {
    const path = new Set<Transfer>();
    let at: Transfer | undefined = first;
    while (at !== undefined && !seen.has(at)) {
      seen.add(at);
      path.add(at);
      at = leaving.get(at.to ?? '');
    }
    if (at === undefined || !path.has(at)) continue;
    const { step } = at;
    if (step.kind === 'modify-session') return { ...at, step };
  }
  return undefined;
}

/** Replaces the change of a session by its deletion, which frees its place now, and a creation, which waits. */
function split(
  { step, from, to }: Transfer & { readonly step: ModifySessionStep },
  account: AccountIndex,
  progress: Progress,
): void {
  const { waiting } = progress;
  const others = (waiting.get(to ?? '') ?? []).filter((one) => one.step !== step);
  const { accountId, region, networkInterfaceId, resourceId, trafficMirrorSessionId, sessionNumber } = step;
  const found = account.trafficMirrorSession(trafficMirrorSessionId);
  const session = typeof found === 'object' ? found : { ...step, tags: [] };
  const { trafficMirrorTargetId, trafficMirrorFilterId, tags } = session;
  const source = { accountId, region, networkInterfaceId, resourceId };
  const deletion: DeleteSessionStep = {
    kind: 'delete-session',
    ...source,
    ...{ trafficMirrorTargetId, trafficMirrorFilterId, trafficMirrorSessionId },
    sessionNumber: session.sessionNumber,
    reason: `its place at ${trafficMirrorTargetId} is needed before there is one for it at ${step.trafficMirrorTargetId}; it is created again there`,
  };
  const creation: CreateSessionStep = {
    kind: 'create-session',
    ...source,
    trafficMirrorTargetId: step.trafficMirrorTargetId,
    trafficMirrorFilterId: step.trafficMirrorFilterId,
    sessionNumber,
    alternatives: step.alternatives ?? [],
    tags: newSessionTags(resourceId, account, tags),
    reason: step.reason,
  };
  waiting.set(to ?? '', [...others, { step: creation, to }]);
  advance({ step: deletion, from }, progress);
}
