/** What can happen to a trail, and what a verification has to say of it. Written from CloudTrail's documentation, not from our code. */

import { gunzipSync, gzipSync } from 'node:zlib';
import {
  aDigest,
  aLaunch,
  aLog,
  aScenario,
  FIRST_KEY,
  FOREIGN_KEY,
  hourAt,
  logKeyOf,
  minutesIn,
  NEXT_KEY,
  type Scenario,
  type ScenarioOptions,
  type StoredObject,
} from './scenario.ts';

/** What is said of one object, by the end of its key. */
export type Said = readonly [status: 'invalid' | 'missing' | 'injected' | 'unverified', key: string];

/** The exit code, and every finding in any order. */
export interface Expected {
  readonly code: number;
  readonly found: readonly Said[];
  /** Has to be in the table that is printed. */
  readonly says?: RegExp;
}

/** A trail that something was done to. */
export interface Mutation {
  readonly name: string;
  readonly trail?: ScenarioOptions;
  /** The objects that are there afterwards. */
  readonly mutate: (trail: Scenario) => readonly StoredObject[];
  readonly args?: readonly string[];
  /** What is expected in the bucket. */
  readonly bucket: (trail: Scenario) => Expected;
  /** In a copy of the bucket on this machine, with the digests' metadata, where that differs. */
  readonly copy?: (trail: Scenario) => Expected;
}

const west = ({ chains }: Scenario) => chains[0] ?? missing('chain');
const digest = (trail: Scenario, hour: number): StoredObject => west(trail).digests[hour] ?? missing('digest');
const log = (trail: Scenario, hour: number, at = 0): StoredObject => west(trail).logs[hour]?.[at] ?? missing('log');
const logsOf = (trail: Scenario, ...hours: readonly number[]): readonly StoredObject[] =>
  hours.flatMap((hour) => west(trail).logs[hour] ?? []);

function missing(what: string): never {
  throw new Error(`the scenario has no such ${what}`);
}

const without = (trail: Scenario, ...gone: readonly StoredObject[]): readonly StoredObject[] =>
  trail.objects.filter((object) => !gone.includes(object));
const replaced = (trail: Scenario, one: StoredObject, change: Partial<StoredObject>): readonly StoredObject[] =>
  trail.objects.map((object) => (object === one ? { ...object, ...change } : object));
const edited = ({ bytes }: StoredObject, from: string | RegExp, to: string): { readonly bytes: Buffer } => ({
  bytes: gzipSync(gunzipSync(new Uint8Array(bytes)).toString('utf8').replace(from, to)),
});
const withMember = ({ bytes }: StoredObject): { readonly bytes: Buffer } => ({
  bytes: Buffer.concat([new Uint8Array(bytes), new Uint8Array(gzipSync('{"Records":[]}'))]),
});
const also = (trail: Scenario, ...extra: readonly StoredObject[]): readonly StoredObject[] => [
  ...trail.objects,
  ...extra,
];

const clean = (): Expected => ({ code: 0, found: [] });
const said = (status: Said[0], ...objects: readonly StoredObject[]): readonly Said[] =>
  objects.map(({ key }) => [status, key]);
/** Findings that are proven. */
const wrong = (...found: readonly (readonly Said[])[]): Expected => ({ code: 3, found: found.flat() });
/** The same, and something is not proven. */
const open = (...found: readonly (readonly Said[])[]): Expected => ({ code: 2, found: found.flat() });

const PLACE = { accountId: '111122223333', region: 'eu-west-1' } as const;
/** A log file that somebody else made, with a launch that a scan of the period would judge. */
const forged = (at: Date, launchedAt = minutesIn(1, 7)): StoredObject =>
  aLog({ ...PLACE, at, unique: 'ForgedForgedForg', records: [aLaunch({ ...PLACE, at: launchedAt })] });
const under = (prefix: string, object: StoredObject): StoredObject => ({ ...object, key: `${prefix}${object.key}` });
const inFolder = (folder: string, object: StoredObject): StoredObject => ({
  ...object,
  key: `${folder}${object.key.slice(object.key.lastIndexOf('/') + 1)}`,
});
const nextDay = ({ key }: StoredObject): string => key.replace('/2026/01/02/', '/2026/01/03/');

