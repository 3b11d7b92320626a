/** Other values that the account may have had before the logs, one cell at a time. */

import type { RuleId } from '../../../../src/audit/finding.ts';
import { type Account, drop, type EntityOf, put, type Session, sortedTags, type TableName } from '../account.ts';
import type { Past } from './relevant.ts';

/** Another value of one cell. Of the alternatives of one cell, one past can have only one. */
export interface Alternative {
  readonly cell: string;
  /** The past with this value. */
  readonly edit: (past: Past) => Past;
}

/** What the alternatives are made for. */
export interface Question {
  readonly past: Past;
  /** The account after all calls, which every other past has to reach. */
  readonly final: Account;
  readonly rule: RuleId;
  readonly resourceId: string;
  /** The instance that the question is about; for a session, that of its source. */
  readonly instanceIds: readonly string[];
  /** Interfaces that were on the instance at any time. */
  readonly interfaceIds: readonly string[];
  /** The values of tags that decide: by key, those that comply and those that do not. Null is the absent tag. */
  readonly tagValues: Readonly<Record<string, readonly (string | null)[]>>;
}

/** An alternative that changes the account before the logs. */
export function initially(cell: string, edit: (account: Account) => Account): Alternative {
  return { cell, edit: ({ initial, calls }) => ({ initial: edit(initial), calls }) };
}

/** Other values of an entity that was there before the logs; none when it was not. */
export function others<K extends TableName>(
  { past }: Question,
  table: K,
  key: string,
  changes: readonly Partial<EntityOf<K>>[],
): readonly Alternative[] {
  if (past.initial[table][key] === undefined) return [];
  return changes.map((change) =>
    initially(`${table}:${key}`, (account) => {
      const entities = account[table];
      const changed = { ...entities, [key]: { ...entities[key], ...change } };
      return { ...account, [table]: changed };
    }),
  );
}

/** The other values of these tags of an instance that was there before the logs. */
export function otherTags({ past, tagValues }: Question, instanceId: string, keys: readonly string[]): Alternative[] {
  if (past.initial.instances[instanceId] === undefined) return [];
  return keys.flatMap((key) =>
    (tagValues[key] ?? []).map((value) =>
      initially(`tag:${instanceId}:${key}`, (account) => {
        const instance = account.instances[instanceId];
        if (instance === undefined) return account;
        const { [key]: _, ...rest } = instance.tags;
        const tags = sortedTags(value === null ? rest : { ...rest, [key]: value });
        return put(account, 'instances', instanceId, { ...instance, tags });
      }),
    ),
  );
}

/** The other groups that an interface may have had: each group of its VPC alone. */
export function otherGroups(question: Question, interfaceId: string): readonly Alternative[] {
  const { interfaces, subnets, groups } = question.past.initial;
  const vpcId = subnets[interfaces[interfaceId]?.subnetId ?? '']?.vpcId;
  const possible = Object.values(groups).filter((group) => group.vpcId === vpcId);
  return others(
    question,
    'interfaces',
    interfaceId,
    possible.map(({ id }) => ({ groupIds: [id] })),
  );
}

/**
 * Where a session whose deletion names only its id may have been: on the resource's interfaces, with each target, or on
 * another interface, where it does not matter to the resource.
 */
export function otherSessions({ past, interfaceIds }: Question, sessionId: string): readonly Alternative[] {
  const { initial } = past;
  const true_ = initial.sessions[sessionId];
  if (true_ === undefined) return [];
  const targets = Object.keys(initial.targets);
  const filters = Object.keys(initial.filters);
  const sources = Object.values(initial.interfaces).filter(({ id }) => !isTargets(id, initial));
  const own = sources.filter(({ id }) => interfaceIds.includes(id));
  const [elsewhere] = sources.filter(({ id }) => !interfaceIds.includes(id) && id !== true_.interfaceId);
  const here = own.flatMap(({ id: interfaceId }) => [
    ...targets.map((targetId) => ({ interfaceId, targetId, filterId: filters[0] ?? '' })),
    { interfaceId, targetId: targets[0] ?? '', filterId: filters[1] ?? '' },
    { interfaceId, targetId: targets.at(-1) ?? '', filterId: filters[0] ?? '', managed: !true_.managed },
    // With a number that no recorded call takes.
    ...targets.map((targetId) => ({ interfaceId, targetId, filterId: filters[0] ?? '', number: 9 })),
  ]);
  const away = elsewhere === undefined ? [] : [{ interfaceId: elsewhere.id }];
  return [...here, ...away].map((change) => moved(true_, change));
}

function isTargets(interfaceId: string, { targets }: Account): boolean {
  return Object.values(targets).some((target) => target.interfaceId === interfaceId);
}

/** Another value of a session, with a number that is free on its interface. */
export function moved(session: Session, change: Partial<Session>): Alternative {
  return initially(`sessions:${session.id}`, (account) => {
    const without = drop(account, 'sessions', [session.id]);
    const wanted = { ...session, ...change };
    const taken = Object.values(without.sessions)
      .filter(({ interfaceId }) => interfaceId === wanted.interfaceId)
      .map(({ number }) => number);
    const number = [wanted.number, 1, 2, 3, 4].find((each) => !taken.includes(each)) ?? wanted.number;
    return put(account, 'sessions', session.id, { ...wanted, number });
  });
}
