/** What AWS's answers say of the trails: is there one, does it log, does it sign, can we read what it writes. */

import { setUpFix } from '../../audit/fixes/set-up.ts';
import { listed, plural } from '../../collections.ts';
import { type Answer, type Fault, fail, type Judged, notChecked, ok, warn } from './line.ts';
import type { BucketLook, TrailEvents, TrailSeen, TrailStatus } from './reads.ts';
import { codeWords, grantCaller, unanswered } from './statements.ts';

const MOST_NAMED = 5;
/** Logs come every five minutes and digests every hour; a quiet region has no logs for a while. */
const LOG_OVERDUE_MS = 24 * 3_600_000;
const DIGEST_OVERDUE_MS = 3 * 3_600_000;

/** The trails of which deliveries are trusted: those into `buckets`, or all if none is configured. */
export function relevantTrails(trails: readonly TrailSeen[], buckets: readonly string[]): readonly TrailSeen[] {
  return buckets.length === 0 ? trails : trails.filter(({ s3BucketName }) => buckets.includes(s3BucketName));
}

/** Whether a trail records a region and delivers to where we look. */
export function judgeCoverage(
  region: string,
  answer: Answer<readonly TrailSeen[]>,
  buckets: readonly string[],
): readonly Judged[] {
  if ('fault' in answer) return [unanswered(answer.fault, 'cloudtrail:DescribeTrails')];
  const trails = answer.value;
  if (trails.length === 0)
    return [
      fail(
        `No trail records ${region}.`,
        'Deploy template.json, which makes a trail, or make a multi-region trail into a bucket of yours and name it in trail.buckets.',
      ),
    ];
  const relevant = relevantTrails(trails, buckets);
  if (relevant.length > 0) {
    const words = relevant.slice(0, MOST_NAMED).map(wordsOf);
    const more = relevant.length > MOST_NAMED ? [`${relevant.length - MOST_NAMED} more`] : [];
    return [ok(`${region} is recorded by ${listed([...words, ...more])}.`)];
  }
  const into = [...new Set(trails.map(({ s3BucketName }) => s3BucketName))];
  return [
    fail(
      `${plural(trails.length, 'trail')} ${trails.length === 1 ? 'records' : 'record'} ${region}, and none delivers to a bucket of trail.buckets (${listed(buckets, MOST_NAMED)}) but to ${listed(into, MOST_NAMED)}: deliveries from there are refused.`,
      'Add the bucket to trail.buckets in the configuration, if it is yours.',
    ),
  ];
}

function wordsOf({ name, s3BucketName, isMultiRegion, isOrganization, trailArn }: TrailSeen): string {
  const owner = isOrganization ? `, the organisation's, of account ${accountOf(trailArn)}` : '';
  return `${name} (into ${s3BucketName}${isMultiRegion ? ', all regions' : ''}${owner})`;
}

/** The account in an ARN. */
export function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}

/** Whether a trail logs and its files arrive. `others` is true if another trail logs too, so that this one may be stopped on purpose. */
export function judgeLogging(
  trail: TrailSeen,
  answer: Answer<TrailStatus>,
  { now, others }: { readonly now: Date; readonly others: boolean },
): readonly Judged[] {
  if ('fault' in answer) return [foreignOr(trail, answer.fault, 'cloudtrail:GetTrailStatus')];
  const { isLogging, latestDeliveryTime, latestDeliveryError } = answer.value;
  const start = setUpFix('aws cloudtrail start-logging', named(trail));
  if (!isLogging) {
    const reason = 'Logging is turned off.';
    return [others ? warn(`${reason} Another trail logs.`, start, trail.name) : fail(reason, start, trail.name)];
  }
  if (latestDeliveryError !== '')
    return [
      fail(
        `The last delivery to ${trail.s3BucketName} failed with ${latestDeliveryError}.`,
        "Let cloudtrail.amazonaws.com write in the bucket's policy, and in the policy of its key if it is encrypted with one.",
        trail.name,
      ),
    ];
  if (latestDeliveryTime === undefined)
    return [warn('It logs, and has not delivered a file yet.', 'Wait 15 minutes after a trail was made.', trail.name)];
  const ageMs = now.getTime() - latestDeliveryTime.getTime();
  const when = latestDeliveryTime.toISOString();
  if (ageMs > LOG_OVERDUE_MS)
    return [
      warn(
        `It logs, but its last delivery was at ${when}, more than a day ago.`,
        'Look whether there were any calls since; if so, look at the policy of the bucket.',
        trail.name,
      ),
    ];
  return [ok(`It logs; last delivery at ${when}.`, trail.name)];
}

