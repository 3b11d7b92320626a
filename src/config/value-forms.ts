/** What each value of a configuration must look like: ids, accounts, regions, ARNs. Says what cannot be right, and what is doubtful. */

import type { Problem } from '../errors.ts';
import { jsonPath } from './json-path.ts';
import { OF_ORGANIZATION } from './organization/policy.ts';
import { regionOpinion } from './regions.ts';

/** What is wrong with a value, or doubtful about it. */
interface Opinion {
  readonly kind: 'problem' | 'doubt';
  readonly message: string;
}

/** Problems keep a configuration from being used; doubts are worth a look. */
export interface Opinions {
  readonly problems: readonly Problem[];
  readonly doubts: readonly Problem[];
}

type Form = (value: string) => Opinion | undefined;

const problem = (message: string): Opinion => ({ kind: 'problem', message });
const doubt = (message: string): Opinion => ({ kind: 'doubt', message });

/** What ids with these prefixes are ids of. */
const ID_KINDS: Readonly<Record<string, string>> = {
  tmf: 'traffic mirror filter',
  tmt: 'traffic mirror target',
  tms: 'traffic mirror session',
  i: 'instance',
  eni: 'network interface',
  sg: 'security group',
  subnet: 'subnet',
  vpc: 'VPC',
  ami: 'machine image',
};

/** Words that `config init` and examples put where a value is missing. */
const PLACEHOLDER = /replace.?me|change.?me|\byour\b|x{4,}|\.\.\.|…|[<>]/i;

/** The command that lists what can replace a placeholder, where there is one. */
const LISTED_BY: Readonly<Record<string, string>> = {
  tmf: 'aws ec2 describe-traffic-mirror-filters',
  tmt: 'aws ec2 describe-traffic-mirror-targets',
};

/** An id with this prefix. AWS's ids end in 8 or 17 hexadecimal digits; other lower-case endings are only doubtful. */
function idOf(prefix: keyof typeof ID_KINDS): Form {
  const kind = ID_KINDS[prefix] ?? prefix;
  return (value) => {
    const quoted = JSON.stringify(value);
    const found = value.split('-')[0] ?? '';
    if (PLACEHOLDER.test(value)) {
      const command = LISTED_BY[prefix];
      const list = command === undefined ? '' : `; "${command}" lists them`;
      return problem(`${quoted} is a placeholder: put the id of a ${kind} here${list}`);
    }
    if (found !== prefix) {
      const other = ID_KINDS[found];
      const is = other === undefined || found === value ? 'cannot be' : `is the id of a ${other}, not`;
      return problem(`${quoted} ${is} the id of a ${kind} (${prefix}-…)`);
    }
    if (!/^[a-z]+-[0-9a-z-]+$/.test(value))
      return problem(`${quoted} cannot be the id of a ${kind}: ids have only lower-case letters and digits`);
    if (/^[a-z]+-([0-9a-f]{8}|[0-9a-f]{17})$/.test(value)) return undefined;
    return doubt(`${quoted} does not look like an id from AWS: ${prefix}- and 8 or 17 hexadecimal digits`);
  };
}

/** Records of these accounts are believed, or of those that the organization has. */
function believedAccount(value: string): Opinion | undefined {
  return value === OF_ORGANIZATION ? undefined : accountId(value);
}

/** What is wrong with the id of an account; undefined for 12 digits. */
export function accountId(value: string): Opinion | undefined {
  if (/^\d{12}$/.test(value)) return undefined;
  return problem(`${JSON.stringify(value)} cannot be an account id: those have 12 digits`);
}

