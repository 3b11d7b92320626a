/** Traffic mirror sessions and targets, in the newer encoding. */

import { type Account, drop, put, type Session } from '../account.ts';
import { ACCOUNT_ID } from '../actors.ts';
import { type CallKind, done, failed, type Params } from '../call.ts';
import { present } from './encoding.ts';

/** AWS's limit of sessions on one source. */
export const SESSIONS_PER_INTERFACE = 3;

const NO_SESSION = 'Client.InvalidTrafficMirrorSessionId.NotFound';
const NO_TARGET = 'Client.InvalidTrafficMirrorTargetId.NotFound';
const NO_FILTER = 'Client.InvalidTrafficMirrorFilterId.NotFound';

const createTrafficMirrorSession: CallKind<Session> = {
  apply(account, { id, interfaceId, targetId, filterId, number, managed }) {
    const session = { id, interfaceId, targetId, filterId, number, managed };
    if (account.interfaces[interfaceId] === undefined) return failed('Client.InvalidNetworkInterfaceID.NotFound');
    if (account.targets[targetId] === undefined) return failed(NO_TARGET);
    if (account.filters[filterId] === undefined) return failed(NO_FILTER);
    if (Object.values(account.targets).some((target) => target.interfaceId === interfaceId))
      return failed('Client.InterfaceInUseByTrafficMirrorTarget');
    const others = sessionsOn(account, interfaceId);
    if (others.length >= SESSIONS_PER_INTERFACE) return failed('Client.TrafficMirrorSessionsPerInterfaceLimitExceeded');
    if (others.some((other) => other.number === number)) return failed('Client.InvalidParameterValue');
    return done(put(account, 'sessions', id, session), () => ({ trafficMirrorSession: described(session) }));
  },
  request: ({ interfaceId, targetId, filterId, number, managed }) => ({
    NetworkInterfaceId: interfaceId,
    TrafficMirrorTargetId: targetId,
    TrafficMirrorFilterId: filterId,
    SessionNumber: number,
    ...(managed && {
      TagSpecification: {
        ResourceType: 'traffic-mirror-session',
        tag: 1,
        Tag: { Key: 'mirrorwatch:managed', Value: true, tag: 1 },
      },
    }),
  }),
  encoding: 'wrapped',
  about: ({ id, interfaceId }) => [id, interfaceId],
};

/** The answer shows the session afterwards, not what it was. */
const modifyTrafficMirrorSession: CallKind<Params['ModifyTrafficMirrorSession']> = {
  apply(account, { sessionId, targetId, filterId, number }) {
    const before = account.sessions[sessionId];
    if (before === undefined) return failed(NO_SESSION);
    if (targetId !== null && account.targets[targetId] === undefined) return failed(NO_TARGET);
    if (filterId !== null && account.filters[filterId] === undefined) return failed(NO_FILTER);
    const others = sessionsOn(account, before.interfaceId).filter(({ id }) => id !== sessionId);
    if (number !== null && others.some((other) => other.number === number))
      return failed('Client.InvalidParameterValue');
    const session = {
      ...before,
      targetId: targetId ?? before.targetId,
      filterId: filterId ?? before.filterId,
      number: number ?? before.number,
    };
    return done(put(account, 'sessions', sessionId, session), () => ({ trafficMirrorSession: described(session) }));
  },
  request: ({ sessionId, targetId, filterId, number }) =>
    present({
      TrafficMirrorSessionId: sessionId,
      TrafficMirrorTargetId: targetId,
      TrafficMirrorFilterId: filterId,
      SessionNumber: number,
    }),
  encoding: 'wrapped',
  about: ({ sessionId }) => [sessionId],
};

/** The record names only the session. */
const deleteTrafficMirrorSession: CallKind<Params['DeleteTrafficMirrorSession']> = {
  apply(account, { sessionId }) {
    if (account.sessions[sessionId] === undefined) return failed(NO_SESSION);
    return done(drop(account, 'sessions', [sessionId]), () => ({ trafficMirrorSessionId: sessionId }));
  },
  request: ({ sessionId }) => ({ TrafficMirrorSessionId: sessionId }),
  encoding: 'wrapped',
  about: ({ sessionId }) => [sessionId],
};

function sessionsOn(account: Account, interfaceId: string): readonly Session[] {
  return Object.values(account.sessions).filter((session) => session.interfaceId === interfaceId);
}

function described({ id, interfaceId, targetId, filterId, number, managed }: Session): object {
  return {
    trafficMirrorSessionId: id,
    networkInterfaceId: interfaceId,
    trafficMirrorTargetId: targetId,
    trafficMirrorFilterId: filterId,
    sessionNumber: number,
    // CloudTrail turns text that looks like a number or a boolean into one.
    ownerId: Number(ACCOUNT_ID),
    tagSet: managed ? { item: { key: 'mirrorwatch:managed', value: true } } : '',
  };
}

/** An interface is the source of sessions or the end of one target, never both. */
const createTrafficMirrorTarget: CallKind<Params['CreateTrafficMirrorTarget']> = {
  apply(account, { targetId, interfaceId }) {
    if (account.interfaces[interfaceId] === undefined) return failed('Client.InvalidNetworkInterfaceID.NotFound');
    if (sessionsOn(account, interfaceId).length > 0) return failed('Client.InterfaceInUseByTrafficMirrorSession');
    if (Object.values(account.targets).some((target) => target.interfaceId === interfaceId))
      return failed('Client.InterfaceInUseByTrafficMirrorTarget');
    return done(put(account, 'targets', targetId, { id: targetId, interfaceId }), () => ({
      trafficMirrorTarget: {
        trafficMirrorTargetId: targetId,
        networkInterfaceId: interfaceId,
        type: 'network-interface',
        ownerId: Number(ACCOUNT_ID),
        tagSet: '',
      },
    }));
  },
  request: ({ interfaceId }) => ({ NetworkInterfaceId: interfaceId }),
  encoding: 'wrapped',
  about: ({ targetId, interfaceId }) => [targetId, interfaceId],
};

const deleteTrafficMirrorTarget: CallKind<Params['DeleteTrafficMirrorTarget']> = {
  apply(account, { targetId }) {
    if (account.targets[targetId] === undefined) return failed(NO_TARGET);
    if (Object.values(account.sessions).some((session) => session.targetId === targetId))
      return failed('Client.TrafficMirrorTargetInUseException');
    return done(drop(account, 'targets', [targetId]), () => ({ trafficMirrorTargetId: targetId }));
  },
  request: ({ targetId }) => ({ TrafficMirrorTargetId: targetId }),
  encoding: 'wrapped',
  about: ({ targetId }) => [targetId],
};

export const SESSION_CALLS = {
  CreateTrafficMirrorSession: createTrafficMirrorSession,
  ModifyTrafficMirrorSession: modifyTrafficMirrorSession,
  DeleteTrafficMirrorSession: deleteTrafficMirrorSession,
  CreateTrafficMirrorTarget: createTrafficMirrorTarget,
  DeleteTrafficMirrorTarget: deleteTrafficMirrorTarget,
} as const;
