/** A function's settings and the ports it works with, opened once and kept across warm invocations. */

import { join } from 'node:path';
import { pinnedPlace } from '../aws/access/pin.ts';
import { type AwsOptions, type AwsPorts, openAws, type Surroundings } from '../aws/ports.ts';
import { believesOrganization, believing } from '../config/organization/policy.ts';
import { type Config, parseConfig } from '../config.ts';
import type { JudgedBy } from '../ledger/reading.ts';
import { readNamedConfigFile } from '../local/config-file.ts';
import type { ActPorts } from '../pipeline/act.ts';
import type { SweepPorts } from '../pipeline/sweep.ts';
import { currentRuntime, type ReadText } from './runtime/current-runtime.ts';
import { VARIABLES } from './runtime/environment.ts';
import type { Telemetry } from './telemetry.ts';

/** The environment variables that `template.json` sets. */
export interface Settings {
  /** A path inside the zip, `s3://bucket/key`, `ssm:/name`, each with a pin if wanted, or the JSON itself. @default 'config.json' @see readConfigText */
  readonly config: string;
  /** The SNS topic to send mail to if the configuration names none. */
  readonly alertTopicArn?: string | undefined;
  readonly ledgerTable?: string | undefined;
  readonly remediationQueueUrl?: string | undefined;
  readonly deliveryQueueUrl?: string | undefined;
  readonly reportBucket?: string | undefined;
  /** The ARN of the role of `remediate`: a call of its that the ledger knows is our own. */
  readonly writerRoleArn?: string | undefined;
  /** The regions that sweeps cover. @default the function's own region */
  readonly regions?: readonly string[] | undefined;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  /** True if findings are imported into Security Hub. @default false */
  readonly securityHub?: boolean | undefined;
}

/** Everything a function works with. */
export interface Runtime {
  readonly settings: Settings;
  readonly config: Config;
  /** Which configuration that is, for the ledger. */
  readonly configuration?: JudgedBy | undefined;
  readonly aws: AwsPorts;
  /**
   * The ledger (in memory if no table is set), mail, chat, events, and Security Hub. Without a writer, as only `remediate` may change anything; a function adds
   * the writer itself if there is no `remediate` queue.
   */
  readonly ports: Pick<ActPorts, 'ledger' | 'publisher' | 'channels'> & Pick<SweepPorts, 'hub'>;
}

/** Reads the settings. An empty variable counts as absent, because CloudFormation sets empty ones. */
export function settingsOf(environment: Readonly<Record<string, string | undefined>>): Settings {
  const read = (setting: keyof typeof VARIABLES): string | undefined =>
    environment[VARIABLES[setting].name] || undefined;
  return {
    config: read('config') ?? 'config.json',
    alertTopicArn: read('alertTopicArn'),
    ledgerTable: read('ledgerTable'),
    remediationQueueUrl: read('remediationQueueUrl'),
    deliveryQueueUrl: read('deliveryQueueUrl'),
    reportBucket: read('reportBucket'),
    writerRoleArn: read('writerRoleArn'),
    regions: read('regions')
      ?.split(',')
      .map((region) => region.trim())
      .filter((region) => region !== ''),
    region: read('region') ?? read('defaultRegion'),
    endpoint: read('endpoint'),
    securityHub: read('securityHub') === 'yes',
  };
}

/**
 * What a function does with the slow-changing lists of an account: the one that repairs takes over what the one that found has just read,
 * the others publish what they read.
 */
export type ListUse = 'publish' | 'take';

/** The configuration where the settings say. One in the zip or in a variable is as old as `startedAt`. */
async function readConfig(settings: Settings, startedAt: Date): Promise<ReadText> {
  const bootstrap = await openWithoutConfig(settings);
  const { text, changedAt = startedAt } = await bootstrap.configText(settings.config, (path) =>
    readNamedConfigFile(join(import.meta.dirname, path)),
  );
  return { text, changedAt };
}

