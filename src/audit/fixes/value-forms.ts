/** The forms of values in commands and links. Anyone may have chosen a value; one that fails its form gets into neither. */

import { partitionOf } from '../../cloudtrail/partition.ts';

/** What a value must look like. */
export interface Form {
  /** What the value is, such as `the id of the session`. */
  readonly what: string;
  /** What it would have to look like, in words. */
  readonly like: string;
  readonly fits: (value: string) => boolean;
}

const REGION = /^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/;
const ACCOUNT = /^\d{12}$/;
/** `arn:partition:ecs:region:account:` and a task or an attachment. */
const ECS_ARN = /^arn:(aws(?:-[a-z]+)*):ecs:([a-z0-9-]+):(\d{12}):(?:task|attachment)\/[\w-]+(?:\/[\w-]+)?$/;
/** Wider than AWS's own ids (8 or 17 hexadecimal digits), as snapshots written by hand have shorter ones. */
const ID_BODY = '[0-9a-z][0-9a-z-]{0,60}';
/** Marks that no reader sees, and control characters: a terminal acts on them even between quotes. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;

/** True for a text of the form of a region's name. It need not exist. */
export function isRegion(text: string): boolean {
  return REGION.test(text);
}

/** True for 12 digits. */
export function isAccountId(text: string): boolean {
  return ACCOUNT.test(text);
}

/** True for the ARN of an ECS task or attachment whose partition is that of its region. */
export function isTaskArn(text: string): boolean {
  const [, partition, region = ''] = ECS_ARN.exec(text) ?? [];
  return partition !== undefined && isRegion(region) && partitionOf(region) === partition;
}

/** True for text without a character that a reader cannot see. */
export function isSeen(text: string): boolean {
  return !UNSEEN.test(text);
}

/** The form of ids with one of these prefixes. */
export function idForm(what: string, ...prefixes: readonly string[]): Form {
  const pattern = new RegExp(`^(?:${prefixes.join('|')})-${ID_BODY}$`);
  const like = `${prefixes.map((prefix) => `${prefix}-`).join(' or ')} and lower-case letters or digits`;
  return { what, like, fits: (value) => pattern.test(value) };
}

const SOURCE = idForm('', 'i', 'mi', 'eni', 'tms');

/** The form of what `--only` and `mirror explain` take: one id, or several with commas between them. */
export function sourceForm(what: string): Form {
  return {
    what,
    like: 'the id of an instance, interface or session, or the ARN of a task',
    fits: (value) => value.split(',').every((id) => SOURCE.fits(id) || isTaskArn(id)),
  };
}

/** The form of regions with commas between them, often only one. */
export function regionForm(what: string): Form {
  return {
    what,
    like: 'the name of a region, such as eu-west-1',
    fits: (value) => value.split(',').every(isRegion),
  };
}

/** The form of free text, such as the path of a file: anything that a reader sees, as it is quoted. At most `longest` characters. */
export function textForm(what: string, longest: number): Form {
  return {
    what,
    like: `1 to ${longest} characters that a reader can see`,
    fits: (value) => value !== '' && value.length <= longest && isSeen(value),
  };
}

/** The form of a text that the pattern matches as a whole. */
export function patternForm(what: string, like: string, pattern: RegExp): Form {
  return { what, like, fits: (value) => pattern.test(value) };
}
