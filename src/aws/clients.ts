/** SDK clients: one per service, account and region, created on first use. */

import type { AwsCredentialIdentityProvider } from '@aws-sdk/types';
import { type Scope, scopeKey } from '../inventory/inventory.ts';
import type { Access } from './access/session-policy.ts';
import { type AwsTime, awsTime } from './http/aws-time.ts';
import { boundedClient, type HandlerSettings, handlerSettings, type SdkClient } from './http/bounded-client.ts';
import { CALL_LIMITS, type CallLimits } from './http/limits.ts';

/** The settings of all our clients. The SDK finds the endpoint itself (`AWS_ENDPOINT_URL`). */
export interface ClientSettings {
  readonly region: string;
  readonly credentials?: AwsCredentialIdentityProvider;
  readonly retryMode: 'adaptive';
  readonly maxAttempts: number;
  readonly requestHandler: HandlerSettings;
}

type ClientClass<C> = new (settings: ClientSettings) => C;

/** Creates clients. The same class and scope always get the same client, with its connections and its adaptive retry state. */
export interface Clients {
  /** The limits that all clients keep. A call that has to wait or to send longer asks for more in its own options. */
  readonly limits: CallLimits;
  /** AWS's clock, as the answers to the clients show it. */
  readonly time: AwsTime;
  /**
   * A client in a watched account, with no more rights than `access` takes in accounts other than our own. Rejects if the account's
   * credentials cannot be obtained. @default access 'read'
   */
  in<C extends SdkClient>(Client: ClientClass<C>, scope: Scope, access?: Access): Promise<C>;
  /** A client with our own credentials: for queues, topics, buckets and the ledger. `options` are service-specific. */
  home<C extends SdkClient>(Client: ClientClass<C>, region: string, options?: object): C;
}

/** @see Accounts */
type CredentialsFor = (scope: Scope, access: Access) => Promise<AwsCredentialIdentityProvider | undefined>;

/** Seven throttled attempts with backoff take about 20 s. After that, redelivery is the better retry. */
const MAX_ATTEMPTS = 7;

/**
 * Clients whose credentials come from `credentialsFor`. Calls slow down when AWS throttles them, and give up at the limits. A client
 * whose operation never settled is replaced: its sockets or its search for credentials may never settle either.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export function sdkClients(credentialsFor: CredentialsFor, limits: CallLimits = CALL_LIMITS): Clients {
  const clients = new Map<unknown, Map<string, unknown>>();
  const time = awsTime();
  const clientOf = <C extends SdkClient>(
    Client: ClientClass<C>,
    key: string,
    settings: ClientSettings,
    options: object = {},
  ): C => {
    const ofClass = clients.get(Client) ?? new Map<string, unknown>();
    clients.set(Client, ofClass);
    const known = ofClass.get(key) as C | undefined;
    if (known !== undefined) return known;
    const made = new Client({ ...settings, ...options });
    const onStuck = (): void => {
      if (ofClass.get(key) === made) ofClass.delete(key);
    };
    ofClass.set(key, boundedClient(made, { limits, region: settings.region, time, onStuck }));
    return made;
  };
  return {
    limits,
    time,
    async in(Client, scope, access = 'read') {
      const credentials = await credentialsFor(scope, access);
      // In our own account all calls have the same credentials.
      const key = credentials === undefined ? scopeKey(scope) : `${scopeKey(scope)}:${access}`;
      return clientOf(Client, key, settingsFor(scope.region, credentials, limits));
    },
    home: (Client, region, options) =>
      clientOf(Client, `own:${region}`, settingsFor(region, undefined, limits), options),
  };
}

function settingsFor(
  region: string,
  credentials: AwsCredentialIdentityProvider | undefined,
  limits: CallLimits,
): ClientSettings {
  return {
    region,
    ...(credentials !== undefined && { credentials }),
    retryMode: 'adaptive',
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: handlerSettings(limits),
  };
}
