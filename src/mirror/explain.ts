/** `mirror explain`: why an interface or an instance goes to its target, check by check, for every candidate. */

import { PipelineError } from '../errors.ts';
import type { Survey } from './survey.ts';
import type { Explanation } from './verdict.ts';

/** The contract of `mirror explain -o json` for an instance or a task. */
export interface InstanceExplanation {
  readonly resourceId: string;
  /** By interface id; empty when the instance has none (terminated) or they could not be read. */
  readonly interfaces: readonly Explanation[];
}

/** Undefined when the interface is not in the inventory. */
export function explain(_networkInterfaceId: string, _survey: Survey): Explanation | undefined {
  throw new PipelineError('internal', 'not built yet');
}

/** By instance id or task id; undefined when the inventory knows neither the instance nor an interface of it. */
export function explainInstance(_resourceId: string, _survey: Survey): InstanceExplanation | undefined {
  throw new PipelineError('internal', 'not built yet');
}
