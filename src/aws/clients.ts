/** SDK clients: one per service, account and region, created on first use. */

import type { AwsCredentialIdentityProvider } from '@aws-sdk/types';
import { type Scope, scopeKey } from '../inventory/inventory.ts';

/** The settings of all our clients. The SDK finds the endpoint itself (`AWS_ENDPOINT_URL`). */
export interface ClientSettings {
  readonly region: string;
  readonly credentials?: AwsCredentialIdentityProvider;
  readonly retryMode: 'adaptive';
  readonly maxAttempts: number;
  readonly requestHandler: { readonly connectionTimeout: number; readonly requestTimeout: number };
}

type ClientClass<C> = new (settings: ClientSettings) => C;

/** Creates clients. The same class and scope always get the same client, with its connections and its adaptive retry state. */
export interface Clients {
  /** A client in a watched account. Rejects if the account's credentials cannot be obtained. */
  in<C>(Client: ClientClass<C>, scope: Scope): Promise<C>;
  /** A client with our own credentials: for queues, topics, buckets and the ledger. `options` are service-specific. */
  home<C>(Client: ClientClass<C>, region: string, options?: object): C;
}

/** @see Accounts */
type CredentialsFor = (scope: Scope) => Promise<AwsCredentialIdentityProvider | undefined>;

/** Seven attempts with backoff take about 20 s. After that, redelivery is the better retry. */
const MAX_ATTEMPTS = 7;

/**
 * Clients whose credentials come from `credentialsFor`. Calls slow down when AWS throttles them, and time out after 30 s
 * without an answer.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export function sdkClients(credentialsFor: CredentialsFor): Clients {
  const clients = new Map<unknown, Map<string, unknown>>();
  const clientOf = <C>(Client: ClientClass<C>, key: string, make: () => C): C => {
    const ofClass = clients.get(Client) ?? new Map<string, unknown>();
    clients.set(Client, ofClass);
    const client = (ofClass.get(key) as C | undefined) ?? make();
    ofClass.set(key, client);
    return client;
  };
  return {
    async in(Client, scope) {
      const credentials = await credentialsFor(scope);
      return clientOf(Client, scopeKey(scope), () => new Client(settingsFor(scope.region, credentials)));
    },
    home: (Client, region, options) =>
      clientOf(Client, `own:${region}`, () => new Client({ ...settingsFor(region, undefined), ...options })),
  };
}

function settingsFor(region: string, credentials: AwsCredentialIdentityProvider | undefined): ClientSettings {
  return {
    region,
    ...(credentials !== undefined && { credentials }),
    retryMode: 'adaptive',
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000 },
  };
}
