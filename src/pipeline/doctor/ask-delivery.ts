/** Asks what judging the queue takes, in the order in which one answer needs another. */

import { partitionOf } from '../../cloudtrail/partition.ts';
import type { DoctorInput } from './check.ts';
import { judgeQueuePolicy, judgeSubscription } from './judge-delivery.ts';
import type { Judged } from './line.ts';
import type { DoctorReads } from './reads.ts';
import { deliveryTopics, logBuckets } from './trails-in-use.ts';

/** Whether what brings deliveries may send to the queue. */
export async function queuePolicy(reads: DoctorReads, input: DoctorInput): Promise<readonly Judged[]> {
  const { queueUrl = '' } = input;
  const topics = await deliveryTopics(reads, input);
  // Without a topic, the buckets notify the queue themselves.
  const sources =
    topics.length > 0
      ? topics.map((arn) => ({ arn, service: 'sns.amazonaws.com' as const }))
      : (await logBuckets(reads, input)).map(({ name }) => ({
          arn: `arn:${partitionOf(input.homeRegion)}:s3:::${name}`,
          service: 's3.amazonaws.com' as const,
        }));
  return judgeQueuePolicy(await reads.delivery.queue(queueUrl), queueUrl, sources);
}

/** Whether every topic that brings deliveries has the queue as a subscriber. */
export async function subscriptions(reads: DoctorReads, input: DoctorInput): Promise<readonly Judged[]> {
  const queue = await reads.delivery.queue(input.queueUrl ?? '');
  const queueArn = 'value' in queue ? queue.value.QueueArn : undefined;
  // The check of the queue says why it is not known.
  if (queueArn === undefined) return [];
  const judged = (await deliveryTopics(reads, input)).map(async (topicArn) => {
    const answer = await reads.delivery.subscriptions(topicArn);
    const own = ('value' in answer ? answer.value : []).find(
      ({ endpoint, subscriptionArn }) => endpoint === queueArn && subscriptionArn.startsWith('arn:'),
    );
    const attributes = own && (await reads.delivery.subscription(own.subscriptionArn));
    return judgeSubscription(topicArn, queueArn, answer, attributes);
  });
  return (await Promise.all(judged)).flat();
}
