/** Calls on tags of which CloudTrail left the parameters out: each may have been about any tag of a resource, or about none of them. */

import type { BuiltInRuleId } from '../../audit/rule-book.ts';
import { MANAGED_TAG, UNTIL_TAG } from '../../mirror/policy.ts';
import { type Cell, type CellValues, cellOf } from '../cells.ts';
import type { AnyEffect, Effect } from '../effects/effect.ts';
import { isTagCall } from '../effects/forget.ts';
import { keysOn } from '../effects/tags.ts';
import { effectsOn, type History, type RecordedCall } from '../history.ts';
import type { Surroundings } from '../surroundings.ts';

/** True for a call on tags whose record lacks its parameters. */
export function isOmittedTagCall({ evidence, unplaced }: RecordedCall): boolean {
  return isTagCall(evidence.eventName) && unplaced.some(({ lost }) => lost === 'parameters');
}

/**
 * The calls on tags without parameters, each with what it may have done to the tags that matter to a resource (`isPossible`). One
 * before the resource was made did nothing to it and is left out.
 */
export function omittedTagCalls(
  rule: BuiltInRuleId,
  { own, sessions }: Surroundings,
  history: History,
  keys: { readonly all: readonly string[]; readonly mirroring: readonly string[] },
): readonly RecordedCall[] {
  const omitted = history.unplacedCalls.filter(isOmittedTagCall);
  if (omitted.length === 0) return [];
  const judged = [...own, ...[...own].flatMap((id) => instancesOf(id, history))];
  const ids = rule === 'instance-untagged' ? judged.filter((id) => id.startsWith('i-')) : [...judged, ...sessions];
  const tags = [...new Set(ids)].flatMap((id) => keysThatMatter(id, rule, keys).map((key) => cellOf('tag', id, key)));
  return omitted.flatMap((call) => {
    const operation = call.evidence.eventName === 'DeleteTags' ? 'drop' : 'put';
    const effects = tags
      .filter(({ id }) => mayBeAbout(id, call) && !isMadeAfter(id, call, history))
      .map((cell): AnyEffect => {
        const before = tagBefore(cell, call, history);
        return { cell, operation, after: null, before, isPossible: true } satisfies Effect<'tag'>;
      });
    return effects.length === 0 ? [] : [{ ...call, effects }];
  });
}

/** The instances that an interface is or was on: their tags say whether it is to be mirrored. */
function instancesOf(networkInterfaceId: string, { account, relations }: History): readonly string[] {
  const now = account.networkInterfaces.get(networkInterfaceId)?.attachment?.instanceId;
  return [...(now === undefined ? [] : [now]), ...(relations.instancesOf.get(networkInterfaceId) ?? [])];
}

/** Of a session, only the tags that say whether it is ours and for how long. */
function keysThatMatter(
  id: string,
  rule: BuiltInRuleId,
  keys: { readonly all: readonly string[]; readonly mirroring: readonly string[] },
): readonly string[] {
  if (id.startsWith('tms-')) return [MANAGED_TAG, UNTIL_TAG];
  return keysOn(id, rule === 'instance-untagged' ? keys.all : keys.mirroring);
}

/** Some records without parameters still name their resources. */
function mayBeAbout(id: string, { unplaced }: RecordedCall): boolean {
  return unplaced.some(
    (one) => one.lost === 'parameters' && (one.resourceIds.length === 0 || one.resourceIds.includes(id)),
  );
}

function isMadeAfter(id: string, { index }: RecordedCall, history: History): boolean {
  return (history.callsOn.get(id) ?? []).some(
    (other) =>
      other > index &&
      effectsOn(id, other, history).some(
        ({ cell, operation, before }) =>
          cell.kind !== 'tag' && operation === 'create' && cell.kind !== 'attachment' && before === null,
      ),
  );
}

/** The value that the last recorded change left, if it tells that, and no call without parameters came in between. */
function tagBefore({ id, key }: Cell, { index }: RecordedCall, history: History): CellValues['tag'] | undefined {
  const { callsOn, unplacedCalls } = history;
  for (const last of (callsOn.get(id) ?? []).toReversed()) {
    if (last >= index) continue;
    const effect = effectsOn(id, last, history).findLast(({ cell }) => cell.key === key) as Effect<'tag'> | undefined;
    if (effect === undefined) continue;
    const isForgotten = unplacedCalls.some((call) => call.index > last && call.index < index && isOmittedTagCall(call));
    const isOpen = effect.operation === 'drop' && effect.onlyIf !== undefined && effect.before === undefined;
    return isForgotten || isOpen ? undefined : effect.after;
  }
  return undefined;
}
