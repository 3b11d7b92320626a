/** Which session number a new session of ours gets: the constant one of the policy, which acts as a mutex per interface. */

import { type AccountIndex, SESSIONS_PER_INTERFACE } from './account-index.ts';

/** The highest number AWS takes. @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTrafficMirrorSession.html */
const HIGHEST = 32_766;

export type SessionNumber =
  | { readonly kind: 'free'; readonly sessionNumber: number }
  | { readonly kind: 'none'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * The number for a new session on an interface: the policy's, unless another session holds it; then the next free one above, so
 * that the other session keeps its precedence; then the lowest free one. `none` when the interface has AWS's three sessions.
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
    return { kind: 'none', reason: `the interface has its ${SESSIONS_PER_INTERFACE} sessions already: ${ids}` };
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
