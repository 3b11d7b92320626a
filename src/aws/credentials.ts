/** What the SDK's usual chain finds in the surroundings: environment, profile, container or instance role. */

import { STSClient } from '@aws-sdk/client-sts';

/** The chain asks no service for these, so that any region will do to make the client. */
const ANY_REGION = 'us-east-1';

/**
 * True when the chain finds credentials of any kind; nothing is asked of AWS, so they may still be refused there.
 *
 * @see https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/setting-credentials-node.html
 */
export async function hasCredentials(): Promise<boolean> {
  const client = new STSClient({ region: ANY_REGION });
  try {
    await client.config.credentials();
    return true;
  } catch (fault) {
    // A profile that is broken is a fault to be shown; only "nothing found" means that there are none.
    if ((fault as Error).name === 'CredentialsProviderError') return false;
    throw fault;
  } finally {
    client.destroy();
  }
}

/** The region of the environment or the profile; undefined when neither names one. */
export async function surroundingRegion(): Promise<string | undefined> {
  const client = new STSClient({});
  try {
    return await client.config.region();
  } catch (fault) {
    if ((fault as Error).message.startsWith('Region is missing')) return undefined;
    throw fault;
  } finally {
    client.destroy();
  }
}