function topicArn(value: string): Opinion | undefined {
  const [, region, account] = /^arn:aws[a-z-]*:sns:([^:]+):([^:]+):[\w-]+(?:\.fifo)?$/.exec(value) ?? [];
  if (region === undefined || account === undefined)
    return problem(
      `${JSON.stringify(value)} cannot be the ARN of an SNS topic, such as arn:aws:sns:eu-west-1:111122223333:alerts`,
    );
  return accountId(account) ?? regionOpinion(region);
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html */
function eventBusName(value: string): Opinion | undefined {
  if (/^[\w.-]{1,256}$/.test(value)) return undefined;
  const [, region, account] = /^arn:aws[a-z-]*:events:([^:]+):([^:]+):event-bus\/[\w.-]{1,256}$/.exec(value) ?? [];
  if (region === undefined || account === undefined)
    return problem(
      `${JSON.stringify(value)} cannot be the name or ARN of an event bus, such as arn:aws:events:eu-west-1:111122223333:event-bus/security`,
    );
  return accountId(account) ?? regionOpinion(region);
}

function roleName(value: string): Opinion | undefined {
  if (/^[\w+=,.@/-]+$/.test(value)) return undefined;
  const hint = value.startsWith('arn:') ? '; give the name alone, the part after "role/"' : '';
  return problem(`${JSON.stringify(value)} cannot be the name of a role${hint}`);
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function bucketName(value: string): Opinion | undefined {
  if (/^[a-zA-Z0-9][a-zA-Z0-9._-]{1,253}[a-zA-Z0-9]$/.test(value)) return undefined;
  return problem(`${JSON.stringify(value)} cannot be the name of a bucket: give the name alone, without s3:// or ARN`);
}

/** An exemption's resource may be anything that has an id, a pattern too. Only ids of instances and interfaces have a known form. */
function exemptResource(value: string): Opinion | undefined {
  const [prefix = ''] = value.split('-');
  if (value.includes('*') || (prefix !== 'i' && prefix !== 'eni')) return undefined;
  return idOf(prefix)(value);
}

function instanceType(value: string): Opinion | undefined {
  if (/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(value)) return undefined;
  return problem(`${JSON.stringify(value)} cannot be an instance type, such as t3.large`);
}

/** The form of each value by the key that it is under. A key means the same wherever it occurs. */
const FORMS: Readonly<Record<string, Form>> = {
  region: regionOpinion,
  alertTopicArn: topicArn,
  chatTopicArn: topicArn,
  eventBusName,
  topics: topicArn,
  buckets: bucketName,
  accounts: believedAccount,
  account: accountId,
  accountId,
  trustedOwners: accountId,
  roleName,
  filterId: idOf('tmf'),
  targets: idOf('tmt'),
  id: idOf('tmt'),
  targetId: idOf('tmt'),
  targetIds: idOf('tmt'),
  subnetId: idOf('subnet'),
  vpcId: idOf('vpc'),
  vpc: idOf('vpc'),
  imageId: idOf('ami'),
  instanceType,
  securityGroupIds: idOf('sg'),
  exceptGroups: idOf('sg'),
  resource: exemptResource,
};

/** Parts in which the user chooses the keys, or any text goes. In a pattern they are fields of records, with whatever AWS writes there. */
const FREE_PARTS: ReadonlySet<string> = new Set([
  'tags',
  'tag',
  'tagList',
  'excludeTags',
  'requiredTags',
  'severities',
  'pattern',
  'resolvedBy',
]);

/** What is to be said of every text in a configuration, wherever its form is right or wrong around it. */
export function valueOpinions(config: unknown): Opinions {
  const problems: Problem[] = [];
  const doubts: Problem[] = [];
  for (const { path, key, text } of textsIn(config, [], '')) {
    const opinion = Object.hasOwn(FORMS, key) ? FORMS[key]?.(text) : undefined;
    if (opinion !== undefined)
      (opinion.kind === 'problem' ? problems : doubts).push({ path, message: opinion.message });
  }
  return { problems, doubts };
}

interface FoundText {
  readonly path: string;
  /** The nearest key above it: that of the list, for a list's item. */
  readonly key: string;
  readonly text: string;
}

function* textsIn(value: unknown, path: readonly PropertyKey[], key: string): Generator<FoundText> {
  // An empty text is a problem of the schema already.
  if (typeof value === 'string' && value !== '') yield { path: jsonPath(path), key, text: value };
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* textsIn(item, [...path, index], key);
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    // `mirroring.rules.tags` is a list of rules; a sensor's `tags` and a `tagList` are the user's own words.
    const isFree = FREE_PARTS.has(name) && !(name === 'tags' && path.at(-1) === 'rules');
    if (!isFree) yield* textsIn(inner, [...path, name], name);
  }
}
