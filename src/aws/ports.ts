/** The composition root of the live world: every port on AWS, with adapters that load on their first call. */

import type { Publisher } from '../alert/send-alert.ts';
import type { Config } from '../config.ts';
import type { LogStore } from '../delivery/fetch-log.ts';
import { PipelineError } from '../errors.ts';
import type { HistoryStore } from '../history/history-store.ts';
import type { StateMachine } from '../history/run/state-machine.ts';
import { type Scope, scopeKey } from '../inventory/inventory.ts';
import type { InventorySource } from '../inventory/load-inventory.ts';
import type { FullLedger } from '../ledger/change-log.ts';
import type { MirrorWriter } from '../remediation/apply-plan.ts';
import type { SensorLauncher } from '../remediation/sensors/sensor-launcher.ts';
import type { Accounts, AssumeRole } from './accounts.ts';
import { type Clients, sdkClients } from './clients.ts';
import type { StoredText } from './config-text.ts';
import { ageingCache, SLOW_LIST_MS } from './ec2/cache.ts';
import { LAUNCHING_PACE, MUTATING_PACE, tokenBucket } from './ec2/pace.ts';
import { recentSessions } from './ec2/recent-sessions.ts';
import type { Tasks } from './ec2/tasks.ts';
import { historyStore, stateMachineAt } from './history-store.ts';
import type { CallLimits } from './http/limits.ts';
import { lazily, once } from './lazily.ts';
import type { ConfigVersions } from './ledger/config-versions.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { TrailPublicKey } from './public-keys.ts';
import type { Queues } from './queues.ts';
import type { ReportStore } from './s3/report-store.ts';
import type { S3ByRegion } from './s3/s3-log-store.ts';
import type { SecurityHub } from './security-hub.ts';

/** What the adapters need from the configuration and the environment. */
export interface AwsOptions {
  /** The home region: for STS, the ledger, and queues and buckets that do not name their own. */
  readonly region: string;
  /** The account of our credentials. STS is asked if it is absent. */
  readonly ownAccountId?: string | undefined;
  readonly assumeRole?: AssumeRole | undefined;
  /** The watched accounts. @default our own */
  readonly accounts?: readonly string[] | undefined;
  /** Accounts whose shared targets are trusted: the role may be assumed there too, to see what is behind the targets. @default none */
  readonly trustedOwners?: readonly string[] | undefined;
  /** The accounts that own buckets, by bucket. @default not known: S3 does not check it */
  readonly bucketOwners?: Readonly<Record<string, string>> | undefined;
  /** The account that owns the buckets of the configuration and of reports. @default the account of our credentials */
  readonly stackAccountId?: string | undefined;
  /** The watched regions. @default the home region */
  readonly regions?: readonly string[] | undefined;
  /** Address buckets by path, which custom endpoints (`AWS_ENDPOINT_URL`) need. @default false */
  readonly pathStyle?: boolean | undefined;
  /**
   * Shares slow-changing lists with the other functions, through this table in the home region: `publish` writes what was read, `take`
   * takes over what another function has just read. @default not shared
   */
  readonly sharedLists?: { readonly table: string; readonly use: 'publish' | 'take' } | undefined;
  /** How long calls may take. @default CALL_LIMITS */
  readonly limits?: CallLimits | undefined;
  readonly now?: (() => Date) | undefined;
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
}

/** The ports on AWS. None loads its adapter or calls AWS before one of its methods is called. */
export interface AwsPorts {
  /** A moment of this machine's clock by AWS's, as far as the answers so far show a difference. */
  time(date: Date): Date;
  readonly accounts: Accounts;
  readonly logs: LogStore;
  readonly inventory: InventorySource;
  readonly writer: MirrorWriter;
  readonly launcher: SensorLauncher;
  readonly queues: Queues;
  readonly tasks: Tasks;
  readonly lifecycle: Lifecycle;
  /** Mail through a topic, in the region of its ARN. */
  publisher(topicArn: string): Publisher;
  /** The ledger in a table. @default the home region */
  ledger(table: string, region?: string): FullLedger;
  /** A ledger in memory, for a function without a table. It ends with the process. */
  memoryLedger(): FullLedger;
  /** Which configurations functions used, in the ledger's table in the home region. */
  configVersions(table: string): ConfigVersions;
  reportStore(bucket: string): ReportStore;
  /** The files of a plan or of a result below a prefix, which ends in no `/`. */
  historyStore(bucket: string, prefix: string): HistoryStore;
  /** The state machine at this ARN. */
  stateMachine(arn: string): StateMachine;
  securityHub(region?: string): SecurityHub;
  /** @see readConfigText */
  configText(source: string, readFile?: (path: string) => Promise<string>): Promise<StoredText>;
  publicKeys(
    region: string,
    period: { readonly since: Date; readonly until: Date },
  ): Promise<readonly TrailPublicKey[]>;
}