/** The six ways to lay a log file beside a trail. */
export const INJECTIONS: readonly Mutation[] = [
  {
    name: 'a forged log with a name in the future',
    mutate: (trail) => also(trail, forged(hourAt(30))),
    bucket: () => wrong(said('injected', forged(hourAt(30)))),
  },
  {
    name: 'a forged log with a name from before --since',
    mutate: (trail) => also(trail, forged(minutesIn(0, 15), minutesIn(4, 1))),
    args: ['--since', hourAt(3).toISOString()],
    bucket: () => wrong(said('injected', forged(minutesIn(0, 15)))),
  },
  {
    name: 'a forged log with a name from after --until',
    mutate: (trail) => also(trail, forged(minutesIn(4, 15))),
    args: ['--until', hourAt(3).toISOString()],
    bucket: () => wrong(said('injected', forged(minutesIn(4, 15)))),
  },
  {
    name: "a forged log in the account's folder",
    mutate: (trail) => also(trail, inFolder('AWSLogs/111122223333/', { ...forged(hourAt(1)), key: 'extra.json.gz' })),
    bucket: () => wrong([['injected', 'AWSLogs/111122223333/extra.json.gz']]),
  },
  {
    name: 'a forged log in a foreign folder',
    mutate: (trail) => also(trail, inFolder('elsewhere/', forged(minutesIn(1, 15)))),
    bucket: () => open(said('unverified', inFolder('elsewhere/', forged(minutesIn(1, 15))))),
    // A download may drop all folders, so here it could be one of the trail's.
    copy: () => wrong(said('injected', inFolder('elsewhere/', forged(minutesIn(1, 15))))),
  },
  {
    name: 'a forged copy of a log under another prefix',
    mutate: (trail) => also(trail, under('older/', { ...log(trail, 2), ...edited(log(trail, 2), 'rosa', 'eve!') })),
    bucket: (trail) => open(said('unverified', under('older/', log(trail, 2)))),
    copy: (trail) => wrong(said('injected', under('older/', log(trail, 2)))),
  },
];

