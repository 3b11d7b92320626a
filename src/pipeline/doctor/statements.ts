/** Policy statements to add, as JSON that people paste. Names in them come from AWS or the configuration, and are only ever JSON strings. */

import { inertJson } from '../../report/escape.ts';
import { type Fault, type Judged, notChecked } from './line.ts';

/** A statement of an identity's policy that allows these actions. */
export function allow(actions: readonly string[], resource: string | readonly string[] = '*'): string {
  return inertJson({ Effect: 'Allow', Action: single(actions), Resource: resource });
}

/** A statement of a resource's policy that lets a service of AWS act for one source. */
export function allowService(service: string, action: string, resource: string, sourceArn: string): string {
  return inertJson({
    Effect: 'Allow',
    Principal: { Service: service },
    Action: action,
    Resource: resource,
    Condition: { ArnEquals: { 'aws:SourceArn': sourceArn } },
  });
}

function single(values: readonly string[]): string | readonly string[] {
  const [first = ''] = values;
  return values.length === 1 ? first : values;
}

/** How to let the caller make calls that it was refused. */
export function grantCaller(actions: readonly string[], resource?: string): string {
  return `Add to the policy of these credentials: ${allow(actions, resource)}`;
}

/**
 * What to say of a call without an answer that only `doctor` needs: it could not be checked. `action` is the permission that the call
 * takes.
 */
export function unanswered(fault: Fault, action: string, subject?: string): Judged {
  if (fault.operation === 'AssumeRole') return notChecked(noRole(fault.awsCode), undefined, subject);
  switch (fault.kind) {
    case 'denied':
      return notChecked(`AWS denied ${action}, so this is not known.`, grantCaller([action]), subject);
    case 'temporary':
      return notChecked(
        `${fault.operation} had no answer (${codeWords(fault)}).`,
        'Run doctor again; if it stays so, look at the network and at throttling.',
        subject,
      );
    case 'missing':
    case 'refused':
      return notChecked(`${fault.operation} failed with ${codeWords(fault)}: ${fault.message}`, undefined, subject);
  }
}

/** What to say of an account in which no role could be assumed, which is another check's matter. */
export function noRole(awsCode: string): string {
  return `The role of the account could not be assumed${awsCode === '' ? '' : ` (${awsCode})`}.`;
}

/** The code of a fault, or what else names it. */
export function codeWords({ awsCode }: Fault): string {
  return awsCode === '' ? 'an error' : awsCode;
}

/** What a topic of ours tells, by the key of the configuration that names it: to whom, and what to do if nobody has subscribed. */
export const TOPICS = {
  alertTopicArn: {
    what: 'the mails',
    ifPending: 'Open the mail from AWS Notifications and confirm.',
    ifNone: 'Subscribe an address to it, and confirm the mail that SNS sends.',
  },
  chatTopicArn: {
    what: 'the chat messages',
    ifPending: 'Add the topic to the channel in Amazon Q Developer in chat applications again.',
    ifNone: 'Add the topic to a channel in Amazon Q Developer in chat applications, which subscribes it.',
  },
} as const;
