/** What AWS's answers say of who we are, of our clock, of a region, and of the roles to assume. */

import { setUpFix } from '../../audit/fixes/set-up.ts';
import { listed, plural } from '../../collections.ts';
import { type Answer, fail, type Judged, notChecked, ok, warn } from './line.ts';
import type { Caller, ClockDifference, OrganizationAnswer } from './reads.ts';
import { codeWords, unanswered } from './statements.ts';

/** What to do about keys that AWS refuses, by its code. */
const KEYS_REFUSED: Readonly<Record<string, string>> = {
  ExpiredToken: 'Sign in again: these credentials have ended.',
  ExpiredTokenException: 'Sign in again: these credentials have ended.',
  InvalidClientTokenId:
    'Use keys that exist and are active. If they are new, wait a minute; in a region that is not enabled for the account, AWS says the same.',
  UnrecognizedClientException: 'Use keys that exist and are active.',
  SignatureDoesNotMatch: 'Check the secret access key, and the clock of this machine.',
  RequestTimeTooSkewed: 'Set the clock of this machine by NTP.',
  RequestExpired: 'Set the clock of this machine by NTP.',
};

/** Whether AWS accepts the credentials. */
export function judgeCaller(answer: Answer<Caller>): readonly Judged[] {
  if ('value' in answer) {
    const { accountId, arn, accessKey } = answer.value;
    return [ok(`AWS knows these credentials (${accessKey}) as ${arn} in account ${accountId}.`)];
  }
  const { fault } = answer;
  if (fault.kind === 'temporary') return [unanswered(fault, 'sts:GetCallerIdentity')];
  const advice = KEYS_REFUSED[fault.awsCode] ?? 'Check the profile, the variables or the role that they come from.';
  return [fail(`AWS refused these credentials with ${codeWords(fault)}: ${fault.message}`, advice)];
}

const FINE_MS = 60_000;
/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html */
const REFUSED_MS = 5 * 60_000;

/** How this machine's clock goes by the dates of AWS's answers. */
export function judgeClock(answer: Answer<ClockDifference | undefined>): readonly Judged[] {
  if ('fault' in answer) return [unanswered(answer.fault, 'sts:GetCallerIdentity')];
  const { value } = answer;
  if (value === undefined) return [notChecked("AWS's answers have no date, so the clocks cannot be compared.")];
  const { fromMs, toMs } = value;
  const least = fromMs > 0 ? fromMs : Math.max(0, -toMs);
  const seconds = Math.round(least / 1000);
  const way = fromMs > 0 ? 'behind' : 'ahead of';
  const where = `This machine's clock is at least ${seconds} s ${way} AWS's`;
  const set = 'Set the clock by NTP, such as with "timedatectl set-ntp true".';
  if (least > REFUSED_MS)
    return [
      fail(`${where}. AWS refuses what is signed more than five minutes off, and times in findings are wrong.`, set),
    ];
  if (least > FINE_MS) return [warn(`${where}. From five minutes on, AWS refuses our calls.`, set)];
  return [
    ok(`This machine's clock agrees with AWS's to within ${seconds === 0 ? 'a second or two' : `${seconds} s`}.`),
  ];
}

/** Whether a region may be used by our account. */
export function judgeRegion(region: string, answer: Answer<string | undefined>): readonly Judged[] {
  if ('fault' in answer) return [unanswered(answer.fault, 'ec2:DescribeRegions')];
  const { value } = answer;
  if (value === 'not-opted-in') {
    const fix = setUpFix('aws account enable-region', [['--region-name', region]]);
    return [fail(`${region} is not enabled for this account, so every call there is refused.`, fix)];
  }
  if (value === undefined)
    return [fail(`AWS knows no region ${region}.`, 'Correct the region, in the configuration or in --regions.')];
  return [ok(`${region} is enabled for this account (${value}).`)];
}

/** What is needed to list an organization, and who has it. */
const LISTS = 'organizations:ListAccounts';
/** How many of those that are not read are named. */
const MOST_NAMED = 5;

/** Whether the organization can be listed, and what of it would not be read. */
export function judgeOrganization(answer: Answer<OrganizationAnswer>): readonly Judged[] {
  if ('fault' in answer) {
    const { fault } = answer;
    if (fault.kind === 'temporary') return [unanswered(fault, LISTS)];
    return [
      fail(
        `The accounts of the organization cannot be listed (${codeWords(fault)}): no account of it is read, and no record of it is believed.`,
        'Run in the management account or a delegated one, or give organization.roleArn a role there (deploy/organization-role.json makes one); or list the accounts in trail.accounts.',
      ),
    ];
  }
  const { accountIds, scopes, leftOut } = answer.value;
  const found = `${plural(accountIds.length, 'account')} of the organization, ${plural(scopes, 'account and region', 'accounts and regions')} to read`;
  const unknown = leftOut.filter((one) => one.unknown);
  if (unknown.length === 0) return [ok(`AWS lists ${found}.`)];
  const named = listed(
    unknown.map(({ path, reason }) => `${path} (${reason})`),
    MOST_NAMED,
  );
  return [
    warn(
      `AWS lists ${found}; but: ${named}.`,
      'Correct organization in the configuration, or let the member role call account:ListRegions (deploy/member-role.json).',
    ),
  ];
}

/** Whether we may assume the role of another account. `action` is what is allowed with it, in words. */
export function judgeMember(
  roleName: string,
  accountId: string,
  answer: Answer<string>,
  uses: 'read' | 'write',
): readonly Judged[] {
  const role = `the role ${roleName} in account ${accountId}`;
  if ('value' in answer) return [ok(`Assumed ${role} to ${uses}: ${answer.value}.`, roleName)];
  const { fault } = answer;
  if (fault.operation !== 'AssumeRole' || fault.kind === 'temporary')
    return [{ ...unanswered(fault, `sts:${fault.operation}`), subject: roleName }];
  const fix =
    "Make the role with deploy/member-role.json in that account: its trust policy has to name the caller's account and the external id of assumeRole. The caller needs sts:AssumeRole on it too.";
  return [
    fail(
      `AWS did not let us assume ${role} to ${uses} (${codeWords(fault)}): it does not exist, does not trust these credentials, has another external id, or they lack sts:AssumeRole.`,
      fix,
      roleName,
    ),
  ];
}
