/** Sends mails through an SNS topic. */

import { type MessageAttributeValue, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { AlertMessage } from '../alert/message.ts';
import type { Publisher } from '../alert/send-alert.ts';
import { AwsCallError, PipelineError } from '../errors.ts';
import { awsCall } from './call.ts';
import type { Clients } from './clients.ts';

/**
 * A publisher on a topic, in the region of the topic's ARN. Throws PipelineError `alert-failed`, with SNS's code as `awsCode`, if
 * SNS refused the message or its answer was lost.
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
        throw new PipelineError('alert-failed', `SNS did not accept the mail "${message.subject}": ${fault.message}`, {
          ...fault.concerns,
          retryable: fault.retryable,
          cause: fault,
        });
      }
    },
  };
}

/**
 * SNS refuses empty attributes. A JSON array becomes a multi-valued attribute, and filter policies match any of its values.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
 */
function attributesOf({ attributes }: AlertMessage): Record<string, MessageAttributeValue> {
  const nonEmpty = Object.entries(attributes).filter(([, value]) => value !== '');
  return Object.fromEntries(
    nonEmpty.map(([name, StringValue]) => [
      name,
      { DataType: StringValue.startsWith('[') ? 'String.Array' : 'String', StringValue },
    ]),
  );
}
