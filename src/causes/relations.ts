/** Which resources belonged together at some time, by the records: what an account as it stands no longer shows. */

import type { CellKind, CellValues } from './cells.ts';
import type { AnyEffect, Effect } from './effects/effect.ts';

/** What the records say a session was on and where it went, at some time. */
export interface RecordedSession {
  readonly networkInterfaceId?: string | undefined;
  readonly trafficMirrorTargetId?: string | undefined;
  readonly trafficMirrorFilterId?: string | undefined;
  /** True when a call changed where it goes, and no record tells where it went before. */
  readonly wentElsewhere?: boolean | undefined;
}

/** Resources that belonged together at some time, in one direction each. */
export interface Relations {
  readonly interfacesOf: ReadonlyMap<string, ReadonlySet<string>>;
  readonly instancesOf: ReadonlyMap<string, ReadonlySet<string>>;
  readonly sessionsOn: ReadonlyMap<string, ReadonlySet<string>>;
  readonly sessions: ReadonlyMap<string, readonly RecordedSession[]>;
  /** By target or filter. */
  readonly sessionsUsing: ReadonlyMap<string, ReadonlySet<string>>;
  readonly interfaces: ReadonlyMap<string, { readonly subnetId?: string | undefined }>;
  readonly targets: ReadonlyMap<string, NonNullable<CellValues['target']>>;
  readonly targetsAt: ReadonlyMap<string, ReadonlySet<string>>;
  readonly groupsOf: ReadonlyMap<string, ReadonlySet<string>>;
  /** Interfaces that had other groups at some time, which no record tells. */
  readonly lostGroups: ReadonlySet<string>;
  /** Subnets that had another network ACL or route table at some time, which no record tells. */
  readonly lostAcls: ReadonlySet<string>;
  readonly lostTables: ReadonlySet<string>;
  readonly aclsOf: ReadonlyMap<string, ReadonlySet<string>>;
  readonly tablesOf: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Collects the relations from the values before and after each effect. */
export function relationsOf(calls: readonly { readonly effects: readonly AnyEffect[] }[]): Relations {
  const relations = {
    interfacesOf: new Map<string, Set<string>>(),
    instancesOf: new Map<string, Set<string>>(),
    sessionsOn: new Map<string, Set<string>>(),
    sessions: new Map<string, RecordedSession[]>(),
    sessionsUsing: new Map<string, Set<string>>(),
    interfaces: new Map<string, { readonly subnetId?: string | undefined }>(),
    targets: new Map<string, NonNullable<CellValues['target']>>(),
    targetsAt: new Map<string, Set<string>>(),
    groupsOf: new Map<string, Set<string>>(),
    lostGroups: new Set<string>(),
    lostAcls: new Set<string>(),
    lostTables: new Set<string>(),
    aclsOf: new Map<string, Set<string>>(),
    tablesOf: new Map<string, Set<string>>(),
  };
  for (const { effects } of calls) for (const effect of effects) collect(effect, relations);
  return relations;
}

type Writable<T> = {
  -readonly [K in keyof T]: T[K] extends ReadonlyMap<infer I, infer V> ? Map<I, Loose<V>> : Loose<T[K]>;
};
type Loose<V> = V extends ReadonlySet<infer S> ? Set<S> : V extends readonly (infer E)[] ? E[] : V;

function collect(effect: AnyEffect, relations: Writable<Relations>): void {
  switch (effect.cell.kind) {
    case 'attachment':
      for (const value of valuesOf(effect as Effect<'attachment'>)) {
        if (value.instanceId === undefined) continue;
        add(relations.interfacesOf, value.instanceId, effect.cell.id);
        add(relations.instancesOf, effect.cell.id, value.instanceId);
      }
      return;
    case 'interface':
      for (const value of valuesOf(effect as Effect<'interface'>)) {
        relations.interfaces.set(effect.cell.id, value);
        const instanceId = value.attachment?.instanceId;
        if (instanceId !== undefined) add(relations.interfacesOf, instanceId, effect.cell.id);
      }
      return;
    case 'session':
      collectSession(effect as Effect<'session'>, relations);
      return;
    case 'target':
      for (const value of valuesOf(effect as Effect<'target'>)) {
        relations.targets.set(effect.cell.id, value);
        if (value.type === 'network-interface') add(relations.targetsAt, value.networkInterfaceId, effect.cell.id);
      }
      return;
    case 'groups':
      if (effect.before === undefined) relations.lostGroups.add(effect.cell.id);
      for (const value of valuesOf(effect as Effect<'groups'>))
        for (const id of value) add(relations.groupsOf, effect.cell.id, id);
      return;
    case 'acl':
      if (effect.before === undefined) relations.lostAcls.add(effect.cell.id);
      for (const value of valuesOf(effect as Effect<'acl'>)) add(relations.aclsOf, effect.cell.id, value);
      return;
    case 'table':
      if (effect.before === undefined) relations.lostTables.add(effect.cell.id);
      for (const value of valuesOf(effect as Effect<'table'>)) add(relations.tablesOf, effect.cell.id, value);
      return;
    case 'instance':
    case 'state':
    case 'type':
    case 'tag':
    case 'permission':
    case 'entry':
    case 'route':
    case 'filter':
    case 'filterRule':
      return;
  }
}

/** A change of a session whose value before is lost still names the fields it set. */
function collectSession(effect: Effect<'session'>, { sessions, sessionsOn, sessionsUsing }: Writable<Relations>): void {
  const known = valuesOf(effect);
  const blank = {
    trafficMirrorSessionId: '',
    networkInterfaceId: '',
    trafficMirrorTargetId: '',
    trafficMirrorFilterId: '',
  };
  const named = known.length === 0 ? effect.alter?.({ ...blank, sessionNumber: 0, tags: [] }) : undefined;
  for (const session of named === undefined || named === null ? known : [named]) {
    const wentElsewhere = session.trafficMirrorTargetId !== '' || session.trafficMirrorFilterId !== '';
    const recorded = session === named ? { ...session, wentElsewhere } : session;
    const list = sessions.get(effect.cell.id);
    if (list === undefined) sessions.set(effect.cell.id, [recorded]);
    else list.push(recorded);
    for (const used of [session.trafficMirrorTargetId, session.trafficMirrorFilterId])
      if (used !== '') add(sessionsUsing, used, effect.cell.id);
    if (session.networkInterfaceId !== '') add(sessionsOn, session.networkInterfaceId, effect.cell.id);
  }
}

function valuesOf<K extends CellKind>({ before, after }: Effect<K>): readonly NonNullable<CellValues[K]>[] {
  const values: NonNullable<CellValues[K]>[] = [];
  if (before !== undefined && before !== null) values.push(before);
  if (after !== null) values.push(after);
  return values;
}

function add(relations: Map<string, Set<string>>, key: string, id: string): void {
  const known = relations.get(key);
  if (known === undefined) relations.set(key, new Set([id]));
  else known.add(id);
}
