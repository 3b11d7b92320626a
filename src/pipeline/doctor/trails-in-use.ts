/** The trails that bring our logs, whatever region they were seen in. */

import pLimit from 'p-limit';
import { uniqueBy } from '../../collections.ts';
import type { DoctorInput } from './check.ts';
import { relevantTrails } from './judge-trails.ts';
import type { Answer, Judged } from './line.ts';
import type { DoctorReads, TrailSeen, TrailStatus } from './reads.ts';
import { unanswered } from './statements.ts';

/** An account has five trails in a region; an organisation may add more. */
const MOST_TRAILS = 20;
const REGIONS_AT_ONCE = 6;

/** The relevant trails of all regions, each once; a fault if no region could be asked. */
async function trailsInUse(reads: DoctorReads, input: DoctorInput): Promise<Answer<readonly TrailSeen[]>> {
  const limit = pLimit(REGIONS_AT_ONCE);
  const answers = await Promise.all(input.regions.map((region) => limit(() => reads.trails.trails(region))));
  const seen = answers.flatMap((answer) => ('value' in answer ? answer.value : []));
  const [fault] = answers.flatMap((answer) => ('fault' in answer ? [answer] : []));
  if (fault !== undefined && seen.length === 0) return fault;
  const relevant = relevantTrails(seen, input.config.trail.buckets);
  return { value: uniqueBy(relevant, ({ trailArn }) => trailArn).slice(0, MOST_TRAILS) };
}

/** Judges every relevant trail. Empty if there is none, which the check of the trail itself says. */
export async function eachTrail(
  reads: DoctorReads,
  input: DoctorInput,
  judge: (trail: TrailSeen, all: readonly TrailSeen[]) => Promise<readonly Judged[]>,
): Promise<readonly Judged[]> {
  const answer = await trailsInUse(reads, input);
  if ('fault' in answer) return [unanswered(answer.fault, 'cloudtrail:DescribeTrails')];
  const all = answer.value;
  return (await Promise.all(all.map((trail) => judge(trail, all)))).flat();
}

/** The topics that bring deliveries: those of the configuration and of the relevant trails. */
export async function deliveryTopics(reads: DoctorReads, input: DoctorInput): Promise<readonly string[]> {
  const answer = await trailsInUse(reads, input);
  const ofTrails = 'value' in answer ? answer.value.flatMap(({ snsTopicArn }) => snsTopicArn ?? []) : [];
  return [...new Set([...input.config.trail.topics, ...ofTrails])];
}

/** The buckets that logs come from, each with what comes before `AWSLogs/` in its keys. */
export async function logBuckets(
  reads: DoctorReads,
  input: DoctorInput,
): Promise<readonly { readonly name: string; readonly prefix: string }[]> {
  const answer = await trailsInUse(reads, input);
  const trails = 'value' in answer ? answer.value : [];
  const ofTrails = trails.map(({ s3BucketName, s3KeyPrefix }) => ({ name: s3BucketName, prefix: s3KeyPrefix ?? '' }));
  const named = input.config.trail.buckets.map((name) => ({ name, prefix: '' }));
  return uniqueBy([...ofTrails, ...named], ({ name }) => name);
}

/** True if another trail of these logs. */
export async function othersLog(reads: DoctorReads, trail: TrailSeen, all: readonly TrailSeen[]): Promise<boolean> {
  const others = all.filter(({ trailArn }) => trailArn !== trail.trailArn);
  const answers: readonly Answer<TrailStatus>[] = await Promise.all(others.map((each) => reads.trails.status(each)));
  return answers.some((answer) => 'value' in answer && answer.value.isLogging);
}
