/** The composition root of the live world: every port, each adapter loaded when it is first called. */

import type { Publisher } from '../alert/send-alert.ts';
import type { Config } from '../config.ts';
import type { LogStore } from '../delivery/fetch-log.ts';
import { PipelineError } from '../errors.ts';
import { type Scope, scopeKey } from '../inventory/inventory.ts';
import type { InventorySource } from '../inventory/load-inventory.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { MirrorWriter } from '../remediation/apply-plan.ts';
import type { SensorLauncher } from '../remediation/sensors/sensor-launcher.ts';
import type { Accounts, AssumeRole } from './accounts.ts';
import { sdkClients } from './clients.ts';
import { ageingCache, SLOW_LIST_MS } from './ec2/cache.ts';
import { LAUNCHING_PACE, MUTATING_PACE, tokenBucket } from './ec2/pace.ts';
import { recentSessions } from './ec2/recent-sessions.ts';
import type { Tasks } from './ec2/tasks.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { TrailPublicKey } from './public-keys.ts';
import type { Queues } from './queues.ts';
import type { ReportStore } from './report-store.ts';
import type { S3ByRegion } from './s3-log-store.ts';
import type { SecurityHub } from './security-hub.ts';

/** What of the configuration and the surroundings the adapters need. */
export interface AwsOptions {
  /** The home region: of queues and buckets that do not name theirs, of STS and of the ledger. */
  readonly region: string;
  /** The account of the credentials; asked of STS when it is not known. */
  readonly ownAccountId?: string | undefined;
  readonly assumeRole?: AssumeRole | undefined;
  /** Accounts that are watched. @default the own account */
  readonly accounts?: readonly string[] | undefined;
  /** Regions that are watched. @default the home region */
  readonly regions?: readonly string[] | undefined;
  /** Addresses buckets by path, as an endpoint of one's own (`AWS_ENDPOINT_URL`) needs it. @default false */
  readonly pathStyle?: boolean | undefined;
  readonly now?: (() => Date) | undefined;
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
}

/** The ports on AWS. None makes a call, or loads its adapter, before one of its methods is called. */
export interface AwsPorts {
  readonly accounts: Accounts;
  readonly logs: LogStore;
  readonly inventory: InventorySource;
  readonly writer: MirrorWriter;
  readonly launcher: SensorLauncher;
  readonly queues: Queues;
  readonly tasks: Tasks;
  readonly lifecycle: Lifecycle;
  /** Mail over a topic, in the region that its ARN names. */
  publisher(topicArn: string): Publisher;
  /** The ledger in a table; `region` when it is not the home region. */
  ledger(table: string, region?: string): Ledger;
  /** A ledger in memory, for a function without a table: it is forgotten with the process. */
  memoryLedger(): Ledger;
  reportStore(bucket: string): ReportStore;
  securityHub(region?: string): SecurityHub;
  /** @see readConfigText */
  configText(source: string, readFile: (path: string) => Promise<string>): Promise<string>;
  publicKeys(
    region: string,
    period: { readonly since: Date; readonly until: Date },
  ): Promise<readonly TrailPublicKey[]>;
}

/** What surrounds the program and no configuration says. */
export type Surroundings = Omit<AwsOptions, 'region' | 'assumeRole' | 'accounts'> & { readonly region?: string };

/**
 * The live world as a configuration has it. The home region is the configuration's, else that of the surroundings, else the
 * SDK's. The accounts that are watched are those of `trail.accounts` where a role to assume there is configured, else the own one.
 *
 * @throws PipelineError `config-invalid` when no region is named anywhere
 */
export async function openAws(
  config: Pick<Config, 'region' | 'assumeRole' | 'trail'>,
  surroundings: Surroundings = {},
): Promise<AwsPorts> {
  const region = config.region ?? surroundings.region ?? (await (await import('./credentials.ts')).surroundingRegion());
  if (region === undefined) {
    throw new PipelineError('config-invalid', 'no AWS region: set region in the configuration, or AWS_REGION');
  }
  const { assumeRole, trail } = config;
  return awsPorts({
    ...surroundings,
    region,
    ...(assumeRole === undefined ? {} : { assumeRole }),
    ...(assumeRole === undefined || trail.accounts.length === 0 ? {} : { accounts: trail.accounts }),
  });
}

/**
 * The live world. Make one and keep it across warm invocations: it holds connections, assumed credentials, the throttle's
 * measure, slow-changing lists for a minute and our own last writes.
 */
