/** SDK clients, one per service, account and region, made when they are first asked for. */

import type { AwsCredentialIdentityProvider } from '@aws-sdk/types';
import { type Scope, scopeKey } from '../inventory/inventory.ts';

/** What every client of ours is made with. The endpoint is the SDK's own matter (`AWS_ENDPOINT_URL`). */
export interface ClientSettings {
  readonly region: string;
  readonly credentials?: AwsCredentialIdentityProvider;
  readonly retryMode: 'adaptive';
  readonly maxAttempts: number;
  readonly requestHandler: { readonly connectionTimeout: number; readonly requestTimeout: number };
}

type ClientClass<C> = new (settings: ClientSettings) => C;

/** Makes clients. The same class and scope give the same client, with its connections and its measure of the throttle. */
export interface Clients {
  /** A client in an account that is watched. Rejects when the account's credentials cannot be had. */
  in<C>(Client: ClientClass<C>, scope: Scope): Promise<C>;
  /** A client with our own credentials: for queues, topics, buckets and the ledger. `options` are the service's own. */
  home<C>(Client: ClientClass<C>, region: string, options?: object): C;
}

/** @see Accounts */
type CredentialsFor = (scope: Scope) => Promise<AwsCredentialIdentityProvider | undefined>;

/** Seven tries with growing pauses are about 20 s: past that, redelivery is the better retry. */
const MAX_ATTEMPTS = 7;

/**
 * Clients whose credentials come from `credentialsFor`. Calls adapt their rate when they are throttled, and give up a connection that says nothing
 * for 30 s.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export function sdkClients(credentialsFor: CredentialsFor): Clients {
  const made = new Map<unknown, Map<string, unknown>>();
  const clientOf = <C>(Client: ClientClass<C>, key: string, make: () => C): C => {
    const ofClass = made.get(Client) ?? new Map<string, unknown>();
    made.set(Client, ofClass);
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
    ...(credentials === undefined ? {} : { credentials }),
    retryMode: 'adaptive',
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000 },
  };
}
