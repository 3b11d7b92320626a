/** Changes of which no record says what they were on: could one be the cause of a finding? */

import type { BuiltInRuleId } from '../audit/rule-book.ts';
import { targetInterfaceId } from '../inventory/mirror.ts';
import type { AccountCells } from './account-cells.ts';
import { type Cell, cellOf } from './cells.ts';
import type { AnyEffect, Unplaced } from './effects/effect.ts';
import { effectsOn, type History, type RecordedCall } from './history.ts';
import { judgeResource } from './judge-resource.ts';
import { creationOf, makingOf, mayHaveHadSession } from './lost/makings.ts';
import { mayBeOnPath } from './lost/on-path.ts';
import type { Overlay } from './replay.ts';
import { type Question, verdictOf } from './search.ts';
import { idsOf } from './surroundings.ts';

/** A question, and whether the call may also be one of several that are the cause together. */
interface Trial extends Question {
  readonly together: boolean;
}

type Changed =
  | 'instance'
  | 'newInstance'
  | 'source'
  | 'session'
  | 'newSession'
  | 'target'
  | 'path'
  | 'lostSession'
  | 'lostInterface';

/** What can make a finding of a rule, by the kind of resource that a call changed. */
const CAN_BREAK: Readonly<Record<Changed, readonly BuiltInRuleId[]>> = {
  instance: ['instance-untagged', 'instance-unmirrored', 'mirror-ineffective', 'mirror-orphan'],
  newInstance: ['instance-untagged'],
  source: ['instance-unmirrored', 'mirror-ineffective', 'mirror-orphan'],
  session: ['instance-unmirrored', 'mirror-ineffective', 'mirror-rogue', 'mirror-duplicate', 'mirror-orphan'],
  newSession: ['mirror-ineffective', 'mirror-rogue', 'mirror-duplicate', 'mirror-orphan'],
  target: ['instance-unmirrored', 'mirror-ineffective', 'mirror-rogue'],
  path: ['mirror-ineffective', 'security-group-open'],
  lostSession: ['instance-unmirrored', 'mirror-ineffective'],
  lostInterface: ['mirror-ineffective', 'mirror-orphan'],
};

/** The kinds of resources, by the beginning of their ids; all others are on the path of mirrored packets. */
const KINDS: readonly (readonly [string, Changed])[] = [
  ['i-', 'instance'],
  ['eni-', 'source'],
  ['tms-', 'session'],
  ['tmt-', 'target'],
];

/** What a call may have changed if its record names no resource, by the first pattern that its name matches. */
const BY_CALL: readonly (readonly [RegExp, readonly Changed[]])[] = [
  [/^(Create|Delete)Tags$/, ['instance']],
  [/^CreateTrafficMirrorSession$/, ['newSession']],
  [/^ModifyTrafficMirrorSession$/, ['session']],
  [/^DeleteTrafficMirrorSession$/, ['lostSession']],
  [/^RunInstances$/, ['newInstance', 'source', 'path']],
  [/Instance|NetworkInterface|BidEvicted/, ['source', 'path']],
  [/SecurityGroup|NetworkAcl|Route|Peering|TransitGateway|PrefixList|TrafficMirrorFilter/, ['path']],
  [/LoadBalancer|Listener|TargetGroup|DeregisterTargets|SetSubnets/, ['path']],
  [/./, ['target', 'path']],
];

/**
 * True when a past fits the records in which the finding would not be there without this call. Where it can be tried, it is: a door
 * that the call may have closed is opened, and the resource judged again. With `together`, also when it takes other calls besides.
 */
export function mayBeCause(
  call: RecordedCall,
  question: Question,
  { together }: { readonly together: boolean },
): boolean {
  const { rule } = question;
  return call.unplaced.some((unplaced) => {
    // A door can matter to a source without a session only together with the call that deleted it.
    const canBreak = kindsOf(unplaced, call).some(
      (kind) =>
        (CAN_BREAK[kind].includes(rule) && (kind !== 'newInstance' || mayHaveLaunched(call, question))) ||
        (together && rule === 'instance-unmirrored'),
    );
    return canBreak && mayMatter(unplaced, call, { ...question, together });
  });
}

/**
 * The calls with those that stopped, before, what they terminated. A stopped sensor carries nothing either, so it takes both: whatever
 * the termination may have done to interfaces that no record tells of, the stop may have done as well.
 */
export function withStopsBefore(terminations: readonly RecordedCall[], history: History): readonly RecordedCall[] {
  const stops = terminations.flatMap((call) => {
    if (!call.unplaced.some(({ lost }) => lost === 'interface')) return [];
    const stopped = call.effects.filter(({ cell, before }) => cell.kind === 'state' && before === 'stopped');
    return stopped.flatMap(({ cell }) => stopBefore(call, cell, history) ?? []);
  });
  return stops.length === 0 ? terminations : [...new Set([...stops, ...terminations])];
}

/** The last call that set the state before this one, if it stopped the instance. */
function stopBefore({ index }: RecordedCall, { id, key }: Cell, history: History): RecordedCall | undefined {
  const on = (one: number): readonly AnyEffect[] => effectsOn(id, one, history).filter(({ cell }) => cell.key === key);
  const last = (history.callsOn.get(id) ?? []).findLast((one) => one < index && on(one).length > 0);
  return last !== undefined && on(last).some(({ after }) => after === 'stopped') ? history.calls[last] : undefined;
}