/** Opens the ports for a configuration. Throws ConfigError, which fails the invocation and so raises the alarm. */
export async function openRuntime(
  settings: Settings,
  { text, changedAt }: ReadText,
  use: ListUse = 'publish',
): Promise<Runtime & { readonly configuration: JudgedBy }> {
  const config = parseConfig(
    text,
    settings.config.startsWith('{') ? 'MIRRORWATCH_CONFIG' : pinnedPlace(settings.config).place,
  );
  const aws = await openAws(config, { ...surroundingsOf(settings), sharedLists: sharedListsOf(settings, use) });
  // Without a table, mail is still sent only once, but only as long as this function stays warm.
  const ledger = settings.ledgerTable === undefined ? aws.memoryLedger() : aws.ledger(settings.ledgerTable);
  const alertTopicArn = config.alertTopicArn ?? settings.alertTopicArn;
  const publisher =
    alertTopicArn === undefined ? undefined : aws.publisher(alertTopicArn, config.alerts.messageStructure);
  const { chatTopicArn, eventBusName } = config.alerts;
  const channels = {
    chat: chatTopicArn === undefined ? undefined : aws.publisher(chatTopicArn, 'chat'),
    eventBus: eventBusName === undefined ? undefined : aws.eventBus(eventBusName),
  };
  const configuration = { hash: config.hash, changedAt: changedAt.toISOString() };
  const hub = settings.securityHub ? aws.securityHub() : undefined;
  return { settings, config, configuration, aws, ports: { ledger, publisher, channels, hub } };
}

/** The ports of the function's own account without any configuration, for work that must be done even if it is invalid. */
export async function openWithoutConfig(settings: Settings): Promise<AwsPorts> {
  return openAws({ trail: { buckets: [], topics: [], accounts: [] } }, surroundingsOf(settings));
}

/** Undefined if no other function is there to share with. */
function sharedListsOf({ ledgerTable, remediationQueueUrl }: Settings, use: ListUse): AwsOptions['sharedLists'] {
  return ledgerTable === undefined || remediationQueueUrl === undefined ? undefined : { table: ledgerTable, use };
}

/** What the environment says about reaching AWS. */
export function surroundingsOf(settings: Settings): Surroundings {
  const { region, regions, endpoint } = settings;
  const stackAccountId = stackAccountOf(settings);
  return { ...(region !== undefined && { region }), regions, stackAccountId, pathStyle: endpoint !== undefined };
}

/** The account of the stack's queues: functions are told no account of their own. Undefined without a queue, or with that of an emulator. */
function stackAccountOf({ deliveryQueueUrl, remediationQueueUrl }: Settings): string | undefined {
  const [, accountId] = /\/(\d{12})\/[^/]+$/.exec(deliveryQueueUrl ?? remediationQueueUrl ?? '') ?? [];
  return accountId;
}

/** The runtime of a function, on the configuration and the accounts of the organization that are the newest when it is asked for. */
export function lazyRuntime(
  environment: Readonly<Record<string, string | undefined>>,
  {
    use,
    telemetry,
    readsRecords = true,
  }: {
    readonly use?: ListUse;
    readonly telemetry: Pick<Telemetry, 'note'>;
    /** False if the function needs not know whose records are believed. @default true */
    readonly readsRecords?: boolean;
  },
): () => Promise<Runtime> {
  const settings = settingsOf(environment);
  const startedAt = new Date();
  const { ledgerTable } = settings;
  const current = currentRuntime({
    read: () => readConfig(settings, startedAt),
    open: (read) => openRuntime(settings, read, use),
    source: pinnedPlace(settings.config).place,
    versions: ({ aws }) => (ledgerTable === undefined ? undefined : aws.configVersions(ledgerTable)),
    now: () => new Date(),
    warn: (message) => telemetry.note(message),
  });
  return async () => (readsRecords ? withMembers(await current()) : current());
}

/** The runtime with the accounts that the organization has now. Throws AwsCallError if nobody can tell: then nothing is believed. */
async function withMembers(runtime: Runtime): Promise<Runtime> {
  const { aws, config } = runtime;
  if (aws.organization === undefined || !believesOrganization(config)) return runtime;
  return { ...runtime, config: believing(config, await aws.organization.accountIds()) };
}
