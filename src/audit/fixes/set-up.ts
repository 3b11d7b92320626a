/** Commands that set up what we need in an account, for people who paste them: apart from those in findings, whose options are other ones. */

import { type Command, command, fixBy } from './command.ts';
import { idForm, isRegion, patternForm, regionForm, textForm } from './value-forms.ts';

const arnForm = (what: string) => ({
  ...textForm(what, 1024),
  like: 'an ARN without blanks',
  fits: (value: string): boolean => /^arn:[\w:/.*+=@-]{5,1024}$/.test(value),
});

const OPTIONS = {
  '--destination-cidr-block': patternForm('the range', 'an IPv4 range', /^0\.0\.0\.0\/0$/),
  '--enable-log-file-validation': null,
  '--instance-ids': idForm('the id of the instance', 'i'),
  '--is-multi-region-trail': null,
  '--name': arnForm('the ARN of the trail'),
  '--notification-endpoint': arnForm('the ARN of the queue'),
  '--protocol': patternForm('the protocol', 'sqs', /^sqs$/),
  '--region': { ...regionForm('the region'), fits: isRegion },
  '--region-name': { ...regionForm('the region'), fits: isRegion },
  '--rule-action': patternForm('the action', 'accept', /^accept$/),
  '--rule-number': patternForm('the number', 'a number', /^\d{1,5}$/),
  '--source-cidr-block': patternForm('the range', 'an IPv4 range', /^0\.0\.0\.0\/0$/),
  '--topic-arn': arnForm('the ARN of the topic'),
  '--traffic-direction': patternForm('the direction', 'ingress or egress', /^(?:in|e)gress$/),
  '--traffic-mirror-filter-id': idForm('the id of the filter', 'tmf'),
} as const;

/** The programs that set something up. */
export type SetUp =
  | 'aws account enable-region'
  | `aws cloudtrail ${'start-logging' | 'update-trail'}`
  | `aws ec2 ${'create-traffic-mirror-filter-rule' | `describe-traffic-mirror-${'filters' | 'targets'}` | 'start-instances'}`
  | `aws sns ${'list-subscriptions-by-topic' | 'subscribe'}`;

/** An option and its value; a flag has none. */
export type SetUpOption = readonly [name: keyof typeof OPTIONS, value?: string];

/** A command to paste, or why there is none. @see command */
export function setUpCommand(program: SetUp, options: readonly SetUpOption[]): Command {
  return command(program, options, OPTIONS);
}

/** A fix that consists of one command; in words if a value does not have the form that its option takes. */
export function setUpFix(program: SetUp, options: readonly SetUpOption[]): string {
  return fixBy([setUpCommand(program, options)]);
}
