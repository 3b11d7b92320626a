/** Paths of a rule's sentence and resource that lead to nothing in any record. */

import { isPathOfEvent, type RecordPath } from '../../rules/record-path.ts';
import { misspelt } from './shape-doubts.ts';

/** Why a path leads nowhere; undefined if it may lead somewhere. `isForEvent` is true for a rule whose pattern is one of EventBridge's event. */
export function doubtOfPath(path: RecordPath, isForEvent: boolean): string | undefined {
  const [first, ...rest] = path;
  if (isPathOfEvent(path)) {
    if (!isForEvent) return `is in EventBridge's event, and the pattern is one of the record${insteadOf(first, rest)}`;
    if (first !== 'detail' || rest.length === 0) return undefined;
    return misspelt(rest, rest)[0]?.message;
  }
  return misspelt(path, path)[0]?.message;
}

function insteadOf(first: string | undefined, rest: RecordPath): string {
  return first === 'detail' && rest.length > 0 ? `; write ${rest.join('.')}` : '';
}
