/** What the SDK's default chain finds in its environment: variables, profile, container or instance role. */

import { STSClient } from '@aws-sdk/client-sts';
import { PipelineError } from '../errors.ts';
import { isSilence, secondsOf, within } from './http/limits.ts';

/** Finding credentials calls no regional service, so any region will do. */
const ANY_REGION = 'us-east-1';

/** The chain's own limits are about 1 s for an instance role; one of its providers, a container's, has none. */
const MOST_MS = 10_000;

/**
 * True if the chain finds credentials. They are not tried: AWS may still refuse them. Throws PipelineError `aws-call-failed` if one of
 * its endpoints does not answer within `mostMs`.
 *
 * @see https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/setting-credentials-node.html
 */
export async function hasCredentials(mostMs = MOST_MS): Promise<boolean> {
  const client = new STSClient({ region: ANY_REGION });
  try {
    await within(client.config.credentials(), mostMs, () => client.destroy());
    return true;
  } catch (fault) {
    if (isSilence(fault)) {
      const text = `no AWS credentials were found within ${secondsOf(mostMs)}: the endpoint that should provide them does not answer`;
      throw new PipelineError('aws-call-failed', text, { retryable: true, cause: fault });
    }
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
