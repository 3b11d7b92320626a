/** What the records show the making of: what was on a resource before them, they need not tell. */

import { cellOf } from '../cells.ts';
import { effectsOn, type History, type RecordedCall } from '../history.ts';
import type { Surroundings } from '../surroundings.ts';

/**
 * True when one of the sources may have had a session, before the call, that no record tells of. The making of a session on an
 * interface that the records show the making of would be among them, unless CloudTrail omitted that part.
 */
export function mayHaveHadSession(
  { interfaces, own }: Surroundings,
  history: History,
  call: Pick<RecordedCall, 'index'>,
): boolean {
  const isHidden = history.unplacedCalls.some(({ evidence }) => evidence.eventName === 'CreateTrafficMirrorSession');
  return [...interfaces].some((id) => {
    if (!own.has(id)) return false;
    const made = makingOf(id, history);
    return made === undefined || (isHidden && made.index < call.index);
  });
}

/** The call that made an interface, by itself or with its instance; undefined when it was there before the records. */
export function makingOf(
  id: string,
  history: Pick<History, 'callsOn' | 'calls' | 'placesOn' | 'account'>,
): RecordedCall | undefined {
  const instanceId = history.account.networkInterfaces.get(id)?.attachment?.instanceId;
  // Without a record of its attachment, an interface came with its instance.
  const cameWith =
    instanceId === undefined || history.callsOn.has(id) ? undefined : creationOf('instance', instanceId, history);
  return creationOf('interface', id, history) ?? cameWith;
}

/** The first call on a resource, if it made it. */
export function creationOf(
  kind: 'interface' | 'instance',
  id: string,
  history: Pick<History, 'callsOn' | 'calls' | 'placesOn'>,
): RecordedCall | undefined {
  const [first] = history.callsOn.get(id) ?? [];
  if (first === undefined) return undefined;
  const { key } = cellOf(kind, id);
  const effects = effectsOn(id, first, history);
  return effects.some(({ cell, operation }) => cell.key === key && operation === 'create')
    ? history.calls[first]
    : undefined;
}

/** The interfaces of a resource that may have had such a session before the call. */
export function mayHaveHadSessions(
  surroundings: Surroundings,
  history: History,
  call: Pick<RecordedCall, 'index'>,
): readonly string[] {
  return [...surroundings.interfaces].filter((id) =>
    mayHaveHadSession({ ...surroundings, interfaces: new Set([id]) }, history, call),
  );
}
