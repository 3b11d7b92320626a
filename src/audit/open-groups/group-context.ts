/** What a security group is judged by: the configuration, and the account around the group. */

import type { SecurityGroupRule } from '../../inventory/security-group.ts';
import type { Evidence } from '../../sighting/sighting.ts';
import type { OpenGroupPolicy } from '../calls/watch-policy.ts';
import type { BehindOf } from './behind.ts';
import type { EntriesOf } from './open-to-world.ts';

/** The account around a group. */
export interface GroupContext {
  readonly region: string;
  readonly policy: OpenGroupPolicy;
  readonly entriesOf: EntriesOf;
  readonly behindOf: BehindOf;
  /** The group's rules with their ids; undefined if they were not read. */
  readonly rules: readonly SecurityGroupRule[] | undefined;
  /** The calls that concern the group, newest first. */
  readonly evidence: readonly Evidence[];
}
