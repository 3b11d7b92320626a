/** Bounded moves of our own healthy sessions from crowded targets to idle ones; proposed, never done by itself. */

import { PipelineError } from '../errors.ts';
import type { Survey } from './survey.ts';

/** One session to be re-targeted by Modify, so that copies keep flowing. */
export interface Move {
  readonly trafficMirrorSessionId: string;
  readonly networkInterfaceId: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

export interface RebalanceOptions {
  /** The most moves of one run. @default 20 */
  readonly maxMoves?: number;
  /** The least difference in utilisation (0 to 1) between two targets that is worth a move. @default 0.3 */
  readonly threshold?: number;
}

export function rebalance(_survey: Survey, _options: RebalanceOptions = {}): readonly Move[] {
  throw new PipelineError('internal', 'not built yet');
}
