/** The call that a finding is about, as Security Hub shows it. */

import { isIP } from 'node:net';
import { truncate } from '../../collections.ts';
import type { Evidence } from '../../sighting/sighting.ts';

/** The part of an ASFF action that we write. */
export interface AsffAction {
  readonly ActionType: 'AWS_API_CALL';
  readonly AwsApiCallAction: {
    readonly Api: string;
    readonly CallerType?: 'remoteIp' | 'domain' | undefined;
    readonly RemoteIpDetails?: { readonly IpAddressV4: string } | undefined;
    readonly DomainDetails?: { readonly Domain: string } | undefined;
  };
}

const LIMIT = 128;

/**
 * The call with its caller's address or, if an AWS service made it, the service's host name. Undefined for a call without a name. Security
 * Hub has no field for an IPv6 address.
 *
 * @see https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsApiCallAction.html
 */
export function apiCallAction({ eventName, sourceIPAddress = '' }: Evidence): AsffAction | undefined {
  if (eventName.trim() === '') return undefined;
  return {
    ActionType: 'AWS_API_CALL',
    AwsApiCallAction: { Api: truncate(eventName, LIMIT), ...caller(sourceIPAddress) },
  };
}

function caller(from: string): Omit<AsffAction['AwsApiCallAction'], 'Api'> {
  const version = isIP(from);
  if (version === 4) return { CallerType: 'remoteIp', RemoteIpDetails: { IpAddressV4: from } };
  if (version === 6 || from.trim() === '') return {};
  return { CallerType: 'domain', DomainDetails: { Domain: truncate(from, LIMIT) } };
}
