/** What somebody may do next to sessions, targets and filters. */

import { aSource, type Intent, type Scene } from './intents.ts';

function aTarget({ account, random }: Scene): string | undefined {
  return random.favour(Object.keys(account.targets));
}

/** The policy's filter, mostly: it was made first. */
function aFilter({ account, random }: Scene): string | undefined {
  const [good, ...others] = Object.keys(account.filters);
  return random.chance(0.85) ? good : random.pick(others);
}

const createSession: Intent = (scene) => {
  const { account, random } = scene;
  const bare = Object.values(account.interfaces).filter(
    ({ id, attachment }) =>
      attachment !== null &&
      !Object.values(account.sessions).some(({ interfaceId }) => interfaceId === id) &&
      !Object.values(account.targets).some(({ interfaceId }) => interfaceId === id),
  );
  const source = random.chance(0.7) ? random.pick(bare) : aSource(scene);
  const targetId = random.chance(0.75) ? aTarget(scene) : Object.keys(account.targets).at(-1);
  const filterId = aFilter(scene);
  if (source === undefined || targetId === undefined || filterId === undefined) return undefined;
  const number = random.pick([1, 1, 1, 2, 3]) ?? 1;
  const managed = random.chance(0.3);
  return {
    eventName: 'CreateTrafficMirrorSession',
    params: { id: random.id('tms'), interfaceId: source.id, targetId, filterId, number, managed },
  };
};

const modifySession: Intent = (scene) => {
  const { account, random } = scene;
  const session = random.favour(Object.values(account.sessions));
  if (session === undefined) return undefined;
  const sessionId = session.id;
  const targetId = random.chance(0.7) ? (random.pick(Object.keys(account.targets)) ?? null) : null;
  const filterId = random.chance(0.4) ? (random.pick(Object.keys(account.filters)) ?? null) : null;
  const number = random.chance(0.2) ? 1 + random.below(4) : null;
  return { eventName: 'ModifyTrafficMirrorSession', params: { sessionId, targetId, filterId, number } };
};

const deleteSession: Intent = ({ account, random }) => {
  const session = random.favour(Object.values(account.sessions));
  return session && { eventName: 'DeleteTrafficMirrorSession', params: { sessionId: session.id } };
};

const createFilterRule: Intent = (scene) => {
  const { random } = scene;
  const filterId = aFilter(scene);
  if (filterId === undefined) return undefined;
  const direction = random.chance(0.5) ? 'ingress' : 'egress';
  const action = random.chance(0.5) ? 'reject' : 'accept';
  const number = random.pick([10, 100, 200]) ?? 10;
  const protocol = random.chance(0.6) ? null : 6;
  const params = { id: random.id('tmfr'), filterId, direction, number, action, protocol } as const;
  return { eventName: 'CreateTrafficMirrorFilterRule', params };
};

const changeFilterRule: Intent = ({ account, random }) => {
  const rule = random.favour(Object.values(account.filterRules));
  if (rule === undefined) return undefined;
  const ruleId = rule.id;
  if (random.chance(0.5)) return { eventName: 'DeleteTrafficMirrorFilterRule', params: { ruleId } };
  const action = random.chance(0.8) ? (random.chance(0.5) ? 'reject' : 'accept') : null;
  const number = action === null || random.chance(0.3) ? (random.pick([5, 150, 300]) ?? 5) : null;
  return { eventName: 'ModifyTrafficMirrorFilterRule', params: { ruleId, action, number } };
};

const changeTarget: Intent = (scene) => {
  const { account, random } = scene;
  const targetId = random.pick(Object.keys(account.targets));
  const source = aSource(scene);
  if (targetId === undefined || source === undefined) return undefined;
  return random.chance(0.6)
    ? { eventName: 'DeleteTrafficMirrorTarget', params: { targetId } }
    : { eventName: 'CreateTrafficMirrorTarget', params: { targetId: random.id('tmt'), interfaceId: source.id } };
};

const changeFilter: Intent = ({ account, random }) => {
  const filterId = Object.keys(account.filters).at(-1);
  if (filterId === undefined || random.chance(0.4))
    return { eventName: 'CreateTrafficMirrorFilter', params: { filterId: random.id('tmf') } };
  return { eventName: 'DeleteTrafficMirrorFilter', params: { filterId } };
};

/** The intents on mirroring, each with how often it comes up. */
export const MIRRORING_INTENTS: readonly (readonly [number, Intent])[] = [
  [9, createSession],
  [3, modifySession],
  [5, deleteSession],
  [2, createFilterRule],
  [2, changeFilterRule],
  [1, changeTarget],
  [1, changeFilter],
];