export function awsPorts(options: AwsOptions): AwsPorts {
  const { region, now = () => new Date() } = options;
  const { sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms)) } = options;
  const clock = (): number => now().getTime();
  const clients = sdkClients((scope) => accounts.credentialsFor(scope));
  const accounts = lazily<Accounts>(['own', 'credentialsFor'], async () => {
    const { stsAccounts } = await import('./accounts.ts');
    const { ownAccountId, assumeRole } = options;
    return stsAccounts({
      clients,
      region,
      now: clock,
      ...(assumeRole === undefined ? {} : { assumeRole }),
      ...(ownAccountId === undefined ? {} : { ownAccountId }),
    });
  });
  const recent = recentSessions(clock);
  const cache = ageingCache(SLOW_LIST_MS, clock);
  const s3 = once(async (): Promise<S3ByRegion> => {
    const { s3ByRegion } = await import('./s3-log-store.ts');
    return s3ByRegion(clients, region, options.pathStyle ?? false);
  });
  const scopes = async (): Promise<readonly Scope[]> => {
    const ids = options.accounts ?? [await accounts.own()];
    return ids.flatMap((accountId) => (options.regions ?? [region]).map((each) => ({ accountId, region: each })));
  };
  const store = once(async () => (await import('./s3-log-store.ts')).s3LogStore(await s3()));

  return {
    accounts,
    logs: {
      ...lazily<Omit<LogStore, 'list'>>(['fetch', 'folders'], store),
      async *list(...prefix) {
        yield* (await store()).list(...prefix);
      },
    },
    inventory: lazily<InventorySource>(['load', 'scopes'], async () =>
      (await import('./ec2/inventory.ts')).ec2InventorySource({ clients, cache, recent, scopes }),
    ),
    writer: lazily<MirrorWriter>(
      ['createSession', 'modifySession', 'deleteSession', 'sessionsOf', 'createTarget'],
      async () =>
        (await import('./ec2/mirror-writer.ts')).ec2MirrorWriter(
          clients,
          tokenBucket({ ...MUTATING_PACE, now: clock, sleep }),
          recent,
          (scope) => cache.forget(`${scopeKey(scope)}:TrafficMirrorTargets`),
        ),
    ),
    launcher: lazily<SensorLauncher>(['launch', 'describe', 'targetOn', 'terminate'], async () =>
      (await import('./ec2/sensor-launcher.ts')).ec2SensorLauncher(
        clients,
        tokenBucket({ ...LAUNCHING_PACE, now: clock, sleep }),
      ),
    ),
    queues: lazily<Queues>(['receive', 'remove', 'hide', 'send', 'sendInOrder'], async () =>
      (await import('./queues.ts')).sqsQueues(clients, region),
    ),
    tasks: lazily<Tasks>(['describe'], async () => (await import('./ec2/tasks.ts')).ecsTasks(clients)),
    lifecycle: lazily<Lifecycle>(['complete'], async () =>
      (await import('./lifecycle.ts')).autoScalingLifecycle(clients),
    ),
    publisher: (topicArn) =>
      lazily<Publisher>(['publish'], async () => (await import('./sns-publisher.ts')).snsPublisher(clients, topicArn)),
    ledger: (table, tableRegion = region) =>
      lazily<Ledger>(['record', 'entries', 'runs', 'claim', 'settle'], async () =>
        (await import('./ledger/dynamodb-ledger.ts')).dynamoDbLedger(clients, { table, region: tableRegion }),
      ),
    memoryLedger: () =>
      lazily<Ledger>(['record', 'entries', 'runs', 'claim', 'settle'], async () => {
        const [{ ledgerOn }, { memoryTable }] = await Promise.all([
          import('./ledger/dynamodb-ledger.ts'),
          import('./ledger/memory-table.ts'),
        ]);
        return ledgerOn(memoryTable());
      }),
    reportStore: (bucket) =>
      lazily<ReportStore>(['put'], async () => (await import('./report-store.ts')).s3ReportStore(await s3(), bucket)),
    securityHub: (hubRegion = region) =>
      lazily<SecurityHub>(['importFindings'], async () =>
        (await import('./security-hub.ts')).securityHub(clients, hubRegion),
      ),
    configText: async (source, readFile) => {
      const { readConfigText } = await import('./config-text.ts');
      return readConfigText(source, { clients, s3, region, readFile });
    },
    publicKeys: async (...asked) => (await import('./public-keys.ts')).listPublicKeys(clients, ...asked),
  };
}

type Asynchronous = { readonly [name: string]: (...args: never[]) => Promise<unknown> };

/** A port whose adapter is loaded by its first call: what a function does not use costs it no start-up. */
function lazily<T>(methods: readonly (keyof T & string)[], load: () => Promise<T>): T {
  const loaded = once(load);
  const calls = methods.map((name) => [
    name,
    async (...args: never[]) => {
      const adapter = (await loaded()) as unknown as Asynchronous;
      return adapter[name]?.(...args);
    },
  ]);
  return Object.fromEntries(calls) as T;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
