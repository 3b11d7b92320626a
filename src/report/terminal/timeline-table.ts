/** A resource's life as text for a terminal: how much of the time it complied, what happened, and the spans in between. */

import pc from 'picocolors';
import { RESOURCE_NOUNS } from '../../audit/rule-answer.ts';
import type { Compliance, Question } from '../../causes/timeline.ts';
import { secondWords } from '../past/as-of.ts';
import type { TimelineDocument, TimelineRow, TimelineShare, TimelineSpan } from '../past/timeline-document.ts';
import { durationWords, percent } from '../words.ts';
import type { Paint } from './page-setup.ts';
import { pad, wrap } from './terminal-text.ts';

const NARROWEST = 40;
const QUESTIONS = ['tags', 'mirroring'] as const satisfies readonly Question[];

type Answers = Readonly<Record<Question, Readonly<Record<Compliance, string>>>>;

const OF_SOURCES: Answers = {
  tags: { yes: 'tagged', no: 'not tagged', unknown: 'tags unknown', exempt: 'no tags required', absent: 'not there' },
  mirroring: {
    yes: 'mirrored',
    no: 'not mirrored',
    unknown: 'mirroring unknown',
    exempt: 'mirroring not required',
    absent: 'not there',
  },
};

/** A session is not mirrored itself: it breaks a rule about sessions, or none. */
const OF_SESSIONS: Answers = {
  ...OF_SOURCES,
  mirroring: { yes: 'in order', no: 'not in order', unknown: 'unknown', exempt: 'not judged', absent: 'not there' },
};

interface Page {
  readonly columns: number;
  readonly paint: Paint;
  readonly asked: readonly Question[];
  readonly answers: Answers;
}