export const MUTATIONS: readonly Mutation[] = [
  { name: 'nothing', mutate: ({ objects }) => objects, bucket: clean },
  {
    name: 'a byte of a log flipped',
    mutate: (trail) => replaced(trail, log(trail, 2), edited(log(trail, 2), 'rosa', 'rosb')),
    bucket: (trail) => wrong(said('invalid', log(trail, 2))),
  },
  {
    name: 'a byte of a digest flipped',
    mutate: (trail) => replaced(trail, digest(trail, 2), edited(digest(trail, 2), /"hashValue":"./, '"hashValue":"x')),
    bucket: (trail) => open(said('invalid', digest(trail, 2)), said('unverified', ...logsOf(trail, 2))),
  },
  {
    name: 'one log deleted',
    mutate: (trail) => without(trail, log(trail, 2)),
    bucket: (trail) => wrong(said('missing', log(trail, 2))),
  },
  {
    name: 'one digest deleted',
    mutate: (trail) => without(trail, digest(trail, 2)),
    bucket: (trail) => open(said('missing', digest(trail, 2)), said('unverified', ...logsOf(trail, 2))),
  },
  {
    name: 'two digests in a row deleted',
    mutate: (trail) => without(trail, digest(trail, 2), digest(trail, 3)),
    bucket: (trail) => ({
      ...open(said('missing', digest(trail, 3)), said('unverified', ...logsOf(trail, 2, 3))),
      says: /1 before it missing too/,
    }),
  },
  {
    name: 'two digests in a row deleted, and their logs',
    mutate: (trail) => without(trail, digest(trail, 2), digest(trail, 3), ...logsOf(trail, 2, 3)),
    bucket: (trail) => ({ ...wrong(said('missing', digest(trail, 3))), says: /1 before it missing too/ }),
  },
  {
    name: 'a log moved to another day',
    mutate: (trail) => replaced(trail, log(trail, 2), { key: nextDay(log(trail, 2)) }),
    bucket: (trail) => wrong(said('missing', log(trail, 2)), [['injected', nextDay(log(trail, 2))]]),
    copy: (trail) => ({ ...wrong([['invalid', nextDay(log(trail, 2))]]), says: /has been moved/ }),
  },
  {
    name: 'a digest moved to another day',
    mutate: (trail) => replaced(trail, digest(trail, 2), { key: nextDay(digest(trail, 2)) }),
    bucket: (trail) => ({
      ...open(
        [['invalid', nextDay(digest(trail, 2))]],
        said('missing', digest(trail, 2)),
        said('unverified', ...logsOf(trail, 2)),
      ),
      says: /has been moved/,
    }),
  },
  {
    name: 'two logs exchanged',
    mutate: (trail) =>
      trail.objects.map((object) => {
        if (object === log(trail, 1)) return { ...object, bytes: log(trail, 2).bytes };
        return object === log(trail, 2) ? { ...object, bytes: log(trail, 1).bytes } : object;
      }),
    bucket: (trail) => wrong(said('invalid', log(trail, 1), log(trail, 2))),
  },
  {
    name: 'the metadata of a digest stripped',
    mutate: (trail) => replaced(trail, digest(trail, 2), { metadata: undefined }),
    bucket: (trail) => open(said('invalid', digest(trail, 2)), said('unverified', ...logsOf(trail, 2))),
    // A download loses the metadata of every digest. The next one has the signature.
    copy: clean,
  },
  {
    name: 'a gzip member appended to a log',
    mutate: (trail) => replaced(trail, log(trail, 2), withMember(log(trail, 2))),
    bucket: (trail) => wrong(said('invalid', log(trail, 2))),
  },
  {
    name: 'a gzip member appended to a digest',
    mutate: (trail) => replaced(trail, digest(trail, 2), withMember(digest(trail, 2))),
    bucket: (trail) => open(said('invalid', digest(trail, 2)), said('unverified', ...logsOf(trail, 2))),
  },
  {
    name: "the trail's key rotated",
    trail: { keyOf: (hour) => (hour < 3 ? FIRST_KEY : NEXT_KEY) },
    mutate: ({ objects }) => objects,
    bucket: clean,
  },
  {
    name: 'a digest signed with a key that AWS does not list',
    mutate: (trail) => replaced(trail, digest(trail, 5), resigned(trail, 5)),
    // The log files of the last hour are younger than two hours.
    bucket: (trail) => wrong(said('invalid', digest(trail, 5))),
  },
  {
    name: 'the bucket of the trail changed',
    trail: { bucketOf: (hour) => (hour < 3 ? 'older-bucket' : 'trail-bucket') },
    mutate: ({ objects }) => objects,
    bucket: () => ({ ...clean(), says: /older-bucket/ }),
    copy: clean,
  },
  {
    name: 'the bucket of the trail changed after --since',
    trail: { bucketOf: (hour) => (hour < 3 ? 'older-bucket' : 'trail-bucket') },
    mutate: ({ objects }) => objects,
    args: ['--since', hourAt(0).toISOString()],
    bucket: (trail) => open(trail.chains.flatMap(({ digests }) => said('unverified', ...digests.slice(2, 3)))),
    copy: clean,
  },
  {
    name: 'a log that was late, in a backfill digest',
    trail: { lateIn: 2 },
    mutate: ({ objects }) => objects,
    bucket: clean,
  },
  {
    name: 'a log that was late, changed',
    trail: { lateIn: 2 },
    mutate: (trail) => replaced(trail, log(trail, 2, 1), edited(log(trail, 2, 1), 'rosa', 'rosb')),
    bucket: (trail) => wrong(said('invalid', log(trail, 2, 1))),
  },
  {
    name: 'a second digest that continues the same one',
    mutate: (trail) => also(trail, fork(trail)),
    bucket: (trail) => ({ ...wrong(said('invalid', fork(trail))), says: /fork/ }),
  },
  {
    name: 'the end cut off',
    mutate: (trail) => without(trail, ...[3, 4, 5].flatMap((hour) => [digest(trail, hour), ...logsOf(trail, hour)])),
    bucket: (trail) => wrong(said('missing', digest(trail, 2))),
    // Nobody knows when a copy was made.
    copy: clean,
  },
  {
    name: 'the last digest cut off, with an --until that is long past',
    mutate: (trail) => without(trail, digest(trail, 5), ...logsOf(trail, 5)),
    args: ['--until', hourAt(6).toISOString(), '--now', hourAt(48).toISOString()],
    bucket: (trail) => wrong(said('missing', digest(trail, 4))),
  },
  {
    name: 'the start cut off',
    mutate: (trail) => without(trail, ...[0, 1].flatMap((hour) => [digest(trail, hour), ...logsOf(trail, hour)])),
    bucket: () => ({ ...clean(), says: /starts at 2026-01-02 02:00 UTC/ }),
  },
  {
    name: 'the start cut off after --since',
    mutate: (trail) => without(trail, ...[0, 1].flatMap((hour) => [digest(trail, hour), ...logsOf(trail, hour)])),
    args: ['--since', hourAt(0).toISOString()],
    bucket: (trail) => wrong(said('missing', digest(trail, 1))),
  },
  {
    name: 'a second copy of a log under another prefix',
    mutate: (trail) => also(trail, under('older/', log(trail, 2))),
    bucket: (trail) => open(said('unverified', under('older/', log(trail, 2)))),
    copy: (trail) => wrong(said('injected', under('older/', log(trail, 2)))),
  },
  {
    name: 'a forged log whose name and folder differ',
    mutate: (trail) => also(trail, misplaced()),
    bucket: () => wrong(said('injected', misplaced())),
  },
  {
    name: 'a forged log of the last hour whose records are of another account',
    mutate: (trail) => also(trail, ofAnother()),
    bucket: () => wrong(said('injected', ofAnother())),
  },
  {
    name: 'a region that is asked for and absent',
    mutate: ({ objects }) => objects,
    args: ['--regions', 'eu-west-1,ap-east-1'],
    bucket: () => ({ code: 2, found: [] }),
  },
  {
    name: 'an account that is asked for and absent',
    mutate: ({ objects }) => objects,
    args: ['--accounts', '111122223333,999988887777'],
    bucket: () => ({ code: 2, found: [] }),
  },
  {
    name: 'a log that is not due in a digest yet',
    mutate: (trail) => also(trail, aLog({ ...PLACE, at: minutesIn(6, 5) })),
    bucket: clean,
  },
  ...INJECTIONS,
];

function resigned(trail: Scenario, hour: number): Partial<StoredObject> {
  const { bucket } = trail;
  const logs = logsOf(trail, hour);
  const { bytes, metadata } = aDigest({
    ...PLACE,
    bucket,
    hour,
    key: FOREIGN_KEY,
    previous: digest(trail, hour - 1),
    logs,
  });
  return { bytes, metadata };
}

/** Continues the digest of the third hour, as that of the fourth does, and ends half an hour later. */
function fork(trail: Scenario): StoredObject {
  const { bucket } = trail;
  return aDigest({
    ...PLACE,
    bucket,
    hour: 3,
    endsAt: minutesIn(4, 30),
    key: FIRST_KEY,
    previous: digest(trail, 2),
    logs: [],
  });
}

function misplaced(): StoredObject {
  const at = minutesIn(5, 30);
  const name = logKeyOf({ accountId: '222233334444', region: 'eu-west-1', at, unique: 'ForgedForgedForg' });
  const file = name.slice(name.lastIndexOf('/') + 1);
  return { ...forged(at), key: `AWSLogs/111122223333/CloudTrail/eu-west-1/2026/01/02/${file}` };
}

function ofAnother(): StoredObject {
  const at = minutesIn(6, 5);
  const records = [aLaunch({ accountId: '999988887777', region: 'eu-west-1', at: minutesIn(6, 1) })];
  return aLog({ ...PLACE, at, unique: 'ForgedForgedForg', records });
}

/** The mutations applied: each with its trail and the objects that are left. */
export const scenarioOf = ({ trail }: Mutation): Scenario => aScenario(trail);
