/** A mail as a custom notification of Amazon Q Developer in chat applications, for channels of Slack and Microsoft Teams. */

import type { Finding } from '../../audit/finding.ts';
import { linksOf } from '../console-link.ts';
import type { AlertMessage, FindingChange, Reported } from '../message.ts';
import { asciiText, pasteable } from '../plain-text.ts';
import { chatText } from './chat-text.ts';

/** @see https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html */
export interface ChatNotification {
  readonly version: '1.0';
  readonly source: 'custom';
  readonly content: {
    readonly textType: 'client-markdown';
    readonly title: string;
    readonly description: string;
    readonly nextSteps?: readonly string[];
    readonly keywords?: readonly string[];
  };
  readonly metadata: {
    /** What is told of one opening of a finding is one thread, if the channel's preferences allow threads. */
    readonly threadId?: string;
    readonly summary: string;
    readonly eventType: string;
    readonly relatedResources?: readonly string[];
    /** Of the only finding: for the variables of custom actions. */
    readonly additionalContext?: Readonly<Record<string, string>>;
  };
}

/** In characters. */
const MAX_TITLE = 250;
const MAX_DESCRIPTION = 8_000;
/** Findings that a message lists: more than anyone reads in a channel. The others are counted. */
const LISTED = 20;
const MAX_STEPS = 5;
const MAX_STEP = 350;
const MAX_KEYWORDS = 10;
const MAX_KEYWORD = 75;

const HEADINGS = {
  opened: 'New',
  reminded: 'Still open',
  resolved: 'Over',
} as const satisfies Record<FindingChange, string>;

/** The notification of a mail: its subject, up to twenty findings in a line each, what to do next, and the rest counted. */
export function chatNotification(message: AlertMessage): ChatNotification {
  const { kind, subject, reported = [], threads: [threadId] = [] } = message;
  const title = chatText(subject, MAX_TITLE);
  const findings = reported.map(({ entry }) => entry.finding);
  const [only] = findings.length === 1 ? findings : [];
  const resources = [...new Set(findings.map(({ resourceId }) => asciiText(resourceId, 300)))].slice(0, LISTED);
  const [steps, words] = [stepsOf(message, findings), keywordsOf(message)];
  return {
    version: '1.0',
    source: 'custom',
    content: {
      textType: 'client-markdown',
      title,
      description: descriptionOf(message),
      ...(steps.length > 0 && { nextSteps: steps }),
      ...(words.length > 0 && { keywords: words }),
    },
    metadata: {
      ...(threadId !== undefined && { threadId }),
      summary: title,
      eventType: `mirrorwatch-${kind}`,
      ...(resources.length > 0 && { relatedResources: resources }),
      ...(only !== undefined && { additionalContext: contextOf(only) }),
    },
  };
}

/** Lines within the limit, and how many findings and failures they leave out. */
function descriptionOf({ reported = [], failures = [] }: AlertMessage): string {
  const listed = reported.slice(0, LISTED);
  const lines = [
    ...(Object.keys(HEADINGS) as FindingChange[]).flatMap((change) => {
      const those = listed.filter((each) => each.change === change);
      return those.length === 0 ? [] : [`*${HEADINGS[change]}*`, ...those.map(lineOf)];
    }),
    ...(failures.length === 0 ? [] : ['*Not read or judged*']),
    ...failures.slice(0, LISTED).map(({ path, reason }) => `• ${chatText(path, 120)}: ${chatText(reason, 200)}`),
  ];
  const kept: string[] = [];
  let length = 0;
  for (const line of lines) {
    length += line.length + 1;
    if (length > MAX_DESCRIPTION - 200) break;
    kept.push(line);
  }
  const shown = kept.filter((line) => line.startsWith('•')).length;
  const others = reported.length + failures.length - shown;
  return [...kept, ...(others > 0 ? [`and ${others} more, in the mail and in the report`] : [])].join('\n');
}

function lineOf({ entry: { finding } }: Reported): string {
  const { severity, rule, resourceId, accountId, region, reason, detail } = finding;
  const name = typeof detail.name === 'string' && detail.name !== '' ? ` (${chatText(detail.name, 60)})` : '';
  const where = `${chatText(accountId, 20)} ${chatText(region, 30)}`;
  return `• *${severity.toUpperCase()}* ${chatText(rule, 60)}: ${chatText(resourceId, 120)}${name}, ${where}: ${chatText(reason, 200)}`;
}

/** The report, and of the most urgent finding its command and its page in the console. A command that chat would show otherwise is left out. */
function stepsOf({ reportUrl }: AlertMessage, [first]: readonly Finding[]): readonly string[] {
  const report = reportUrl === undefined ? [] : [`Read the report: ${reportUrl}`];
  const command = first === undefined || first.status !== 'open' ? undefined : pasteable(first.fix);
  const fix =
    command === undefined || command === '' || chatText(command, MAX_STEP) !== command ? [] : [`Run: ${command}`];
  const links = first === undefined ? [] : linksOf(first, undefined).map((link) => `Look at it: ${link}`);
  return [...report, ...fix, ...links].filter((step) => step.length <= MAX_STEP).slice(0, MAX_STEPS);
}

function keywordsOf({ severity, reported = [] }: AlertMessage): readonly string[] {
  const values = reported.flatMap(({ entry: { finding } }) => [finding.rule, finding.accountId, finding.region]);
  const words = ['mirrorwatch', ...(severity === null ? [] : [severity]), ...values];
  return [...new Set(words.map((word) => chatText(word, MAX_KEYWORD)))].slice(0, MAX_KEYWORDS);
}

function contextOf({ id, rule, severity, accountId, region, resourceId }: Finding): Readonly<Record<string, string>> {
  const context = { findingId: id, rule, severity, accountId, region, resourceId };
  return Object.fromEntries(Object.entries(context).map(([name, value]) => [name, asciiText(value, 300)]));
}
