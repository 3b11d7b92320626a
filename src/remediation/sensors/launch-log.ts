/** The port by which launches of sensors are written down before they are made, so that no run launches one twice or loses one. */

import type { Scope } from '../../inventory/inventory.ts';

/** A place for a sensor: the first of its pool has number 0. */
export interface SensorSlot {
  readonly pool: string;
  readonly ordinal: number;
}

/** A launch that a run has made or is about to make. */
export interface IntendedLaunch extends SensorSlot {
  /**
   * Part of the client token, at random. Until EC2 has the launch nobody can know it who cannot read the ledger, so the instance that EC2
   * launched with it first is ours.
   */
  readonly secret: string;
  /** The instance that EC2 launched, once a run has seen it. From then on the token proves nothing about any other instance. */
  readonly instanceId?: string | undefined;
  /** When it was intended or, with an instance, when a run first saw that one. */
  readonly at: Date;
}

/** Remembers intended launches until they are forgotten, or for `KEPT_DAYS`. */
export interface LaunchLog {
  /** The launch that is intended for the slot. If there is none, one with a new secret is written down first. Of runs at once, one writes. */
  intend(scope: Scope, slot: SensorSlot, now: Date): Promise<IntendedLaunch>;
  /** Every intended launch of the account and region, in no order. */
  intended(scope: Scope): Promise<readonly IntendedLaunch[]>;
  /** Notes the instance that EC2 launched, at `now`. The first note of a launch stays. */
  noteInstance(scope: Scope, launch: IntendedLaunch, instanceId: string, now: Date): Promise<void>;
  /** Forgets a launch, unless an instance of it was noted since it was read. Its slot then gets a new secret. */
  forget(scope: Scope, launch: IntendedLaunch): Promise<void>;
}
