/** What of a configuration depends on the accounts that an AWS organization has: they are known only when AWS is asked. */

import type { WrittenOrganization } from './schema.ts';

/** Which accounts and regions of an organization are watched. */
export interface OrganizationPolicy {
  /** Roots, organizational units and accounts. @default the whole organization */
  readonly include?: readonly string[] | undefined;
  /** What of these is left out. */
  readonly exclude: readonly string[];
  readonly regions: 'enabled' | readonly string[];
  /** The role that may list the organization. @default none: our own credentials may */
  readonly roleArn?: string | undefined;
}

/**
 * What `trail.accounts` holds until the accounts of the organization are known. It is the id of no account, so that a command which never
 * asks believes no record, rather than all.
 */
export const OF_ORGANIZATION = 'organization';

/** What of a configuration says whose records are believed. */
interface Believing {
  readonly trail: { readonly accounts: readonly string[] };
}

/** The policy with its defaults; undefined without `organization`. */
export function organizationOf(written: WrittenOrganization | undefined): OrganizationPolicy | undefined {
  if (written === undefined) return undefined;
  const { include, exclude = [], regions = 'enabled', roleArn } = written;
  return { include, exclude, regions, roleArn };
}

/** True if the records of the organization's accounts are believed, whichever these are. */
export function believesOrganization({ trail }: Believing): boolean {
  return trail.accounts.includes(OF_ORGANIZATION);
}

/** The configuration once the accounts are known. Its hash stays: it is the same configuration. */
export function believing<C extends Believing>(config: C, accountIds: readonly string[]): C {
  // Of no account at all, an empty list would believe every one.
  const accounts = accountIds.length === 0 ? [OF_ORGANIZATION] : accountIds;
  return { ...config, trail: { ...config.trail, accounts } };
}
