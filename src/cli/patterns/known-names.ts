/** The event names and sources of AWS's services, as far as its service models have them. */

import { AWS_EVENT_NAMES } from './aws-event-names.ts';

const SUFFIX = '.amazonaws.com';

/** What services log: the event names by event source, without `.amazonaws.com`. */
const NAMES_BY_SOURCE: ReadonlyMap<string, ReadonlySet<string>> = readNames(AWS_EVENT_NAMES);

/** Every event name of every service. */
export const EVENT_NAMES: ReadonlySet<string> = new Set([...NAMES_BY_SOURCE.values()].flatMap((names) => [...names]));

/** The full names of all event sources. */
export const EVENT_SOURCES: ReadonlySet<string> = new Set(
  [...NAMES_BY_SOURCE.keys()].map((source) => `${source}${SUFFIX}`),
);

/**
 * Sources that log more than the models have: what people do in consoles and sign-in pages, and what services do by themselves. A name
 * that is not known may still be one of theirs.
 */
const OPEN_SOURCES: ReadonlySet<string> = new Set(
  `
  aws-portal billing billingconsole cases cloudshell cognito-idp connect consoleapp controltower cost-optimization-hub freetier health
  invoicing macie notifications payments quicksight signin sso sso-directory support supportplans tax trustedadvisor user-subscriptions
  `
    .trim()
    .split(/\s+/),
);

/** The sources that rules about security are mostly about. Many others have calls of the same names: a CreateUser is IAM's, if nothing says otherwise. */
const OFTEN_WATCHED: readonly string[] =
  'iam sts signin organizations cloudtrail config kms s3 ec2 guardduty securityhub lambda rds logs sns sqs secretsmanager ssm dynamodb ecs eks ecr elasticloadbalancing route53 cloudformation events'.split(
    ' ',
  );

/** What people write for a source whose name is another one. */
const SOURCE_OF: Readonly<Record<string, string>> = {
  apigatewayv2: 'apigateway',
  cloudwatch: 'monitoring',
  cloudwatchlogs: 'logs',
  console: 'signin',
  efs: 'elasticfilesystem',
  elb: 'elasticloadbalancing',
  elbv2: 'elasticloadbalancing',
  email: 'ses',
  emr: 'elasticmapreduce',
  eventbridge: 'events',
  keyspaces: 'cassandra',
  msk: 'kafka',
  stepfunctions: 'states',
  tag: 'tagging',
  vpc: 'ec2',
};

/** True if a service logs events of the name. Versions are no part of it: Lambda logs `CreateFunction20150331`, CloudFront `…2020_05_31`. */
export function isEventName(name: string): boolean {
  return EVENT_NAMES.has(name) || EVENT_NAMES.has(withoutVersion(name));
}

/** True if a source, by its full name, logs events of the name. */
export function isEventOf(source: string, name: string): boolean {
  const names = NAMES_BY_SOURCE.get(shortName(source));
  return names?.has(name) === true || names?.has(withoutVersion(name)) === true;
}

/** The event names of a source, by its full name; empty if none are known. */
export function eventNamesOf(source: string): ReadonlySet<string> {
  return NAMES_BY_SOURCE.get(shortName(source)) ?? new Set();
}

/** The sources, by their full names, that log events of the name: those that people most often watch first, then by name. */
export function sourcesOf(name: string): readonly string[] {
  const sources = [...EVENT_SOURCES].filter((source) => isEventOf(source, name));
  return sources.toSorted((one, other) => rankOf(one) - rankOf(other));
}

function rankOf(source: string): number {
  const rank = OFTEN_WATCHED.indexOf(shortName(source));
  return rank === -1 ? OFTEN_WATCHED.length : rank;
}

/** True if the models have all names that a source logs, as far as we know. */
export function hasAllNames(source: string): boolean {
  const short = shortName(source);
  return eventNamesOf(source).size > 0 && !OPEN_SOURCES.has(short) && !short.includes('marketplace');
}

/** The full name of the source that somebody means by `cloudwatch` or `ec2`; undefined if there is none. */
export function meantSource(text: string): string | undefined {
  const short = shortName(text.toLowerCase().replace(/^aws\./, ''));
  const source = `${Object.hasOwn(SOURCE_OF, short) ? SOURCE_OF[short] : short}${SUFFIX}`;
  return EVENT_SOURCES.has(source) ? source : undefined;
}

function shortName(source: string): string {
  return source.replace(/\.amazonaws\.com(\.cn)?$/, '');
}

/** A name without the version of the API that some services put behind it, such as `20150331v2` or `2020_05_31`. */
function withoutVersion(name: string): string {
  return name.replace(/\d{4}_?\d{2}_?\d{2}(v\d)?$/, '');
}

function readNames(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const lines = text.trim().split('\n').map(readLine);
  const own = new Map(lines.map(({ source, names }) => [source, names]));
  return new Map(
    lines.map(({ source, names, also }) => [source, new Set([...names, ...also.flatMap((one) => own.get(one) ?? [])])]),
  );
}

/** A line of the list: `autoscaling =autoscaling-plans Attach:Instances,LoadBalancers`. */
function readLine(line: string) {
  const [source = '', ...words] = line.split(' ');
  const also = words.filter((word) => word.startsWith('=')).map((word) => word.slice(1));
  const names = words.flatMap((word) => {
    const [first = '', rests] = word.split(':');
    return rests === undefined ? [] : rests.split(',').map((rest) => `${first}${rest}`);
  });
  return { source, also, names };
}
