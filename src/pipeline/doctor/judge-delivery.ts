/** What AWS's answers say of the way of a delivery: topic, subscription, queue; and of the topic for mail and the ledger's table. */

import { setUpFix } from '../../audit/fixes/set-up.ts';
import { plural } from '../../collections.ts';
import { type Answer, fail, type Judged, notChecked, ok, warn } from './line.ts';
import type { Attributes, Subscription } from './reads.ts';
import { answerOfPolicy, type PolicyAnswer } from './resource-policy.ts';
import { allowService, codeWords, TOPICS, unanswered } from './statements.ts';

/** Codes for a queue, a topic or a table that does not exist. */
const NOT_THERE: ReadonlySet<string> = new Set([
  ...['AWS.SimpleQueueService.NonExistentQueue', 'QueueDoesNotExist', 'NotFound', 'NotFoundException'],
  ...['ResourceNotFoundException', 'InvalidAddress'],
]);

/** A function of ours runs for at most this long; until then SQS must not give its message to another. */
const FUNCTION_SECONDS = 300;
/** Fewer receives move a message to the dead letters that was only throttled. */
const LEAST_RECEIVES = 3;

/** Whether the queue is there, hides messages for long enough, and gives up on those that always fail. */
export function judgeQueue(url: string, answer: Answer<Attributes>): readonly Judged[] {
  if ('fault' in answer) {
    const { fault } = answer;
    return NOT_THERE.has(fault.awsCode)
      ? [fail(`There is no such queue (${codeWords(fault)}).`, 'Correct --queue: it takes the URL of the queue.', url)]
      : [unanswered(fault, 'sqs:GetQueueAttributes', url)];
  }
  const queue = lastPart(url);
  const { VisibilityTimeout = '', RedrivePolicy } = answer.value;
  const seconds = Number(VisibilityTimeout || Number.NaN);
  const hides =
    seconds >= FUNCTION_SECONDS
      ? ok(`It hides a message for ${seconds} s.`, queue)
      : Number.isNaN(seconds)
        ? notChecked('SQS did not say how long it hides a message.', undefined, queue)
        : warn(
            `It hides a message for ${seconds} s. "mirrorwatch watch" extends that as it works; a function runs for up to ${FUNCTION_SECONDS} s, and another would get the message meanwhile.`,
            'Set VisibilityTimeout to 1800, as template.json does, if a function reads it.',
            queue,
          );
  return [hides, judgeRedrive(RedrivePolicy, queue)];
}

function judgeRedrive(policyText: string | undefined, queue: string): Judged {
  const fix = 'Set a RedrivePolicy with a dead-letter queue and a maxReceiveCount of 5.';
  if (policyText === undefined || policyText === '')
    return warn('It has no dead-letter queue: what cannot be read is tried again until it expires.', fix, queue);
  const count = receivesIn(policyText);
  if (count === undefined) return notChecked('Its RedrivePolicy cannot be read.', undefined, queue);
  return count < LEAST_RECEIVES
    ? warn(
        `It gives up on a message after ${plural(count, 'try', 'tries')}, also when AWS only throttled us.`,
        fix,
        queue,
      )
    : ok(`After ${plural(count, 'try', 'tries')} a message goes to the dead-letter queue.`, queue);
}

function receivesIn(policyText: string): number | undefined {
  try {
    const { maxReceiveCount } = Object(JSON.parse(policyText)) as { readonly maxReceiveCount?: unknown };
    const count = Number(maxReceiveCount ?? Number.NaN);
    return Number.isInteger(count) ? count : undefined;
  } catch {
    // Not JSON: we say that it cannot be read.
    return undefined;
  }
}

/** Whether the queue takes what the sources send: topics, or buckets that notify it themselves. */
export function judgeQueuePolicy(
  answer: Answer<Attributes>,
  url: string,
  sources: readonly Sender[],
): readonly Judged[] {
  const queue = lastPart(url);
  if ('fault' in answer) return [unanswered(answer.fault, 'sqs:GetQueueAttributes', queue)];
  if (sources.length === 0)
    return [
      notChecked('No topic and no bucket is known that would send to it.', 'Set trail.topics or trail.buckets.', queue),
    ];
  const { Policy, QueueArn = '' } = answer.value;
  return sources.map((source) => {
    const request = { service: source.service, action: 'sqs:SendMessage', resource: QueueArn, sourceArn: source.arn };
    return mayArrive(answerOfPolicy(Policy, request), source, { queue, queueArn: QueueArn });
  });
}

