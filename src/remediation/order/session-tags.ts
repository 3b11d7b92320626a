/** The tags of the sessions that we create. */

import type { AccountIndex } from '../../mirror/account-index.ts';
import { CONFIG_TAG, MANAGED_TAG } from '../../mirror/policy.ts';
import type { Tag } from '../../sighting/sighting.ts';

/**
 * The tags of a new session for a resource: ours, by which we know it again, after those of the session that it replaces. AWS's own tags
 * (`aws:…`) can't be set and are left out.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
 */
export function newSessionTags(
  resourceId: string,
  { policy }: Pick<AccountIndex, 'policy'>,
  replaced: readonly Tag[] = [],
): readonly Tag[] {
  const ours = [
    { key: MANAGED_TAG, value: 'true' },
    { key: CONFIG_TAG, value: policy.configHash },
    { key: 'Name', value: resourceId },
  ];
  const kept = replaced.filter(({ key }) => !key.startsWith('aws:') && !ours.some((own) => own.key === key));
  return [...kept, ...ours];
}
