/** Whether an interface is to be mirrored at all, and by which rule; every no is an exemption with its reason. */

import { PipelineError } from '../errors.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { SensorLaunch } from './policy.ts';
import type { Survey } from './survey.ts';

/** Where a source is to go: the filter, and the targets that may serve. */
export interface Destination {
  readonly filterId: string;
  /** Never empty unless nothing is configured; the policy's `targets` list when the rule names none. */
  readonly targetIds: readonly string[];
  /** The rule that matched, for people: `tags[0]`, `subnets[2]`; absent when there are no rules. */
  readonly rule?: string;
  readonly onDemand?: SensorLaunch;
}

/** Why an interface is not mirrored, for programs. */
export type ExemptCode =
  | 'UNSUPPORTED_ENI'
  | 'UNSUPPORTED_TYPE'
  | 'TAG'
  | 'SENSOR'
  | 'IPV6_ONLY'
  | 'STOPPED'
  | 'DETACHED'
  | 'GONE'
  | 'SECONDARY'
  | 'FARGATE'
  | 'NO_RULE';

/** `unknown` when a list that the answer needs could not be read. */
export type Eligibility =
  | { readonly kind: 'source'; readonly destination: Destination }
  | { readonly kind: 'exempt'; readonly code: ExemptCode; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** Whose interface it is: the unit in which findings are made. */
export interface Resource {
  readonly resourceType: 'AWS::EC2::Instance' | 'AWS::ECS::Task' | 'AWS::EC2::NetworkInterface';
  readonly resourceId: string;
}

export function eligibilityOf(_networkInterface: NetworkInterface, _survey: Survey): Eligibility {
  throw new PipelineError('internal', 'not built yet');
}

export function resourceOf(_networkInterface: NetworkInterface, _survey: Survey): Resource {
  throw new PipelineError('internal', 'not built yet');
}