/** A topic or a bucket that sends to the queue. */
interface Sender {
  readonly arn: string;
  readonly service: 'sns.amazonaws.com' | 's3.amazonaws.com';
}

function mayArrive(
  said: PolicyAnswer,
  { arn, service }: Sender,
  { queue, queueArn }: { readonly queue: string; readonly queueArn: string },
): Judged {
  const fix = `Add to the queue's policy: ${allowService(service, 'sqs:SendMessage', queueArn, arn)}`;
  switch (said) {
    case 'allowed':
      return ok(`Its policy lets ${arn} send.`, queue);
    case 'denied':
      return fail(`Its policy does not let ${arn} send, so nothing arrives from there.`, fix, queue);
    case 'unclear':
      return notChecked(
        `Its policy has conditions that doctor does not evaluate, so whether ${arn} may send is not known.`,
        fix,
        queue,
      );
  }
}

/** Whether a topic has a subscription of the queue that is confirmed. Raw delivery works either way. */
export function judgeSubscription(
  topicArn: string,
  queueArn: string,
  answer: Answer<readonly Subscription[]>,
  attributes?: Answer<Attributes>,
): readonly Judged[] {
  const topic = lastPart(topicArn);
  if ('fault' in answer) return [unanswered(answer.fault, 'sns:ListSubscriptionsByTopic', topic)];
  const own = answer.value.filter(({ protocol, endpoint }) => protocol === 'sqs' && endpoint === queueArn);
  const subscribe = setUpFix('aws sns subscribe', [
    ['--topic-arn', topicArn],
    ['--protocol', 'sqs'],
    ['--notification-endpoint', queueArn],
    ['--region', topicArn.split(':')[3] ?? ''],
  ]);
  if (own.length === 0) return [fail(`${queueArn} is not subscribed to it.`, subscribe, topic)];
  if (!own.some(isConfirmed))
    return [
      fail(
        'The subscription of the queue is not confirmed.',
        'Confirm it: SNS put a message with a SubscribeURL into the queue. A subscription that the owner of the queue makes needs no confirmation.',
        topic,
      ),
    ];
  if (attributes === undefined || 'fault' in attributes)
    return [ok('The queue is subscribed and confirmed; its filter policy was not readable.', topic)];
  const { RawMessageDelivery = 'false', FilterPolicy } = attributes.value;
  const raw = RawMessageDelivery === 'true' ? 'raw' : "in SNS's envelope";
  if (FilterPolicy !== undefined && FilterPolicy !== '' && FilterPolicy !== '{}')
    return [
      warn(
        `The queue is subscribed with a filter policy, which may hold deliveries back (${raw}).`,
        'Remove the FilterPolicy of the subscription, unless it is meant.',
        topic,
      ),
    ];
  return [ok(`The queue is subscribed and confirmed; messages come ${raw}, and both forms are read.`, topic)];
}

function isConfirmed({ subscriptionArn }: Subscription): boolean {
  return subscriptionArn.startsWith('arn:');
}

/** Whether the topic of a trail is there, trusted, and open to CloudTrail. */
export function judgeTrailTopic(
  topicArn: string,
  answer: Answer<Attributes>,
  {
    trusted,
    trailArn,
    notifiedAt,
    notificationError,
  }: {
    readonly trusted: readonly string[];
    readonly trailArn: string;
    readonly notifiedAt?: Date | undefined;
    readonly notificationError: string;
  },
): readonly Judged[] {
  const topic = lastPart(topicArn);
  const lines: Judged[] = [];
  if (trusted.length > 0 && !trusted.includes(topicArn))
    lines.push(
      fail(
        'A trail announces its files to it, and trail.topics does not list it: its messages are refused.',
        'Add its ARN to trail.topics in the configuration.',
        topic,
      ),
    );
  if (notificationError !== '')
    lines.push(
      fail(`CloudTrail's last notification failed with ${notificationError}.`, "Correct the topic's policy.", topic),
    );
  if ('fault' in answer) {
    const { fault } = answer;
    lines.push(
      NOT_THERE.has(fault.awsCode)
        ? fail(`There is no such topic (${codeWords(fault)}).`, 'Give the trail a topic that exists.', topic)
        : unanswered(fault, 'sns:GetTopicAttributes', topic),
    );
    return lines;
  }
  const sourceAccount = trailArn.split(':')[4];
  const request = { service: 'cloudtrail.amazonaws.com', action: 'SNS:Publish', resource: topicArn, sourceAccount };
  const said = answerOfPolicy(answer.value.Policy, { ...request, sourceArn: trailArn });
  const fix = `Add to the topic's policy: ${allowService('cloudtrail.amazonaws.com', 'SNS:Publish', topicArn, trailArn)}`;
  switch (said) {
    case 'allowed':
      lines.push(ok('Its policy lets CloudTrail publish.', topic));
      break;
    case 'denied':
      lines.push(fail('Its policy does not let CloudTrail publish.', fix, topic));
      break;
    case 'unclear':
      // That CloudTrail published proves what the policy does not show.
      lines.push(
        notifiedAt !== undefined && notificationError === ''
          ? ok(`CloudTrail published to it at ${notifiedAt.toISOString()}.`, topic)
          : notChecked('Its policy has conditions that doctor does not evaluate.', fix, topic),
      );
      break;
  }
  return lines;
}

