/** The composition root of the live world: every port on AWS, with adapters that load on their first call. */

import { uniqueBy } from '../collections.ts';
import { believesOrganization, type OrganizationPolicy } from '../config/organization/policy.ts';
import type { Config } from '../config.ts';
import type { LogStore } from '../delivery/fetch-log.ts';
import { PipelineError } from '../errors.ts';
import type { HistoryStore } from '../history/history-store.ts';
import type { StateMachine } from '../history/run/state-machine.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { OrganizationScopes } from '../inventory/organization/scopes.ts';
import type { Accounts, AssumeRole } from './accounts.ts';
import { type Clients, sdkClients } from './clients.ts';
import type { StoredText } from './config-text.ts';
import { historyStore, stateMachineAt } from './history-store.ts';
import type { CallLimits } from './http/limits.ts';
import { lazily, once } from './lazily.ts';
import type { Lifecycle } from './lifecycle.ts';
import { type AccountPorts, accountPorts, type SharedLists } from './opening/account-ports.ts';
import { type ChannelPorts, channelPorts } from './opening/channel-ports.ts';
import { type LedgerPorts, ledgerPorts } from './opening/ledger-ports.ts';
import type { Organization } from './organization/organization.ts';
import type { TrailPublicKey } from './public-keys.ts';
import type { Queues } from './queues.ts';
import type { ReportStore } from './s3/report-store.ts';
import type { S3ByRegion } from './s3/s3-log-store.ts';

/** What the adapters need from the configuration and the environment. */
export interface AwsOptions {
  /** The home region: for STS, the ledger, and queues and buckets that do not name their own. */
  readonly region: string;
  /** The account of our credentials. STS is asked if it is absent. */
  readonly ownAccountId?: string | undefined;
  readonly assumeRole?: AssumeRole | undefined;
  /** The watched accounts. @default our own, or those of the organization */
  readonly accounts?: readonly string[] | undefined;
  /** The organization whose accounts are watched too. @default none */
  readonly organization?: OrganizationPolicy | undefined;
  /** Accounts whose shared targets are trusted: the role may be assumed there too, to see what is behind the targets. @default none */
  readonly trustedOwners?: readonly string[] | undefined;
  /** The accounts that own buckets, by bucket. @default not known: S3 does not check it */
  readonly bucketOwners?: Readonly<Record<string, string>> | undefined;
  /** The account that owns the buckets of the configuration and of reports. @default the account of our credentials */
  readonly stackAccountId?: string | undefined;
  /** The watched regions. @default the home region; in the organization, those of its policy */
  readonly regions?: readonly string[] | undefined;
  /** Address buckets by path, which custom endpoints (`AWS_ENDPOINT_URL`) need. @default false */
  readonly pathStyle?: boolean | undefined;
  /** @default not shared */
  readonly sharedLists?: SharedLists | undefined;
  /** How long calls may take. @default CALL_LIMITS */
  readonly limits?: CallLimits | undefined;
  readonly now?: (() => Date) | undefined;
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
}

/** The ports on AWS. None loads its adapter or calls AWS before one of its methods is called. */
export interface AwsPorts extends AccountPorts, LedgerPorts, ChannelPorts {
  /** A moment of this machine's clock by AWS's, as far as the answers so far show a difference. */
  time(date: Date): Date;
  readonly accounts: Accounts;
  /** The organization that the configuration names, if it names one. */
  readonly organization?: Organization | undefined;
  readonly logs: LogStore;
  readonly queues: Queues;
  readonly lifecycle: Lifecycle;
  reportStore(bucket: string): ReportStore;
  /** The files of a plan or of a result below a prefix, which ends in no `/`. */
  historyStore(bucket: string, prefix: string): HistoryStore;
  /** The state machine at this ARN. */
  stateMachine(arn: string): StateMachine;
  /** @see readConfigText */
  configText(source: string, readFile?: (path: string) => Promise<string>): Promise<StoredText>;
  publicKeys(
    region: string,
    period: { readonly since: Date; readonly until: Date },
  ): Promise<readonly TrailPublicKey[]>;
}

/** What comes from the environment and not from the configuration. */
export type Surroundings = Omit<
  AwsOptions,
  'region' | 'assumeRole' | 'accounts' | 'organization' | 'bucketOwners' | 'trustedOwners'
> & {
  readonly region?: string;
};

/**
 * The live world for a configuration. The home region is the configuration's, else the environment's, else the SDK's. The watched
 * accounts are `trail.accounts` and those of the organization if a role to assume in them is configured, else only our own.
 *
 * @throws PipelineError `config-invalid` if no region is set anywhere
 */
