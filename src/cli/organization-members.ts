/** The accounts of the organization, for commands: from AWS, or from a snapshot, which has those that were read. */

import { Option } from 'commander';
import { uniqueBy } from '../collections.ts';
import { believesOrganization, believing } from '../config/organization/policy.ts';
import type { Config } from '../config.ts';
import { PipelineError } from '../errors.ts';
import type { Connect } from './connection.ts';
import type { World } from './world.ts';

/** What `--organization` sets. */
export interface OrganizationOption {
  readonly organization?: true | undefined;
}

/** `--organization`. */
export function organizationOption(): Option {
  return new Option(
    '--organization',
    'every account of the AWS organization, as "organization" of the configuration says; without it, all accounts and the regions that each has on',
  ).conflicts('account');
}

/** The configuration with an organization if the option asks for one that it does not describe. */
export function withOrganization(config: Config, { organization = undefined }: OrganizationOption): Config {
  if (organization === undefined || config.organization !== undefined) return config;
  return { ...config, organization: { exclude: [], regions: 'enabled' } };
}

/**
 * The configuration with the accounts whose records are believed. Throws AwsCallError if AWS does not say, and PipelineError `usage` where
 * there is nobody to ask: records alone do not tell which accounts are members.
 */
export async function withMembers(config: Config, world: World, connect: Connect): Promise<Config> {
  if (!believesOrganization(config)) return config;
  if (world.kind === 'records')
    throw new PipelineError(
      'usage',
      'trail.accounts is "organization", and records alone do not tell its accounts: give --account SNAPSHOT.json or AWS credentials, or list the accounts',
    );
  if (world.kind === 'snapshot') {
    const scopes = await world.source.scopes();
    return believing(
      config,
      uniqueBy(scopes, ({ accountId }) => accountId).map(({ accountId }) => accountId),
    );
  }
  const { organization } = await connect();
  return believing(config, (await organization?.accountIds()) ?? []);
}

/** Throws PipelineError `usage` if the accounts are those of the organization: an answer that is asked again years later needs a list. */
export function refuseOrganization(config: Config, what: string): void {
  if (!believesOrganization(config)) return;
  throw new PipelineError(
    'usage',
    `trail.accounts is "organization", whose accounts change: ${what} needs a list of accounts there`,
  );
}
