/** What a function is told by its surroundings, and the ports it works through; opened once and kept across warm invocations. */

import { join } from 'node:path';
import { type AwsPorts, openAws, type Surroundings } from '../aws/ports.ts';
import { type Config, parseConfig } from '../config.ts';
import { readNamedConfigFile } from '../local/config-file.ts';
import type { ActPorts } from '../pipeline/act.ts';

/** The variables that `template.json` sets. */
export interface Settings {
  /** A path inside the zip, `s3://bucket/key`, `ssm:/name`, or the JSON itself. */
  readonly config: string;
  readonly ledgerTable?: string | undefined;
  readonly remediationQueueUrl?: string | undefined;
  readonly deliveryQueueUrl?: string | undefined;
  readonly reportBucket?: string | undefined;
  /** Regions that sweeps cover; the function's own when absent. */
  readonly regions?: readonly string[] | undefined;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
}

export interface OpenFunction {
  readonly settings: Settings;
  readonly config: Config;
  readonly aws: AwsPorts;
  /** Ledger and mail as configured, the ledger in memory where there is no table; no writer: only `remediate` changes anything, unless there is no queue to it. */
  readonly ports: Pick<ActPorts, 'ledger' | 'publisher'>;
}

/** Reads the settings; empty variables count as absent, since CloudFormation sets those. */
export function settingsOf(environment: Readonly<Record<string, string | undefined>>): Settings {
  const read = (name: string): string | undefined => environment[name] || undefined;
  const optional = {
    ledgerTable: read('MIRRORWATCH_LEDGER_TABLE'),
    remediationQueueUrl: read('MIRRORWATCH_REMEDIATION_QUEUE_URL'),
    deliveryQueueUrl: read('MIRRORWATCH_DELIVERY_QUEUE_URL'),
    reportBucket: read('MIRRORWATCH_REPORT_BUCKET'),
    regions: read('MIRRORWATCH_REGIONS')
      ?.split(',')
      .map((region) => region.trim())
      .filter((region) => region !== ''),
    region: read('AWS_REGION') ?? read('AWS_DEFAULT_REGION'),
    endpoint: read('AWS_ENDPOINT_URL'),
  };
  const set = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
  return { config: read('MIRRORWATCH_CONFIG') ?? 'config.json', ...set };
}

/** Reads the configuration and opens the ports. Throws ConfigError, which fails the invocation and so is alarmed on. */
export async function openFunction(settings: Settings): Promise<OpenFunction> {
  const surroundings = surroundingsOf(settings);
  const bootstrap = await openWithoutConfig(settings);
  const text = await bootstrap.configText(settings.config, (path) =>
    readNamedConfigFile(join(import.meta.dirname, path)),
  );
  const config = parseConfig(text, settings.config.startsWith('{') ? 'MIRRORWATCH_CONFIG' : settings.config);
  const aws = await openAws(config, surroundings);
  // Without a table mail still goes out, once while this function is warm; what was mailed is forgotten with it.
  const ledger = settings.ledgerTable === undefined ? aws.memoryLedger() : aws.ledger(settings.ledgerTable);
  const publisher = config.alertTopicArn === undefined ? undefined : aws.publisher(config.alertTopicArn);
  return { settings, config, aws, ports: { ledger, ...(publisher && { publisher }) } };
}

/** The own account without any configuration: for what must be done even when that cannot be read. */
export async function openWithoutConfig(settings: Settings): Promise<AwsPorts> {
  return openAws({ trail: { buckets: [], topics: [], accounts: [] } }, surroundingsOf(settings));
}

function surroundingsOf({ region, regions, endpoint }: Settings): Surroundings {
  return {
    ...(region !== undefined && { region }),
    ...(regions !== undefined && { regions }),
    pathStyle: endpoint !== undefined,
  };
}

/** Opens at the first call and keeps what was opened; a failed opening is tried again by the next invocation. */
export function opener(environment: Readonly<Record<string, string | undefined>>): () => Promise<OpenFunction> {
  let opened: Promise<OpenFunction> | undefined;
  return () => {
    opened ??= openFunction(settingsOf(environment)).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}