export async function openAws(
  config: Pick<Config, 'region' | 'assumeRole' | 'trail'> & Partial<Pick<Config, 'mirroring' | 'organization'>>,
  surroundings: Surroundings = {},
): Promise<AwsPorts> {
  const region = config.region ?? surroundings.region ?? (await (await import('./credentials.ts')).surroundingRegion());
  if (region === undefined) {
    throw new PipelineError('config-invalid', 'no AWS region is set: set "region" in the configuration, or AWS_REGION');
  }
  const { assumeRole, organization, trail } = config;
  const isListed = assumeRole !== undefined && trail.accounts.length > 0 && !believesOrganization(config);
  return awsPorts({
    ...surroundings,
    region,
    assumeRole,
    bucketOwners: trail.bucketOwners,
    trustedOwners: config.mirroring?.trustedOwners,
    organization,
    accounts: isListed ? trail.accounts : undefined,
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
  const accounts = accountsOver(options, clients, clock, {
    textOf: (name) => storedText(`ssm:${name}`),
    members: async () => (await organization?.accountIds()) ?? [],
  });
  const organization = organizationOver(options, clients, clock, () => accounts.own());
  const s3 = once(async (): Promise<S3ByRegion> => {
    const { s3ByRegion } = await import('./s3/s3-log-store.ts');
    return s3ByRegion(clients, region, options.pathStyle ?? false);
  });
  const stackAccount = async (): Promise<string> => options.stackAccountId ?? (await accounts.own());
  const storedText: AwsPorts['configText'] = async (source, readFile = noFile) => {
    const { readConfigText } = await import('./config-text.ts');
    return readConfigText(source, { clients, s3, region, owner: stackAccount, readFile });
  };
  const found = async (): Promise<OrganizationScopes> => {
    const ofOrganization = await organization?.scopes(options.regions);
    const ids = options.accounts ?? (organization === undefined ? [await accounts.own()] : []);
    const listed = ids.flatMap((accountId) =>
      (options.regions ?? [region]).map((each) => ({ accountId, region: each })),
    );
    return {
      scopes: uniqueBy([...listed, ...(ofOrganization?.scopes ?? [])], scopeKey),
      leftOut: ofOrganization?.leftOut ?? [],
    };
  };
  const store = once(async () => (await import('./s3/s3-log-store.ts')).s3LogStore(await s3(), options.bucketOwners));

  return {
    time: (date) => clients.time.of(date),
    accounts,
    organization,
    logs: {
      ...lazily<Omit<LogStore, 'list' | 'localPathOf'>>({ fetch: true, folders: true }, store),
      async *list(...prefix) {
        yield* (await store()).list(...prefix);
      },
    },
    ...accountPorts({
      ...{ clients, clock, sleep, region, sharedLists: options.sharedLists },
      scopes: async () => (await found()).scopes,
      leftOut: async () => (await found()).leftOut,
    }),
    queues: lazily<Queues>({ receive: true, remove: true, hide: true, send: true, sendInOrder: true }, async () =>
      (await import('./queues.ts')).sqsQueues(clients, region),
    ),
    lifecycle: lazily<Lifecycle>({ complete: true }, async () =>
      (await import('./lifecycle.ts')).autoScalingLifecycle(clients),
    ),
    ...channelPorts(clients, { region, sleep }),
    ...ledgerPorts(clients, region),
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
    configText: storedText,
    publicKeys: async (...wanted) => (await import('./public-keys.ts')).listPublicKeys(clients, ...wanted),
  };
}

/** Reads the external id with `textOf`, if it is kept in a parameter. */
function accountsOver(
  { region, ownAccountId, assumeRole, trustedOwners, accounts, organization }: AwsOptions,
  clients: Clients,
  now: () => number,
  {
    textOf,
    members,
  }: {
    readonly textOf: (name: string) => Promise<StoredText>;
    readonly members: () => Promise<readonly string[]>;
  },
): Accounts {
  const parameter = async (name: string): Promise<string> => (await textOf(name)).text;
  const organizationRoleArn = organization?.roleArn;
  const named = { accounts, members, organizationRoleArn, readOnly: trustedOwners, assumeRole, ownAccountId };
  return lazily<Accounts>({ own: true, caller: true, credentialsFor: true }, async () =>
    (await import('./accounts.ts')).stsAccounts({ clients, region, now, parameter, ...named }),
  );
}

function organizationOver(
  { region, organization: policy }: AwsOptions,
  clients: Clients,
  now: () => number,
  own: () => Promise<string>,
): Organization | undefined {
  if (policy === undefined) return undefined;
  return lazily<Organization>({ accountIds: true, scopes: true }, async () =>
    (await import('./organization/organization.ts')).awsOrganization({ clients, policy, own, region, now }),
  );
}

/** For texts that are in no file. */
function noFile(path: string): Promise<string> {
  return Promise.reject(new PipelineError('config-invalid', `${path} is no place that AWS keeps texts in`, { path }));
}
