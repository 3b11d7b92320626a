/** An SQS queue: at least once, with visibility timeouts, delays, message groups, deduplication and a dead-letter queue. */

import { createHash } from 'node:crypto';
import { FakeFault } from '../../test/support/fake-ec2/account.ts';
import type { Clock } from '../driver/clock.ts';

/** A message in a queue. */
export interface QueuedMessage {
  readonly id: string;
  readonly body: string;
  readonly sentAt: number;
  readonly group: string | undefined;
  visibleAt: number;
  receiveCount: number;
  receiptHandle: string;
  /** True for one that was deleted and comes again. Nothing is lost with it. */
  readonly isRepeat?: boolean;
}

/** The queue's settings, as in template.json. */
export interface QueueSettings {
  readonly name: string;
  readonly isFifo: boolean;
  readonly visibilityMs: number;
  readonly maxReceiveCount: number;
}

const DEDUPLICATED_MS = 300_000;
/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const MAX_DELAY_SECONDS = 900;
const MAX_BYTES = 1024 * 1024;

/** One queue. `wake` is called with the time at which a message becomes visible. */
export class Queue {
  readonly settings: QueueSettings;
  readonly deadLetters: QueuedMessage[] = [];
  messages: QueuedMessage[] = [];
  sent = 0;
  private readonly clock: Clock;
  private readonly wake: (at: number) => void;
  private readonly deduplicated = new Map<string, { readonly id: string; readonly at: number }>();

  constructor(settings: QueueSettings, clock: Clock, wake: (at: number) => void) {
    this.settings = settings;
    this.clock = clock;
    this.wake = wake;
  }

  /** Sends a message and returns its id. Throws FakeFault at what SQS refuses. */
  send(
    body: string,
    options: { readonly delaySeconds?: number; readonly group?: string; readonly deduplicationId?: string } = {},
  ): string {
    const { delaySeconds = 0, group, deduplicationId } = options;
    const { isFifo, name } = this.settings;
    if (Buffer.byteLength(body) > MAX_BYTES)
      throw new FakeFault(
        'InvalidParameterValue',
        'One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.',
      );
    if (!(delaySeconds >= 0 && delaySeconds <= MAX_DELAY_SECONDS))
      throw new FakeFault('InvalidParameterValue', `Value ${delaySeconds} for parameter DelaySeconds is invalid.`);
    if (isFifo && (group === undefined || deduplicationId === undefined))
      throw new FakeFault('MissingParameter', 'The request must contain the parameter MessageGroupId.');
    const now = this.clock.now();
    const twin = this.deduplicated.get(`${group}\n${deduplicationId}`);
    if (isFifo && twin !== undefined && now - twin.at < DEDUPLICATED_MS) return twin.id;
    this.sent += 1;
    const id = `${name}-${String(this.sent).padStart(5, '0')}`;
    if (isFifo) this.deduplicated.set(`${group}\n${deduplicationId}`, { id, at: now });
    this.put({
      id,
      body,
      sentAt: now,
      group,
      visibleAt: now + delaySeconds * 1000,
      receiveCount: 0,
      receiptHandle: '',
    });
    return id;
  }

  /** Delivers a message once more, as a standard queue may. */
  duplicate(message: QueuedMessage, inMs: number): void {
    this.put({ ...message, visibleAt: this.clock.now() + inMs, receiptHandle: '', isRepeat: true });
  }

  private put(message: QueuedMessage): void {
    this.messages.push(message);
    this.wake(message.visibleAt);
  }

  /** Receives up to `max` visible messages and hides them. A group with a hidden message of this queue gives nothing. */
  receive(max: number): QueuedMessage[] {
    const now = this.clock.now();
    const blocked = new Set<string | undefined>();
    const received: QueuedMessage[] = [];
    for (const message of [...this.messages]) {
      const isHidden = message.visibleAt > now;
      if (this.settings.isFifo && isHidden) blocked.add(message.group);
      if (isHidden || received.length >= max || (this.settings.isFifo && blocked.has(message.group))) continue;
      if (message.receiveCount >= this.settings.maxReceiveCount) {
        if (message.isRepeat !== true) this.deadLetters.push(message);
        this.messages = this.messages.filter((each) => each !== message);
        continue;
      }
      message.receiveCount += 1;
      message.visibleAt = now + this.settings.visibilityMs;
      message.receiptHandle = `${message.id}/${message.receiveCount}/${now}`;
      received.push(message);
    }
    for (const { visibleAt } of received) this.wake(visibleAt);
    return received;
  }

  /** Deletes the message of a receipt. Succeeds if it is gone. */
  remove(receiptHandle: string): void {
    const before = this.messages.length;
    this.messages = this.messages.filter((each) => each.receiptHandle !== receiptHandle);
    if (this.messages.length < before && this.settings.isFifo) this.wake(this.clock.now());
  }

  /** Hides the message for some seconds from now. Throws FakeFault if it is not in flight. */
  hide(receiptHandle: string, seconds: number): void {
    const message = this.messages.find((each) => each.receiptHandle === receiptHandle);
    if (!(seconds >= 0 && seconds <= 43_200))
      throw new FakeFault('InvalidParameterValue', 'VisibilityTimeout is invalid');
    if (message === undefined || message.visibleAt <= this.clock.now())
      throw new FakeFault(
        'InvalidParameterValue',
        'Reason: Message does not exist or is not available for visibility timeout change.',
      );
    message.visibleAt = this.clock.now() + seconds * 1000;
    this.wake(message.visibleAt);
  }
}

/** The check sum that the SDK compares with what it sent. */
export function md5(body: string): string {
  return createHash('md5').update(body).digest('hex');
}
