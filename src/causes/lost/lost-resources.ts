/** What is gone since and was there, but what it was no record tells: instances that were terminated, and sessions that went with them. */

import { findingId, type Judgement } from '../../audit/finding.ts';
import type { ResourceType } from '../../audit/rule-answer.ts';
import type { BuiltInRuleId } from '../../audit/rule-book.ts';
import { reasonOf } from '../as-of.ts';
import type { Investigation } from '../attribute.ts';
import { cellOf } from '../cells.ts';
import { effectsOn, type History, type RecordedCall } from '../history.ts';
import { rulesOn } from '../judge-resource.ts';

const INSTANCE = 'AWS::EC2::Instance';
const SESSION = 'AWS::EC2::TrafficMirrorSession';
const TERMINATED = 'it was terminated since, and no record tells what it was';

/** Makes a judgement that says that an answer is unknown, and why. */
export type Unknown = (
  rule: BuiltInRuleId,
  resourceType: ResourceType,
  resourceId: string,
  reason: string,
) => Judgement;

/** Makes unknown judgements about an account's resources. */
export function unknownIn({ account: { inventory } }: History): Unknown {
  const { accountId, region } = inventory;
  return (rule, resourceType, resourceId, reason) => {
    const id = findingId(rule, accountId, region, resourceId);
    return { id, rule, accountId, region, resourceType, resourceId, result: 'unknown', reason };
  };
}

/**
 * Unknown judgements, by every rule about such resources, of the instances that were terminated and the sessions that were deleted
 * after `at`, or went with an interface, where no record describes them.
 */
export function lostResources({ history, policy }: Investigation, at: Date): readonly Judgement[] {
  const after = history.calls.filter((call) => call.at > at.getTime());
  const mirroring = policy.mirror === null ? [] : rulesOn('mirrored-resource', INSTANCE);
  const ofInstances = [...(policy.tags.requiredTags.length > 0 ? (['instance-untagged'] as const) : []), ...mirroring];
  const ofSessions = policy.mirror === null ? [] : rulesOn('session', SESSION);
  const unknown = unknownIn(history);
  const sessions = new Map([...deletedSessions(after), ...vanishedSessions(history, at)]);
  return [
    ...terminatedInstances(after).flatMap((id) => ofInstances.map((rule) => unknown(rule, INSTANCE, id, TERMINATED))),
    ...[...sessions].flatMap(([id, reason]) => ofSessions.map((rule) => unknown(rule, SESSION, id, reason))),
  ];
}

/** The instances that were terminated and that no record of a launch describes. */
function terminatedInstances(after: readonly RecordedCall[]): readonly string[] {
  const made = new Set(
    after.flatMap(({ effects }) =>
      effects.flatMap(({ cell, operation }) => (operation === 'create' ? [cell.key] : [])),
    ),
  );
  const terminated = after
    .flatMap(({ effects }) =>
      effects.filter(({ cell, after: state }) => cell.kind === 'state' && state === 'terminated'),
    )
    .map(({ cell }) => cell.id)
    .filter((id) => !made.has(cellOf('instance', id).key));
  return [...new Set(terminated)];
}

type Lost = readonly (readonly [trafficMirrorSessionId: string, reason: string])[];

function deletedSessions(after: readonly RecordedCall[]): Lost {
  return after.flatMap((call) =>
    call.unplaced.flatMap((one) =>
      one.lost === 'session' ? [[one.trafficMirrorSessionId, reasonOf([call])] as const] : [],
    ),
  );
}

/**
 * The sessions that records tell of, that are gone, and that no record deletes: they went with an interface, which may have been there
 * at the time still. Without a call after the time that may have taken an interface, they were gone by then.
 */
function vanishedSessions(history: History, at: Date): Lost {
  const { account, calls, callsOn, relations } = history;
  return [...relations.sessions.keys()].flatMap((id) => {
    if (account.sessions.has(id)) return [];
    const { key } = cellOf('session', id);
    const own = (callsOn.get(id) ?? []).flatMap((index) => calls[index] ?? []);
    const effects = own.flatMap((call) =>
      effectsOn(id, call.index, history).flatMap((effect) => (effect.cell.key === key ? [{ ...effect, call }] : [])),
    );
    const isMadeLater = effects.some(({ operation, call }) => operation === 'create' && call.at > at.getTime());
    const isDeleted = effects.some(({ operation }) => operation === 'delete' || operation === 'drop');
    const last = Math.max(at.getTime(), own.at(-1)?.at ?? 0);
    const taken = calls.find((call) => call.at >= last && call.at > at.getTime() && mayTakeInterface(call));
    return isMadeLater || isDeleted || taken === undefined ? [] : [[id, reasonOf([taken])] as const];
  });
}

function mayTakeInterface({ unplaced }: RecordedCall): boolean {
  return unplaced.some(({ lost }) => lost === 'interface');
}