/** The table. Colour only repeats what the words say. Text from records is shown without anything that a terminal would execute. */
export function renderTimeline(
  document: TimelineDocument,
  options: { readonly columns?: number | undefined; readonly color?: boolean | undefined } = {},
): string {
  const page: Page = {
    columns: Math.max(NARROWEST, options.columns ?? 100),
    paint: pc.createColors(options.color === true),
    answers: document.resourceType === 'AWS::EC2::TrafficMirrorSession' ? OF_SESSIONS : OF_SOURCES,
    asked: QUESTIONS.filter((question) => document.compliance[question] !== null),
  };
  const sections = [
    headline(document, page),
    shares(document, page),
    eventLines(document, page),
    spanLines(document, page),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headline(document: TimelineDocument, { columns, paint }: Page): readonly string[] {
  const { resourceId, resourceType, name, accountId, region, period, accountReadAt, records } = document;
  const title = `${resourceId}${name === undefined ? '' : ` (${name})`}, ${RESOURCE_NOUNS[resourceType]} in ${accountId} ${region}`;
  const length = durationWords((Date.parse(period.until) - Date.parse(period.since)) / 1000);
  const read =
    accountReadAt === undefined
      ? 'a snapshot that does not say when it was read'
      : `the account as read at ${secondWords(accountReadAt)}`;
  const by =
    records === null
      ? 'there are no records'
      : `records read from ${secondWords(records.first)} to ${secondWords(records.last)}`;
  return [
    ...wrap(title, columns).map((line) => paint.bold(line)),
    ...wrap(`${secondWords(period.since)} to ${secondWords(period.until)} (${length})`, columns),
    ...wrap(`By ${read}; ${by}.${limitWords(period, records)} Changes that no record shows are not seen.`, columns).map(
      (line) => paint.dim(line),
    ),
  ];
}

/**
 * Where the period is no more than the records that were read. Unless a time was asked about, only records of changes are read, so the
 * logs may reach further.
 */
function limitWords({ since, until }: TimelineDocument['period'], records: TimelineDocument['records']): string {
  const begins = since === records?.first;
  // Times are in whole seconds; the last of them counts in full.
  const ends = records !== null && Date.parse(until) === Date.parse(records.last) + 1000;
  if (begins && ends) return ' The period is that of these records; the logs may begin earlier and end later.';
  if (ends) return ' The period ends with the last of them; the logs may end later.';
  return begins ? ' The period begins with the first of them; the logs may begin earlier.' : '';
}

function shares({ compliance }: TimelineDocument, { columns, asked, answers }: Page): readonly string[] {
  if (asked.length === 0) return ['Nothing is judged: the configuration requires no tag and no mirroring of it.'];
  return asked.flatMap((question) => {
    const share = compliance[question];
    return share === null ? [] : wrap(`${pad(question, 9)}  ${shareWords(share, answers[question])}`, columns);
  });
}

function shareWords(
  { compliant, compliantSeconds, brokenSeconds, unknownSeconds }: TimelineShare,
  answers: Readonly<Record<Compliance, string>>,
): string {
  const unknown = unknownSeconds === 0 ? '' : `; unknown for ${durationWords(unknownSeconds)}`;
  if (compliant === null) return `not known of any time at which it was required${unknown}`;
  const known = unknownSeconds === 0 ? '' : ' of the time of which it is known';
  return `${percent(compliant)} ${answers.yes}${known} (${durationWords(compliantSeconds)} ${answers.yes}, ${durationWords(brokenSeconds)} ${answers.no})${unknown}`;
}

function eventLines({ events, spans }: TimelineDocument, page: Page): readonly string[] {
  const { paint } = page;
  if (events.length === 0) return [paint.bold('Events'), 'No record of this period shows a change.'];
  // Calls of one second are not told apart: what became of the answers is said after the last of them.
  const isLast = (index: number): boolean => events[index + 1]?.at !== events[index]?.at;
  return [
    paint.bold('Events'),
    ...events.flatMap((event, index) => oneEvent(event, isLast(index) ? changesAt(event, spans, page) : '', page)),
  ];
}

/** What became of the answers in an event's second, as far as they are others than before. Where nothing was known before, it is no change. */
function changesAt({ at }: TimelineRow, spans: readonly TimelineSpan[], { asked, answers }: Page): string {
  const index = spans.findIndex(({ from }) => from === at);
  const [before, after] = [spans[index - 1], spans[index]];
  if (before === undefined || after === undefined) return '';
  const others = asked.filter((question) => before[question] !== after[question]);
  const words = (questions: readonly Question[]): string =>
    [...new Set(questions.map((question) => answers[question][after[question]]))].join(', ');
  const changed = words(others.filter((question) => before[question] !== 'unknown'));
  const known = words(others.filter((question) => before[question] === 'unknown'));
  return `${changed && `; from then on ${changed}`}${known && `; known to be ${known} from then on`}`;
}

const TIME = 'YYYY-MM-DD hh:mm:ss'.length;

function oneEvent(
  { at, what, actor, eventName }: TimelineRow,
  then: string,
  { columns, paint }: Page,
): readonly string[] {
  const indent = ' '.repeat(4);
  const [head = '', ...rest] = wrap(what, columns - TIME - 2);
  return [
    `${secondWords(at).slice(0, TIME)}  ${head}`,
    ...rest.map((line) => `${' '.repeat(TIME + 2)}${line}`),
    ...wrap(`by ${actor} (${eventName})${then}`, columns - indent.length).map((line) => indent + paint.dim(line)),
  ];
}

function spanLines({ spans }: TimelineDocument, { columns, paint, asked, answers: words }: Page): readonly string[] {
  if (asked.length === 0) return [];
  const lines = spans.flatMap((span) => {
    const { from, to, reason } = span;
    const length = durationWords((Date.parse(to) - Date.parse(from)) / 1000);
    const answers = [...new Set(asked.map((question) => words[question][span[question]]))];
    const why = reason === undefined ? '' : `: ${reason}`;
    const line = `${secondWords(from).slice(0, TIME)} to ${secondWords(to).slice(0, TIME)} (${length}): ${answers.join(', ')}${why}`;
    const [head = '', ...rest] = wrap(line, columns - 4);
    return [head, ...rest.map((more) => `    ${more}`)];
  });
  return [paint.bold('Spans (UTC)'), ...lines];
}
