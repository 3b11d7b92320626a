/** A mail as it goes out over SNS. */

import type { Severity } from '../audit/finding.ts';

export type AlertKind = 'findings' | 'reminder' | 'resolved' | 'digest' | 'burst' | 'failure';

/**
 * One mail. `subject` is at most 99 printable ASCII characters, `body` at most 262,144 bytes of UTF-8.
 *
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export interface AlertMessage {
  readonly kind: AlertKind;
  readonly subject: string;
  readonly body: string;
  /** For subscribers' filter policies: severity, rule, account, region, kind. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly severity: Severity | null;
}