/** What comes from the environment and not from the configuration. */
export type Surroundings = Omit<AwsOptions, 'region' | 'assumeRole' | 'accounts' | 'bucketOwners' | 'trustedOwners'> & {
  readonly region?: string;
};

/**
 * The live world for a configuration. The home region is the configuration's, else the environment's, else the SDK's. The watched
 * accounts are `trail.accounts` if a role to assume in them is configured, else only our own.
 *
 * @throws PipelineError `config-invalid` if no region is set anywhere
 */
export async function openAws(
  config: Pick<Config, 'region' | 'assumeRole' | 'trail'> & Partial<Pick<Config, 'mirroring'>>,
  surroundings: Surroundings = {},
): Promise<AwsPorts> {
  const region = config.region ?? surroundings.region ?? (await (await import('./credentials.ts')).surroundingRegion());
  if (region === undefined) {
    throw new PipelineError('config-invalid', 'no AWS region is set: set "region" in the configuration, or AWS_REGION');
  }
  const { assumeRole, trail } = config;
  return awsPorts({
    ...surroundings,
    region,
    assumeRole,
    bucketOwners: trail.bucketOwners,
    trustedOwners: config.mirroring?.trustedOwners,
    accounts: assumeRole === undefined || trail.accounts.length === 0 ? undefined : trail.accounts,
  });
}

/**
 * The live world. Create it once and keep it across warm invocations: it holds connections, assumed credentials, rate limits, our
 * own recent writes, and slow-changing lists for a minute.
 */
export function awsPorts(options: AwsOptions): AwsPorts {
  const { region, now = () => new Date() } = options;
  const { sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms)) } = options;
  const clock = (): number => now().getTime();
  const clients = sdkClients((...asked) => accounts.credentialsFor(...asked), options.limits);
  const accounts = accountsOver(options, clients, clock, (name) => storedText(`ssm:${name}`));
  const s3 = once(async (): Promise<S3ByRegion> => {
    const { s3ByRegion } = await import('./s3/s3-log-store.ts');
    return s3ByRegion(clients, region, options.pathStyle ?? false);
  });
  const stackAccount = async (): Promise<string> => options.stackAccountId ?? (await accounts.own());
  const storedText: AwsPorts['configText'] = async (source, readFile = noFile) => {
    const { readConfigText } = await import('./config-text.ts');
    return readConfigText(source, { clients, s3, region, owner: stackAccount, readFile });
  };
  const scopes = async (): Promise<readonly Scope[]> => {
    const ids = options.accounts ?? [await accounts.own()];
    return ids.flatMap((accountId) => (options.regions ?? [region]).map((each) => ({ accountId, region: each })));
  };
  const store = once(async () => (await import('./s3/s3-log-store.ts')).s3LogStore(await s3(), options.bucketOwners));

  return {
    time: (date) => clients.time.of(date),
    accounts,
    logs: {
      ...lazily<Omit<LogStore, 'list' | 'localPathOf'>>({ fetch: true, folders: true }, store),
      async *list(...prefix) {
        yield* (await store()).list(...prefix);
      },
    },
    ...ec2Ports({ clients, clock, sleep, scopes, region, sharedLists: options.sharedLists }),
    queues: lazily<Queues>({ receive: true, remove: true, hide: true, send: true, sendInOrder: true }, async () =>
      (await import('./queues.ts')).sqsQueues(clients, region),
    ),
    lifecycle: lazily<Lifecycle>({ complete: true }, async () =>
      (await import('./lifecycle.ts')).autoScalingLifecycle(clients),
    ),
    publisher: (topicArn) =>
      lazily<Publisher>({ publish: true }, async () =>
        (await import('./sns-publisher.ts')).snsPublisher(clients, topicArn),
      ),
    ledger: (table, tableRegion = region) =>
      lazily<FullLedger>(LEDGER_METHODS, async () =>
        (await import('./ledger/dynamodb-ledger.ts')).dynamoDbLedger(clients, { table, region: tableRegion }),
      ),
    memoryLedger: () =>
      lazily<FullLedger>(LEDGER_METHODS, async () => {
        const [{ ledgerOn }, { memoryTable }] = await Promise.all([
          import('./ledger/dynamodb-ledger.ts'),
          import('./ledger/memory-table.ts'),
        ]);
        return ledgerOn(memoryTable());
      }),
    configVersions: (table) =>
      lazily<ConfigVersions>({ newest: true, note: true }, async () => {
        const [{ configVersions }, { dynamoDbTable }] = await Promise.all([
          import('./ledger/config-versions.ts'),
          import('./ledger/dynamodb-table.ts'),
        ]);
        return configVersions(dynamoDbTable(clients, table, region));
      }),
    reportStore: (bucket) =>
      lazily<ReportStore>({ put: true }, async () =>
        (await import('./s3/report-store.ts')).s3ReportStore(
          await s3(),
          { bucket, owner: stackAccount },
          clients.limits,
        ),
      ),
    historyStore: (bucket, prefix) =>
      historyStore(bucket, prefix, { s3, owner: options.bucketOwners?.[bucket], limits: clients.limits }),
    stateMachine: (arn) => stateMachineAt(clients, arn),
    securityHub: (hubRegion = region) =>
      lazily<SecurityHub>({ importFindings: true }, async () =>
        (await import('./security-hub.ts')).securityHub(clients, hubRegion),
      ),
    configText: storedText,
    publicKeys: async (...wanted) => (await import('./public-keys.ts')).listPublicKeys(clients, ...wanted),
  };
}

