/** Changes of which no record says what they were on: could one be the cause of a finding? */

import { cellOf } from './cells.ts';
import type { Unplaced } from './effects/effect.ts';
import type { History, RecordedCall } from './history.ts';
import { judgeResource } from './judge-resource.ts';
import { cellValue, type Overlay } from './replay.ts';
import { type Question, verdictOf } from './search.ts';
import { idsOf, type Surroundings } from './surroundings.ts';

/**
 * True when a past fits the records in which the finding would not be there without this call. Where it can be tried, it is: a door
 * that the call may have closed is opened, and the resource judged again.
 */
export function mayBeCause(call: RecordedCall, question: Question): boolean {
  return call.unplaced.some((unplaced) => mayMatter(unplaced, question));
}

function mayMatter(unplaced: Unplaced, question: Question): boolean {
  const { surroundings, history } = question.account;
  const { account } = history;
  switch (unplaced.lost) {
    case 'session':
      return question.rule === 'instance-unmirrored' && mayHaveHadSession(surroundings, history);
    case 'attachment':
      return [...surroundings.interfaces].some((id) => {
        const now = account.networkInterfaces.get(id);
        return now !== undefined && now.attachment === undefined;
      });
    case 'interface':
      return [...surroundings.interfaces].some((id) => {
        const isThat = unplaced.networkInterfaceId === undefined || unplaced.networkInterfaceId === id;
        return isThat && cellValue(cellOf('interface', id), new Map(), history) === null;
      });
    case 'acl-association':
      return [...surroundings.subnets].some(
        (id) =>
          account.aclOf.get(id) === unplaced.networkAclId &&
          [...account.networkAcls.keys()].some((acl) => isFixedBy(new Map([[cellOf('acl', id).key, acl]]), question)),
      );
    case 'table-association':
      return [...surroundings.subnets].some(
        (id) =>
          account.tableOf.get(id) === unplaced.routeTableId &&
          [null, ...account.routeTables.keys()].some((table) =>
            isFixedBy(new Map([[cellOf('table', id).key, table]]), question),
          ),
      );
    case 'filter-rule':
      return [...surroundings.filters].some((id) => isFixedBy(openFilter(id), question));
    case 'parameters': {
      const around = idsOf(surroundings);
      return unplaced.resourceIds.some((id) => around.has(id));
    }
  }
}

function openFilter(id: string): Overlay {
  const rules = [{ ruleNumber: 1, ruleAction: 'accept' } as const];
  const filter = { trafficMirrorFilterId: id, ingressFilterRules: rules, egressFilterRules: rules, tags: [] };
  return new Map([[cellOf('filter', id).key, filter]]);
}

/** True when the finding is not there with the overlay on the account as it stands. */
function isFixedBy(overlay: Overlay, question: Question): boolean {
  return verdictOf(judgeResource({ ...question.account, overlay }, question.by), question) !== 'there';
}

/** False when the records show the making of every source: the making of a session on it would be among them. */
export function mayHaveHadSession({ interfaces, own }: Surroundings, { callsOn, calls }: History): boolean {
  return [...interfaces].some((id) => {
    const [first] = callsOn.get(id) ?? [];
    const effects = first === undefined ? [] : (calls[first]?.effects ?? []);
    const { key } = cellOf('interface', id);
    return own.has(id) && !effects.some(({ cell, operation }) => cell.key === key && operation === 'create');
  });
}
