/** Facts that rules report by keys and values, in words: no reader of the page should have to read JSON. */

import { truncate } from '../../collections.ts';

/** What the keys of a finding's detail are called. Others are called by their own words: `groupName` is `Group name`. */
const LABELS: Readonly<Record<string, string>> = {
  autoScalingGroupName: 'Auto Scaling group',
  trafficMirrorSessionId: 'Mirror session',
  trafficMirrorSessionIds: 'Mirror sessions',
  trafficMirrorTargetId: 'Mirror target',
  networkInterfaceId: 'Interface',
  disguisedSessionIds: 'Sessions with our tag',
  unprovenSessionIds: 'Changed for their tag alone',
  expiredExemption: 'Expired exemption',
  guardDutyFindingId: 'GuardDuty finding',
  guardDutyFindingType: 'GuardDuty type',
  managed: 'Made by us',
  made: 'What was done',
  what: '',
  byRecordsAlone: 'Known by records alone',
  behind: 'Behind it',
  gaps: 'Not read or judged',
  unjudged: 'Not judged',
  unjudgedSource: 'For example',
  localTime: 'at',
  eventID: 'event',
};

const MOST_LISTED = 20;
const MOST_DEPTH = 4;
const MOST_KEY = 60;

/** The label of a key of a finding's detail. */
export function labelOf(key: string): string {
  const label = own(LABELS, key) ?? wordsOfKey(key);
  return label.charAt(0).toUpperCase() + label.slice(1);
}

/** A value in words: `yes` for true, lists with semicolons, and what has keys as `port 22, protocol tcp`. Empty for what is absent. */
export function valueWords(value: unknown): string {
  return wordsOf(value, 0);
}

/** `securityGroups` as `security groups`. A key that is no name of a program's is left as it is. */
export function wordsOfKey(key: string): string {
  if (!/^[a-z][A-Za-z0-9]{0,59}$/.test(key)) return truncate(key, MOST_KEY);
  return key
    .split(/(?<=[a-z0-9])(?=[A-Z])/)
    .map((part) => (/^[A-Z]{2,}/.test(part) ? part : part.toLowerCase()))
    .join(' ');
}

function wordsOf(value: unknown, depth: number): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'object') return String(value);
  if (depth === MOST_DEPTH) return '…';
  if (Array.isArray(value)) {
    const words = value.slice(0, MOST_LISTED).map((one) => wordsOf(one, depth + 1));
    const left = value.length - words.length;
    return [...words.filter((one) => one !== ''), ...(left > 0 ? [`and ${left} more`] : [])].join(
      depth === 0 ? '; ' : ', ',
    );
  }
  return Object.entries(value)
    .slice(0, MOST_LISTED)
    .map(([key, one]) => [own(LABELS, key) ?? wordsOfKey(key), wordsOf(one, depth + 1)] as const)
    .filter(([, words]) => words !== '')
    .map(([label, words]) => `${lowered(label)} ${words}`.trim())
    .join(', ');
}

/** A label inside a sentence; a name such as `GuardDuty finding` keeps its capital. */
function lowered(label: string): string {
  return /^[A-Z][a-z]+ /.test(label) || /^[A-Z][a-z]+$/.test(label)
    ? label.charAt(0).toLowerCase() + label.slice(1)
    : label;
}

function own(words: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(words, key) ? words[key] : undefined;
}