/** Whether somebody gets what the topic under this key tells. @default of mail */
export function judgeAlertTopic(
  topicArn: string,
  answer: Answer<Attributes>,
  of: keyof typeof TOPICS = 'alertTopicArn',
): readonly Judged[] {
  const { what, ifPending, ifNone } = TOPICS[of];
  const topic = lastPart(topicArn);
  if ('fault' in answer) {
    const { fault } = answer;
    return NOT_THERE.has(fault.awsCode)
      ? [
          fail(
            `There is no such topic (${codeWords(fault)}).`,
            `Correct ${of === 'chatTopicArn' ? 'alerts.' : ''}${of} in the configuration.`,
            topic,
          ),
        ]
      : [unanswered(fault, 'sns:GetTopicAttributes', topic)];
  }
  const { SubscriptionsConfirmed = '', SubscriptionsPending = '0' } = answer.value;
  const confirmed = Number(SubscriptionsConfirmed || Number.NaN);
  const pending = Number(SubscriptionsPending);
  const waits = pending > 0 ? ` ${plural(pending, 'subscription is', 'subscriptions are')} not confirmed yet.` : '';
  const list = setUpFix('aws sns list-subscriptions-by-topic', [
    ['--topic-arn', topicArn],
    ['--region', topicArn.split(':')[3] ?? ''],
  ]);
  if (Number.isNaN(confirmed)) return [notChecked('SNS did not say how many subscriptions it has.', list, topic)];
  if (confirmed === 0)
    return [
      fail(`Nobody gets ${what}: it has no confirmed subscription.${waits}`, pending > 0 ? ifPending : ifNone, topic),
    ];
  const reason = `It has ${plural(confirmed, 'confirmed subscription')}.${waits}`;
  return [pending > 0 ? warn(reason, list, topic) : ok(reason, topic)];
}

/** The keys of the ledger's table. */
const TABLE_KEYS = ['pk:HASH', 'sk:RANGE'];

/** Whether the ledger's table can be read and has our keys. */
export function judgeTable(
  name: string,
  answer: Answer<{ readonly status?: string; readonly keys?: readonly string[] }>,
): readonly Judged[] {
  const make = 'Make it with template.json, or a table with the string keys pk (partition) and sk (sort).';
  if ('fault' in answer) {
    const { fault } = answer;
    if (NOT_THERE.has(fault.awsCode)) return [fail('There is no such table.', make, name)];
    if (fault.kind === 'denied')
      return [
        fail(
          'AWS denied dynamodb:Query on it, without which nothing is remembered.',
          'Add the permissions of docs/reference/permissions.md for the ledger to the policy of these credentials.',
          name,
        ),
      ];
    if (fault.awsCode === 'ValidationException')
      return [fail(`Its keys are not those of a ledger: ${fault.message}`, make, name)];
    return [unanswered(fault, 'dynamodb:Query', name)];
  }
  const { status, keys } = answer.value;
  if (keys !== undefined && keys.toSorted().join() !== TABLE_KEYS.join())
    return [fail(`Its keys are ${keys.join(', ')}, not ${TABLE_KEYS.join(', ')}.`, make, name)];
  if (status !== undefined && status !== 'ACTIVE' && status !== 'UPDATING')
    return [fail(`It is ${status}.`, 'Wait until it is ACTIVE.', name)];
  const described = keys === undefined ? ' Its keys were not readable (dynamodb:DescribeTable).' : '';
  return [ok(`It can be read.${described} Writing was not tried, as there is no dry run of it.`, name)];
}

/** The last part of an ARN or a URL. */
export function lastPart(text: string): string {
  return text.split(/[:/]/).at(-1) ?? text;
}
