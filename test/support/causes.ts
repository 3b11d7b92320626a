/** Builders for the causes of findings, each named by its actor or reason. */

import type { Cause, CauseCall } from '../../src/audit/cause.ts';

/** A call of that actor, by default a launch at 10:00. Its event id is that of `anEvidence`, unless it is given. */
export function callBy(actor: string, parts: Partial<CauseCall> = {}): CauseCall {
  return {
    actor,
    eventName: 'RunInstances',
    eventTime: '2026-11-20T10:00:00.000Z',
    eventID: '3f8b2c1e-0d5a-4d63-9f0e-6f1f6d1f0001',
    ...parts,
  };
}

/** Proven: this one call. */
export function aCall(actor: string, parts: Partial<CauseCall> = {}): Cause {
  return { kind: 'call', calls: [callBy(actor, parts)] };
}

/** Proven: these calls together. */
export function calls(...together: readonly CauseCall[]): Cause {
  return { kind: 'calls', calls: together };
}

export function possible(actor: string, reason = 'the record does not say whether the tag was there'): Cause {
  return { kind: 'possible', calls: [callBy(actor, { eventName: 'DeleteTags' })], reason };
}

export function unknown(reason = 'it was so before the logs begin'): Cause {
  return { kind: 'unknown', reason };
}

export function configuration(reason = 'the required tags changed'): Cause {
  return { kind: 'configuration', reason };
}
