/** What the configuration contributes to a report. */

import type { Exemption } from '../audit/exemptions.ts';
import type { Config } from '../config.ts';
import type { ReportSource } from '../report/report.ts';

/** The exemptions as a report lists them. */
export function exemptionRows({ exemptions }: Config): ReportSource['exemptions'] {
  return exemptions.map(({ match, rule, reason, owner, expires }) => ({
    match: matchText(match),
    rule,
    reason,
    owner,
    expires,
  }));
}

function matchText({ resource, tag, vpc, account }: Exemption['match']): string {
  const parts = [
    resource,
    tag === undefined ? undefined : `tag ${tag.key}${tag.value === undefined ? '' : `=${tag.value}`}`,
    vpc,
    account === undefined ? undefined : `account ${account}`,
  ];
  return parts.filter((part) => part !== undefined).join(' and ');
}
