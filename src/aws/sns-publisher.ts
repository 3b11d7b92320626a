/** Sends mail over SNS. */

import { type MessageAttributeValue, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { AlertMessage } from '../alert/message.ts';
import type { Publisher } from '../alert/send-alert.ts';
import { AwsCallError, PipelineError } from '../errors.ts';
import { awsCall } from './call.ts';
import type { Clients } from './clients.ts';

/**
 * A publisher on one topic; its region is the one in the topic's ARN. Throws PipelineError `alert-failed` with SNS's code as
 * `awsCode` when the message was refused, or it is not known whether it was accepted.
 *
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export function snsPublisher(clients: Clients, topicArn: string): Publisher {
  const region = topicArn.split(':')[3] ?? '';
  return {
    async publish(message) {
      try {
        const { MessageId } = await awsCall('Publish', { resourceId: topicArn }, () =>
          clients.home(SNSClient, region).send(
            new PublishCommand({
              TopicArn: topicArn,
              Subject: message.subject,
              Message: message.body,
              MessageAttributes: attributesOf(message),
            }),
          ),
        );
        return MessageId ?? '';
      } catch (fault) {
        if (!(fault instanceof AwsCallError)) throw fault;
        throw new PipelineError('alert-failed', `the mail "${message.subject}" was not accepted: ${fault.message}`, {
          ...fault.concerns,
          retryable: fault.retryable,
          cause: fault,
        });
      }
    },
  };
}

/**
 * SNS refuses an attribute without a value. A JSON array is an attribute of several values, each of which a filter policy may match.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
 */
function attributesOf({ attributes }: AlertMessage): Record<string, MessageAttributeValue> {
  const set = Object.entries(attributes).filter(([, value]) => value !== '');
  return Object.fromEntries(
    set.map(([name, StringValue]) => [
      name,
      { DataType: StringValue.startsWith('[') ? 'String.Array' : 'String', StringValue },
    ]),
  );
}
