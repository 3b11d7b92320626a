/** The state of the double: accounts, tables, queues, objects, mails; and what happened to sessions, by whom. */

import type { FakeAccount, Item } from '../../test/support/fake-ec2/account.ts';
import type { Clock } from '../driver/clock.ts';
import { Tables } from './dynamodb.ts';
import { Queue, type QueueSettings } from './queue.ts';
import { ShownSessions } from './shown-sessions.ts';

/** A mail that the topic accepted. */
export interface Mail {
  readonly at: number;
  /** The call that published it: `watch#3/Publish/1`. */
  readonly call: string;
  readonly subject: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A finding that the Security Hub of an account took. */
export interface HubImport {
  readonly at: number;
  readonly accountId: string;
  /** Our id of the finding. */
  readonly findingId: string;
  readonly state: 'ACTIVE' | 'ARCHIVED';
}

/** A change to a mirror session, whoever made it. */
export interface SessionChange {
  readonly at: number;
  readonly by: string;
  readonly accountId: string;
  readonly action: 'created' | 'modified' | 'deleted';
  readonly session: Item;
}

/** A launch or an end of a sensor. */
export interface SensorChange {
  readonly at: number;
  readonly accountId: string;
  readonly action: 'launched' | 'terminated';
  readonly instanceId: string;
}

/** An object in a bucket. */
export interface StoredObject {
  readonly at: number;
  readonly content: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The lists of an account that change, as they were from a time on. */
interface Version {
  readonly at: number;
  readonly items: Item[];
}

/** The lists of which older versions are kept, for stale reads. */
const CHANGING = ['Reservations', 'NetworkInterfaces', 'TrafficMirrorSessions', 'TrafficMirrorTargets'] as const;

const QUARTER_HOUR_MS = 15 * 60_000;

/** The cloud of one world. */
export class Cloud {
  readonly clock: Clock;
  readonly accounts = new Map<string, FakeAccount>();
  readonly tables = new Tables();
  readonly objects = new Map<string, StoredObject>();
  readonly mails: Mail[] = [];
  readonly sessionChanges: SessionChange[] = [];
  /** Creates of a session that was there already, with another client token than it was made with. */
  readonly repeatedCreates: string[] = [];
  /** Which run made each session. */
  readonly sessionMakers = new Map<string, string>();
  readonly shownSessions = new ShownSessions();
  /** Lifecycle hooks that a function completed. */
  readonly completedHooks: string[] = [];
  /** Instances that a function launched or terminated. */
  readonly sensorChanges: SensorChange[] = [];
  /** What GuardDuty suspects and nothing mirrors for that yet, by the resource's id: until when it should be. */
  readonly suspected = new Map<string, number>();
  /** The tags that the configuration requires now. */
  requiredTags: readonly string[] = ['CostCenter'];
  /** Each finding that the hub of an account took, in order. */
  readonly imports: HubImport[] = [];
  readonly stackAnswers: string[] = [];
  readonly queues = new Map<string, Queue>();
  /** Calls by function and operation: `watch/PutItem`. */
  readonly calls = new Map<string, number>();
  private readonly versions = new Map<string, Version[]>();
  private readonly observe: (accountId: string) => void;

  /** `observe` is called after every change of an account. */
  constructor(clock: Clock, observe: (cloud: Cloud, accountId: string) => void) {
    this.clock = clock;
    this.observe = (accountId) => observe(this, accountId);
  }

  addQueue(settings: QueueSettings, wake: (at: number) => void): Queue {
    const queue = new Queue(settings, this.clock, wake);
    this.queues.set(settings.name, queue);
    return queue;
  }

  addAccount(accountId: string, account: FakeAccount): void {
    this.accounts.set(accountId, account);
    this.changed(accountId);
  }

  /** The account. Throws RangeError if the world has no such. */
  account(accountId: string): FakeAccount {
    const found = this.accounts.get(accountId);
    if (found === undefined) throw new RangeError(`the world has no account ${accountId}`);
    return found;
  }

  /** Keeps a version of the account's lists. To be called after every change. */
  changed(accountId: string): void {
    const now = this.clock.now();
    const { lists } = this.account(accountId);
    for (const name of CHANGING) {
      const kept = this.versions.get(`${accountId}/${name}`) ?? [];
      const items = structuredClone(lists[name] ?? []);
      const recent = kept.filter(
        (each, index) => (kept[index + 1]?.at ?? now) > now - QUARTER_HOUR_MS || each.at === now,
      );
      this.versions.set(`${accountId}/${name}`, [...recent, { at: now, items }]);
    }
    this.observe(accountId);
  }

  /** The account as it was `ageMs` ago. */
  before(accountId: string, ageMs: number): FakeAccount {
    const account = this.account(accountId);
    const then = this.clock.now() - ageMs;
    const lists: Record<string, Item[]> = { ...account.lists };
    for (const name of CHANGING) {
      const versions = this.versions.get(`${accountId}/${name}`) ?? [];
      lists[name] = (versions.findLast(({ at }) => at <= then) ?? versions[0])?.items ?? [];
    }
    return { ...account, lists };
  }

  instances(accountId: string): Item[] {
    return (this.account(accountId).lists.Reservations ?? []).flatMap(({ Instances }) => Instances as Item[]);
  }

  /** Ends the sessions on these interfaces: a deleted interface takes its sessions along. */
  dropSessions(accountId: string, networkInterfaceIds: ReadonlySet<string>): void {
    const isDropped = (each: Item): boolean => networkInterfaceIds.has(each.NetworkInterfaceId);
    for (const session of this.sessions(accountId).filter(isDropped))
      this.sessionChanges.push({ at: this.clock.now(), by: 'EC2', accountId, action: 'deleted', session });
    const { lists } = this.account(accountId);
    lists.TrafficMirrorSessions = this.sessions(accountId).filter((each) => !isDropped(each));
  }

  sessions(accountId: string): Item[] {
    return this.account(accountId).lists.TrafficMirrorSessions ?? [];
  }
}
