/** The shared mirroring selector for one source: every configured target judged check by check, and the one that serves. */

import { PipelineError } from '../errors.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { Survey } from './survey.ts';
import type { Candidate } from './verdict.ts';

/** The answer for one source, with the candidates it was chosen from. `unknown` is true when a candidate might serve but could not be checked. */
export type Selection =
  | {
      readonly kind: 'selected';
      readonly trafficMirrorTargetId: string;
      readonly trafficMirrorFilterId: string;
      readonly candidates: readonly Candidate[];
    }
  | {
      readonly kind: 'none';
      readonly unknown: boolean;
      readonly reason: string;
      readonly candidates: readonly Candidate[];
    };

export interface SelectOptions {
  /** Targets to leave out: those that AWS answered to be full, in this run. */
  readonly exclude?: ReadonlySet<string>;
}

/** Candidates, best first: eligible before others, same zone before other zones, the less utilised first, then by stable hash. */
export function candidatesFor(
  _networkInterface: NetworkInterface,
  _survey: Survey,
  _options: SelectOptions = {},
): readonly Candidate[] {
  throw new PipelineError('internal', 'not built yet');
}

export function selectTarget(
  _networkInterface: NetworkInterface,
  _survey: Survey,
  _options: SelectOptions = {},
): Selection {
  throw new PipelineError('internal', 'not built yet');
}
