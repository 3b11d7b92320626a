/** What a rule says of one resource, before it becomes a finding or a judgement. */

import type { Evidence } from '../sighting/sighting.ts';
import type { FindingDetail } from './finding.ts';

/**
 * `fail` becomes a finding; `exempt` a muted one; `pass`, `gone` and `unknown` become judgements. Evidence is the newest first
 * and empty where no record shows how it came about.
 */
export type Ruling =
  | {
      readonly result: 'fail' | 'exempt';
      readonly reason: string;
      readonly detail: FindingDetail;
      readonly evidence: readonly Evidence[];
      readonly fix: string;
    }
  | { readonly result: 'pass' | 'gone' | 'unknown'; readonly reason: string; readonly evidence?: readonly Evidence[] };