function kindsOf(unplaced: Unplaced, { evidence }: RecordedCall): readonly Changed[] {
  switch (unplaced.lost) {
    case 'session':
      return ['lostSession'];
    case 'attachment':
    case 'interface':
      return ['lostInterface'];
    case 'acl-association':
    case 'table-association':
    case 'filter-rule':
      return ['path'];
    case 'parameters':
      if (unplaced.resourceIds.length === 0)
        return BY_CALL.find(([pattern]) => pattern.test(evidence.eventName))?.[1] ?? [];
      return unplaced.resourceIds.map((id) => KINDS.find(([prefix]) => id.startsWith(prefix))?.[1] ?? 'path');
  }
}

function mayMatter(unplaced: Unplaced, call: RecordedCall, question: Trial): boolean {
  const { surroundings, history } = question.account;
  const { account } = history;
  switch (unplaced.lost) {
    case 'session':
      return mayHaveHadSession(surroundings, history, call);
    case 'attachment':
      return (
        missingInterfaces(question).length > 0 ||
        [...surroundings.interfaces].some((id) => {
          const now = account.networkInterfaces.get(id);
          // One that was attached again must have been detached before.
          const isReattached = (history.callsOn.get(id) ?? []).some((index) => index > call.index);
          return now !== undefined && (now.attachment === undefined || isReattached);
        })
      );
    case 'interface':
      // Only a free interface can be deleted, which carries nothing; its sessions go with it.
      return unplaced.networkInterfaceId === undefined && missingInterfaces(question).length > 0;
    case 'acl-association':
      return [...surroundings.subnets].some(
        (id) =>
          account.aclOf.get(id) === unplaced.networkAclId &&
          [...account.networkAcls.keys()].some((acl) => isFixedBy(new Map([[cellOf('acl', id).key, acl]]), question)),
      );
    case 'table-association':
      return [...surroundings.subnets].some(
        (id) =>
          isServedBy(unplaced.routeTableId, id, account) &&
          [null, ...account.routeTables.keys()].some((table) =>
            isFixedBy(new Map([[cellOf('table', id).key, table]]), question),
          ),
      );
    case 'filter-rule':
      // A rule of an unknown filter is gone by now, so what was changed about it matters only with its deletion.
      return question.together && surroundings.filters.size > 0;
    case 'parameters': {
      const around = idsOf(surroundings);
      return (
        unplaced.resourceIds.length === 0 ||
        unplaced.resourceIds.some(
          (id) => around.has(id) || mayBeOnPath(id, surroundings, history) || mayHaveLedHere(id, question),
        )
      );
    }
  }
}

/** EC2's launch time of an instance and the call's time in the record differ by seconds at most. */
const LAUNCH_WINDOW_MS = 60_000;

/**
 * True when the call may have launched the instance in question: no record tells of its launch, and it started at that time. EC2 gives
 * the time of the last start, so one that was started again may be older.
 */
function mayHaveLaunched({ at, index }: RecordedCall, { by: { resourceId }, account: { history } }: Question): boolean {
  if (creationOf('instance', resourceId, history) !== undefined) return false;
  const startedAt = history.account.instances.get(resourceId)?.launchTime?.getTime();
  if (startedAt === undefined || Math.abs(startedAt - at) <= LAUNCH_WINDOW_MS) return true;
  const wasStartedAgain = (history.callsOn.get(resourceId) ?? []).some(
    (later) => later > index && effectsOn(resourceId, later, history).some(({ cell }) => cell.kind === 'state'),
  );
  return startedAt > at && wasStartedAgain;
}

/** True for a deleted target that one of the sources may have been behind: as a sensor, it needed no session. */
function mayHaveLedHere(id: string, { rule, account: { surroundings, history } }: Question): boolean {
  if (rule !== 'instance-unmirrored' || !id.startsWith('tmt-')) return false;
  return [...surroundings.interfaces].some(
    (source) => surroundings.own.has(source) && makingOf(source, history) === undefined,
  );
}

/**
 * The interfaces that are on no instance, if they are in the account at all: a termination may leave them behind. Of an orphan its
 * source, else the sensors behind the targets around.
 */
function missingInterfaces({ rule, account: { surroundings, history } }: Question): readonly string[] {
  const { sessions, targets, networkInterfaces } = history.account;
  const named =
    rule === 'mirror-orphan'
      ? [...surroundings.sessions].map((id) => sessions.get(id)?.networkInterfaceId)
      : [...surroundings.targets].flatMap((id) => {
          const target = targets.get(id);
          return target === undefined ? [] : [targetInterfaceId(target)];
        });
  return named.flatMap((id) => (id === undefined || networkInterfaces.get(id)?.attachment !== undefined ? [] : [id]));
}

/** True when a subnet has this route table, its own or the main one. Without a table, when it has none of its own. */
export function isServedBy(routeTableId: string | undefined, subnetId: string, account: AccountCells): boolean {
  const own = account.tableOf.get(subnetId);
  if (own !== undefined || routeTableId === undefined) return own === routeTableId;
  return account.mainTables.get(account.subnets.get(subnetId)?.vpcId)?.routeTableId === routeTableId;
}

/** True when the finding is not there with the overlay on the account as it stands. */
function isFixedBy(overlay: Overlay, question: Trial): boolean {
  // Together with other calls, it need not be enough.
  if (question.together) return true;
  return verdictOf(judgeResource({ ...question.account, overlay }, question.by), question) !== 'there';
}
