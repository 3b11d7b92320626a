/** What kind of finding it is, in the words of Security Hub's taxonomy, which OCSF's records use too. */

import type { Finding } from '../../audit/finding.ts';
import { isOnCalls } from '../../audit/rule-book.ts';

/**
 * `namespace/category`, or the namespace alone. A rule on calls finds what is unusual; which tactic a call is part of, if it is an attack at
 * all, nobody knows.
 *
 * @see https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-type-taxonomy.html
 */
export function findingType({ rule, resourceType }: Pick<Finding, 'rule' | 'resourceType'>): string {
  if (!isOnCalls(rule)) return 'Software and Configuration Checks/AWS Security Best Practices';
  return resourceType === 'AWS::IAM::User' ? 'Unusual Behaviors/User' : 'Unusual Behaviors';
}