/** Whether a trail writes digests, which prove that no file was changed. */
export function judgeDigests(trail: TrailSeen, answer: Answer<TrailStatus>, now: Date): readonly Judged[] {
  if (!trail.validatesLogFiles)
    return [
      warn(
        'Log file validation is off, so nothing can prove that its files are unchanged ("mirrorwatch verify").',
        setUpFix('aws cloudtrail update-trail', [...named(trail), ['--enable-log-file-validation']]),
        trail.name,
      ),
    ];
  if ('fault' in answer) return [foreignOr(trail, answer.fault, 'cloudtrail:GetTrailStatus')];
  const { latestDigestDeliveryTime: last, latestDigestDeliveryError } = answer.value;
  if (latestDigestDeliveryError !== '')
    return [
      fail(
        `The last delivery of a digest failed with ${latestDigestDeliveryError}.`,
        "Let cloudtrail.amazonaws.com write below AWSLogs/ACCOUNT/CloudTrail-Digest/ in the bucket's policy.",
        trail.name,
      ),
    ];
  if (last === undefined)
    return [
      warn('Validation is on, and no digest was delivered yet.', 'Wait an hour after it was turned on.', trail.name),
    ];
  // A stopped trail writes no more digests: logging is another check's matter.
  if (answer.value.isLogging && now.getTime() - last.getTime() > DIGEST_OVERDUE_MS)
    return [
      warn(
        `Validation is on, but the last digest is of ${last.toISOString()}; there is one every hour.`,
        "Look at the bucket's policy, and whether validation was turned off in between.",
        trail.name,
      ),
    ];
  return [ok(`Validation is on; last digest at ${last.toISOString()}.`, trail.name)];
}

/** Whether a trail records the calls that change something. */
export function judgeEvents(trail: TrailSeen, answer: Answer<TrailEvents>): readonly Judged[] {
  if ('fault' in answer) return [foreignOr(trail, answer.fault, 'cloudtrail:GetEventSelectors')];
  const fix = "Record management events, read and write, with the trail's event selectors.";
  switch (answer.value.writes) {
    case 'all':
      return [ok('It records every call that changes something.', trail.name)];
    case 'none':
      return [fail('It records no management events that write, such as RunInstances.', fix, trail.name)];
    case 'some':
      return [
        warn(
          'Its advanced event selectors leave some management events out; doctor does not judge which.',
          fix,
          trail.name,
        ),
      ];
  }
}

/** Whether log files in a bucket can be read. */
export function judgeBucket(bucket: string, answer: Answer<BucketLook>): readonly Judged[] {
  if ('value' in answer) {
    return answer.value === 'readable'
      ? [ok('A log file in it can be read.', bucket)]
      : [
          warn(
            'It holds no log file yet, so reading one was not tried.',
            'Wait 15 minutes after a trail was made.',
            bucket,
          ),
        ];
  }
  const { fault } = answer;
  if (fault.awsCode === 'NoSuchBucket')
    return [fail('There is no such bucket.', 'Correct trail.buckets in the configuration.', bucket)];
  if (fault.operation === 'GetObject' && fault.kind === 'denied')
    return [
      fail(
        `Its log files cannot be read (${codeWords(fault)}).`,
        `${grantCaller(['s3:GetObject'], `arn:*:s3:::${bucket}/*`)} If the bucket is encrypted with a key of KMS, kms:Decrypt on that key too.`,
        bucket,
      ),
    ];
  if (fault.operation === 'ListObjectsV2' && fault.kind === 'denied')
    return [
      notChecked(
        'AWS denied s3:ListBucket, so no log file is known that reading could be tried with.',
        grantCaller(['s3:ListBucket'], `arn:*:s3:::${bucket}`),
        bucket,
      ),
    ];
  return [unanswered(fault, fault.operation === 'GetObject' ? 's3:GetObject' : 's3:ListBucket', bucket)];
}

/** An unanswered question about a trail; for a trail of another account, with who can answer it. */
function foreignOr(trail: TrailSeen, fault: Fault, action: string): Judged {
  const plain = unanswered(fault, action, trail.name);
  if (!trail.isOrganization || fault.kind === 'temporary') return plain;
  const owner = accountOf(trail.trailArn);
  return notChecked(
    `The trail is the organisation's, of account ${owner}, which did not answer (${codeWords(fault)}).`,
    `Run doctor with credentials of account ${owner}.`,
    trail.name,
  );
}

function named({ trailArn, homeRegion }: TrailSeen): readonly (readonly ['--name' | '--region', string])[] {
  return [
    ['--name', trailArn],
    ['--region', homeRegion],
  ];
}
