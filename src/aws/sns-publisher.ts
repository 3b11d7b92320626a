/** Sends mails through an SNS topic: as text, with data beside the text, or as a notification for chat. */

import { type MessageAttributeValue, PublishCommand, type PublishCommandInput, SNSClient } from '@aws-sdk/client-sns';
import { chatNotification } from '../alert/channels/chat-notification.ts';
import { structuredMessage } from '../alert/channels/structured-message.ts';
import type { AlertMessage } from '../alert/message.ts';
import type { Publisher } from '../alert/send-alert.ts';
import { AwsCallError, PipelineError } from '../errors.ts';
import { awsCall } from './call.ts';
import type { Clients } from './clients.ts';

/**
 * What the subscribers of a topic get: `text` for people alone; `json` for programs too (AWS's `MessageStructure`); `chat` for Amazon Q
 * Developer in chat applications.
 */
export type MessageForm = 'text' | 'json' | 'chat';

const FORMS: Readonly<Record<MessageForm, (message: AlertMessage) => Partial<PublishCommandInput>>> = {
  text: ({ subject, body }) => ({ Subject: subject, Message: body }),
  json: (message) => ({
    Subject: message.subject,
    Message: structuredMessage(message),
    MessageStructure: 'json',
  }),
  chat: (message) => ({ Message: JSON.stringify(chatNotification(message)) }),
};

/**
 * A publisher on a topic, in the region of the topic's ARN. Throws PipelineError `alert-failed`, with SNS's code as `awsCode`, if
 * SNS refused the message or its answer was lost.
 *
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export function snsPublisher(clients: Clients, topicArn: string, form: MessageForm = 'text'): Publisher {
  const region = topicArn.split(':')[3] ?? '';
  return {
    async publish(message) {
      try {
        const { MessageId } = await awsCall('Publish', { resourceId: topicArn }, () =>
          clients.home(SNSClient, region).send(
            new PublishCommand({
              TopicArn: topicArn,
              Message: undefined,
              ...FORMS[form](message),
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
