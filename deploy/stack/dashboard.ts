/** The dashboard: what is covered, what is open, whether logs come, and what was repaired. docs/operate.md says how to read it. */

import { type Resources, resource, sub, type Value } from './intrinsics.ts';

/** A metric of ours, of one function. */
type Ours = readonly [name: string, service: string];

/** A widget before it has its place: everything is half or a third as wide as the page. */
interface Widget {
  readonly title: string;
  readonly width: 8 | 12 | 24;
  /** Rows of the body, as CloudWatch takes them: metrics, or expressions on them. */
  readonly metrics: readonly unknown[];
  readonly stat: 'Sum' | 'Maximum' | 'Average';
  /** In seconds. */
  readonly period: number;
  readonly view?: 'singleValue' | 'timeSeries' | 'bar';
  /** What a number is of. */
  readonly unit?: string;
}

const HOUR = 3600;
const DAY = 86_400;
/** By AWS's price list of November 2026, in us-east-1: https://aws.amazon.com/vpc/pricing/ */
const SESSION_MONTH_DOLLARS = 10.95;

const ours = ([name, service]: Ours, label: string): unknown => ['Mirrorwatch', name, 'service', service, { label }];
/** Of queues of the stack, by the logical ids: `Fn::Sub` fills in their names. */
const queue = (name: string, id: string, label: string): unknown => [
  ...['AWS/SQS', name, 'QueueName', `\${${id}.QueueName}`],
  { label },
];
const search = (expression: string, stat: string, period: number, label = ''): unknown => [
  { expression: `SEARCH('${expression}', '${stat}', ${period})`, label },
];

const WIDGETS: readonly Widget[] = [
  {
    title: 'Coverage in percent: all accounts',
    ...{ width: 12, stat: 'Average', period: DAY, unit: '%' },
    metrics: ['tags', 'mirroring'].map((question) => [
      ...['Mirrorwatch', 'CoveragePercent', 'service', 'report', 'Question', question],
      { label: question },
    ]),
  },
  {
    title: 'Coverage in percent: the accounts in which it is lowest',
    ...{ width: 12, stat: 'Average', period: DAY, unit: '%' },
    metrics: [search('{Mirrorwatch,AccountId,Question,service} MetricName="CoveragePercent"', 'Average', DAY)],
  },
  {
    title: 'Open findings by severity, once a day',
    ...{ width: 12, stat: 'Maximum', period: DAY, view: 'bar' },
    metrics: ['critical', 'high', 'medium', 'low'].map((severity) => [
      ...['Mirrorwatch', 'OpenFindings', 'service', 'report', 'Severity', severity],
      { label: severity },
    ]),
  },
  {
    title: 'Findings opened and resolved',
    ...{ width: 12, stat: 'Sum', period: HOUR },
    metrics: ['watch', 'respond', 'remediate'].flatMap((service) => [
      ours(['FindingsOpened', service], `opened, ${service}`),
      ours(['FindingsResolved', service], `resolved, ${service}`),
    ]),
  },
  {
    title: 'Log files read',
    ...{ width: 8, stat: 'Sum', period: HOUR },
    metrics: [ours(['ObjectsScanned', 'watch'], 'log files'), ours(['ParseErrors', 'watch'], 'not readable')],
  },
  {
    title: 'Age of the oldest delivery that waits, in seconds',
    ...{ width: 8, stat: 'Maximum', period: 300 },
    metrics: [
      queue('ApproximateAgeOfOldestMessage', 'Deliveries', 'deliveries'),
      queue('ApproximateAgeOfOldestMessage', 'Remediations', 'repairs'),
    ],
  },
  {
    title: 'From a call to our answer, in seconds',
    ...{ width: 8, stat: 'Maximum', period: 300 },
    metrics: [ours(['LagSeconds', 'watch'], 'by log files'), ours(['LagSeconds', 'respond'], 'by events')],
  },
  {
    title: 'Silent accounts and regions',
    ...{ width: 8, stat: 'Maximum', period: HOUR },
    metrics: [ours(['SilentScopes', 'watch'], 'silent')],
  },
  {
    title: 'Repairs',
    ...{ width: 8, stat: 'Sum', period: HOUR },
    metrics: [
      ours(['SessionsCreated', 'remediate'], 'sessions made'),
      ours(['SessionsFailed', 'remediate'], 'refused'),
    ],
  },
  {
    title: 'Dead letters',
    ...{ width: 8, stat: 'Maximum', period: 300 },
    metrics: ['Delivery', 'Remediation', 'Event'].map((kind) =>
      queue('ApproximateNumberOfMessagesVisible', `${kind}DeadLetters`, kind.toLowerCase()),
    ),
  },
  {
    title: `Mirrored sources, and what their sessions cost a month at least (${SESSION_MONTH_DOLLARS} $ each, us-east-1)`,
    ...{ width: 24, stat: 'Maximum', period: DAY, view: 'singleValue' },
    metrics: [
      ['Mirrorwatch', 'MirroredSources', 'service', 'report', { id: 'sources', label: 'mirrored sources' }],
      [{ expression: `sources * ${SESSION_MONTH_DOLLARS}`, label: '$ a month, at least' }],
    ],
  },
];

const WIDGET_HEIGHT = 6;
const PAGE_WIDTH = 24;

/** The widgets with their places, from left to right and from top to bottom. */
function placed(widgets: readonly Widget[]): readonly object[] {
  let [x, y] = [0, 0];
  return widgets.map(({ title, width, metrics, stat, period, view = 'timeSeries', unit }) => {
    if (x + width > PAGE_WIDTH) [x, y] = [0, y + WIDGET_HEIGHT];
    const at = { type: 'metric', x, y, width, height: WIDGET_HEIGHT };
    x += width;
    const yAxis = { left: { min: 0, ...(unit === '%' && { max: 100 }), showUnits: false } };
    const region = '${AWS::Region}';
    return {
      ...at,
      properties: { title, metrics, stat, period, view, region, ...(view === 'timeSeries' && { yAxis }) },
    };
  });
}

const body: Value = sub(JSON.stringify({ start: '-P7D', widgets: placed(WIDGETS) }));

/** By logical id. */
export const DASHBOARD: Resources = {
  Dashboard: resource('AWS::CloudWatch::Dashboard', {
    DashboardName: sub('${AWS::StackName}-${AWS::Region}'),
    DashboardBody: body,
  }),
};