/** Reads the external id with `textOf`, if it is kept in a parameter. */
function accountsOver(
  { region, ownAccountId, assumeRole, trustedOwners, accounts }: AwsOptions,
  clients: Clients,
  now: () => number,
  textOf: (name: string) => Promise<StoredText>,
): Accounts {
  const parameter = async (name: string): Promise<string> => (await textOf(name)).text;
  const named = { accounts, readOnly: trustedOwners, assumeRole, ownAccountId };
  return lazily<Accounts>({ own: true, caller: true, credentialsFor: true }, async () =>
    (await import('./accounts.ts')).stsAccounts({ clients, region, now, parameter, ...named }),
  );
}

/** For texts that are in no file. */
function noFile(path: string): Promise<string> {
  return Promise.reject(new PipelineError('config-invalid', `${path} is no place that AWS keeps texts in`, { path }));
}

interface Ec2Context extends Pick<AwsOptions, 'region' | 'sharedLists'> {
  readonly clients: Clients;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly scopes: () => Promise<readonly Scope[]>;
}

/** The ports that read and change accounts. They share what we wrote last and the cached lists. */
function ec2Ports({
  clients,
  clock,
  sleep,
  scopes,
  region,
  sharedLists,
}: Ec2Context): Pick<AwsPorts, 'inventory' | 'writer' | 'launcher' | 'tasks'> {
  const recent = recentSessions(clock);
  const cache = ageingCache(SLOW_LIST_MS, clock);
  return {
    inventory: lazily<InventorySource>({ load: true, scopes: true }, async () => {
      const { ec2InventorySource } = await import('./ec2/inventory.ts');
      const { isSlowList } = await import('./ec2/lists/mirror-lists.ts');
      if (sharedLists === undefined) return ec2InventorySource({ clients, cache, recent, scopes });
      const { dynamoDbTable } = await import('./ledger/dynamodb-table.ts');
      const { sharedCache } = await import('./ec2/shared-lists.ts');
      const table = dynamoDbTable(clients, sharedLists.table, region);
      const shared = sharedCache(cache, { table, use: sharedLists.use, isShared: isSlowList, now: clock });
      return ec2InventorySource({ clients, cache: shared, recent, scopes });
    }),
    writer: lazily<MirrorWriter>(
      { createSession: true, modifySession: true, deleteSession: true, sessionsOf: true, createTarget: true },
      async () =>
        (await import('./ec2/mirror-writer.ts')).ec2MirrorWriter(
          clients,
          tokenBucket({ ...MUTATING_PACE, now: clock, sleep }),
          recent,
          (scope) => cache.forget(`${scopeKey(scope)}:TrafficMirrorTargets`),
        ),
    ),
    launcher: lazily<SensorLauncher>({ launch: true, describe: true, targetOn: true, terminate: true }, async () =>
      (await import('./ec2/sensor-launcher.ts')).ec2SensorLauncher(
        clients,
        tokenBucket({ ...LAUNCHING_PACE, now: clock, sleep }),
      ),
    ),
    tasks: lazily<Tasks>({ describe: true }, async () => (await import('./ec2/tasks.ts')).ecsTasks(clients)),
  };
}

const LEDGER_METHODS = {
  record: true,
  entries: true,
  runs: true,
  claim: true,
  settle: true,
  keep: true,
  about: true,
  keepPolicy: true,
  policies: true,
  lastInOrder: true,
  countNew: true,
  hold: true,
  heldUntil: true,
  release: true,
  intend: true,
  intended: true,
  noteInstance: true,
  forget: true,
} as const;
