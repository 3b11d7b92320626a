/** What the calls during a look may have changed: of that, the look may show the value before the call or after it. */

import type { AccountCells } from '../account-cells.ts';
import type { Effects } from '../effects/effect.ts';
import { isTagCall } from '../effects/forget.ts';
import type { CellName } from './shown-cells.ts';

/** Tells of a cell whether a call during the look may have changed it. */
export type IsTouched = (cell: CellName) => boolean;

/** Collects the calls during a look. */
export interface CallsDuring {
  /** Takes in what one call did. */
  add(eventName: string, done: readonly Effects[]): void;
  readonly isTouched: IsTouched;
}

/** No calls yet, during the look that showed this account. A call on a thing counts for all of its cells. */
export function callsDuring(account: AccountCells): CallsDuring {
  const ids = new Set<string>();
  const prefixes = new Set<string>();
  let allTags = false;
  let all = false;
  const touch = (id: string): void => {
    ids.add(id);
    if (id.startsWith('i-'))
      for (const { networkInterfaceId } of account.interfacesOn.get(id) ?? []) touch(networkInterfaceId);
    // The sessions on an interface go with it.
    for (const { trafficMirrorSessionId } of account.sessionsOn.get(id) ?? []) ids.add(trafficMirrorSessionId);
  };
  return {
    add(eventName, done) {
      for (const { effects, unplaced } of done) {
        for (const { cell } of effects) touch(cell.id);
        for (const one of unplaced) {
          switch (one.lost) {
            case 'session':
              touch(one.trafficMirrorSessionId);
              break;
            case 'interface':
              // What was on a terminated instance goes with the instance, which is among the effects.
              if (one.networkInterfaceId !== undefined) touch(one.networkInterfaceId);
              break;
            case 'attachment':
              prefixes.add('eni-');
              break;
            case 'acl-association':
            case 'table-association':
              prefixes.add('subnet-');
              break;
            case 'filter-rule':
              prefixes.add('tmf-');
              break;
            case 'parameters':
              for (const id of one.resourceIds) touch(id);
              if (one.resourceIds.length > 0) break;
              if (isTagCall(eventName)) allTags = true;
              else all = true;
              break;
          }
        }
      }
    },
    isTouched({ kind, id }) {
      if (all || (allTags && kind === 'tag') || ids.has(id)) return true;
      for (const prefix of prefixes) if (id.startsWith(prefix)) return true;
      return false;
    },
  };
}
