/** What the SDK's default chain finds in its environment: variables, profile, container or instance role. */

import { STSClient } from '@aws-sdk/client-sts';

/** Finding credentials calls no regional service, so any region will do. */
const ANY_REGION = 'us-east-1';

/**
 * True if the chain finds credentials. They are not tried: AWS may still refuse them.
 *
 * @see https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/setting-credentials-node.html
 */
export async function hasCredentials(): Promise<boolean> {
  const client = new STSClient({ region: ANY_REGION });
  try {
    await client.config.credentials();
    return true;
  } catch (fault) {
    // Only this error means that there are no credentials. Others, such as a broken profile, must be shown.
    if ((fault as Error).name === 'CredentialsProviderError') return false;
    throw fault;
  } finally {
    client.destroy();
  }
}

/** The region set by the environment or the profile; undefined if neither sets one. */
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
