/** By which door a message came in, and what it may carry: names of log files by any, the rest only where it is sent on purpose. */

import type { Message } from '../../delivery/envelope.ts';
import { type Notification, readNotification } from '../../delivery/notification.ts';
import type { RefusedDelivery } from '../message-content.ts';

/** How a message reached us. */
export interface Door {
  /** Names it for people: a queue's or topic's ARN, or words. */
  readonly name: string;
  /** Whether messages of our own are taken here. */
  readonly own: boolean;
  /** Whether EventBridge events and complete records are taken here. */
  readonly events: boolean;
}

/** The door that a message came in by. */
export type DoorOf = (message: Message) => Door;

/**
 * The door of a process that watches one queue or folder: who may send there may ask for everything, but nothing that a topic passes on may.
 */
export const ONLY_DOOR: DoorOf = (message) => ({ name: nameOf(message), own: true, events: true });

/**
 * The doors of a function. Messages of our own come by our own queues, and events not by them. `events` says whether this function is
 * where rules send them.
 */
export function doorsOf({
  queueUrls,
  events,
}: {
  readonly queueUrls: readonly string[];
  readonly events: boolean;
}): DoorOf {
  return (message) => {
    const own = queueUrls.some((url) => isSameQueue(url, message.queueArn));
    return { name: nameOf(message), own, events: events && !own };
  };
}

/** Why what a message says is not listened to; undefined if it is. */
export function refusalAt(
  door: Door,
  notification: Notification,
  { topicArn = notification.topicArn }: Pick<Message, 'topicArn'>,
): RefusedDelivery | undefined {
  const { kind } = notification;
  if (kind === 'nothing' || kind === 'objects') return undefined;
  const isWrapped = notification.isWrapped === true || topicArn !== undefined;
  const source = isWrapped ? (topicArn ?? `a topic, through ${door.name}`) : door.name;
  if (kind === 'own') {
    if (door.own && !isWrapped) return undefined;
    const reason = `a message of our own (${JSON.stringify(notification.name).slice(0, 80)}) came from ${source}; they are taken only from our own queues, and in no envelope`;
    return { kind: 'own-message', source, path: source, reason };
  }
  if (door.events && !isWrapped) return eventRefusal(notification, source);
  const what = kind === 'event' ? `an event (${JSON.stringify(notification.detailType).slice(0, 80)})` : 'records';
  const reason = `${what} came from ${source}; events and records are taken only where EventBridge sends them: by the function "respond", and in no envelope`;
  return { kind: 'event', source, path: source, reason };
}

/** The sources of AWS's services. Those of partners are `aws.partner/` and a name that the partner chose. */
const AWS_SOURCE = /^aws\.[^/]+$/;

/**
 * PutEvents accepts no source that begins with `aws.`, and PutPartnerEvents only those with `aws.partner/`: an event with another source
 * than a service's may be anybody's.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPartnerEventsRequestEntry.html
 */
function eventRefusal(notification: Notification, door: string): RefusedDelivery | undefined {
  const eventSource =
    notification.kind === 'event'
      ? notification.source
      : notification.kind === 'records'
        ? notification.sentBy?.source
        : undefined;
  if (eventSource === undefined || AWS_SOURCE.test(eventSource)) return undefined;
  const reason = `an event has the source ${JSON.stringify(eventSource).slice(0, 80)}, which anybody can send; those of AWS are "aws." and a service`;
  return { kind: 'event', source: door, path: door, reason };
}

/** What a message says, if it may say that here. Undefined for one that may not or that cannot be read: its delivery reports why. */
export function heardOf(message: Message, doorOf: DoorOf): Notification | undefined {
  try {
    const notification = readNotification(message.body);
    return refusalAt(doorOf(message), notification, message) === undefined ? notification : undefined;
  } catch {
    return undefined;
  }
}

function nameOf({ topicArn, queueArn, messageId }: Message): string {
  return topicArn ?? queueArn ?? (messageId === undefined ? 'a direct invocation' : 'a queue');
}

/** Compares the region, the account and the name. Emulators have other hosts, and some leave out the account. */
function isSameQueue(url: string, arn: string | undefined): boolean {
  const [, account, name] = /(?:^|\/)(\d{12})?\/?([^/]+)$/.exec(url) ?? [];
  const [, region] = /^https:\/\/sqs\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\//.exec(url) ?? [];
  const [, regionOfArn, accountOfArn, nameOfArn] = /^arn:[^:]+:sqs:([^:]*):(\d{12}):([^:]+)$/.exec(arn ?? '') ?? [];
  const isThere = region === undefined || region === regionOfArn;
  return nameOfArn !== undefined && name === nameOfArn && isThere && (account ?? accountOfArn) === accountOfArn;
}
