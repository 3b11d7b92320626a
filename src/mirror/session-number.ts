/** Picks the number of a new session. We always ask for the policy's number, so it acts as a mutex on the interface. */

import { type AccountIndex, SESSIONS_PER_INTERFACE } from './account-index.ts';

/** The highest number AWS accepts. @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTrafficMirrorSession.html */
const HIGHEST = 32_766;

/** The number to use, or why there is none. */
export type SessionNumber =
  | { readonly kind: 'free'; readonly sessionNumber: number }
  | { readonly kind: 'none'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * The number for a new session on an interface. The policy's number; if another session has it, the next free one above, which leaves
 * that session its precedence; else the lowest free one. `none` when the interface has reached AWS's limit of three sessions.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-quotas.html
 */
export function freeSessionNumber(networkInterfaceId: string, account: AccountIndex): SessionNumber {
  if (account.inventory.trafficMirrorSessions === undefined) {
    return { kind: 'unknown', reason: 'the traffic mirror sessions could not be read' };
  }
  const sessions = account.sessionsOn(networkInterfaceId);
  if (sessions.length >= SESSIONS_PER_INTERFACE) {
    const ids = sessions.map((session) => session.trafficMirrorSessionId).join(', ');
    return { kind: 'none', reason: `the interface already has ${SESSIONS_PER_INTERFACE} sessions: ${ids}` };
  }
  const taken = new Set(sessions.map(({ sessionNumber }) => sessionNumber));
  const preferred = account.policy.sessionNumber;
  for (let sessionNumber = preferred; sessionNumber <= HIGHEST; sessionNumber += 1) {
    if (!taken.has(sessionNumber)) return { kind: 'free', sessionNumber };
  }
  for (let sessionNumber = 1; sessionNumber < preferred; sessionNumber += 1) {
    if (!taken.has(sessionNumber)) return { kind: 'free', sessionNumber };
  }
  return { kind: 'none', reason: 'no session number is free' };
}
