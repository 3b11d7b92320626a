/** Fields of EventBridge's event, around the record, that no event with a CloudTrail record has as a pattern asks for them. */

import { didYouMean, nearest } from '../../config/spelling.ts';
import type { Problem } from '../../errors.ts';
import { type AskedField, exactTexts } from './asked-fields.ts';
import { EVENT_SOURCES, meantSource } from './known-names.ts';
import { RECORD_FIELDS } from './record-fields.ts';

/** The end of the `detail-type` of every event that carries a record. @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html */
const VIA_CLOUDTRAIL = ' via CloudTrail';
const DETAIL_TYPES: readonly string[] = [
  'API Call',
  'Console Action',
  'Console Sign In',
  'Insight',
  'Service Event',
].map((what) => `AWS ${what}${VIA_CLOUDTRAIL}`);

/** The fields of the event itself. @see https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */
const EVENT_FIELDS: readonly string[] = [
  'version',
  'id',
  'detail-type',
  'source',
  'account',
  'time',
  'region',
  'resources',
  'replay-name',
  'detail',
];

/** True for the name of a field of the event itself. */
export function isEventField(name: string | undefined): boolean {
  return name !== undefined && EVENT_FIELDS.includes(name);
}

/** What is doubtful about a field that is not in the event's `detail`. `carries` is true for an event that carries a record. */
export function eventDoubts({ names, paths, list }: AskedField, carries: boolean): readonly Problem[] {
  const [name = ''] = names;
  const path = paths[0] ?? '';
  if (name === 'detail-type') return detailTypeDoubts(path, list);
  if (name === 'source') return carries ? sourceDoubts(path, list) : [];
  if (name === 'detail') return [{ path, message: 'never matches: detail is an object; ask for one of its fields' }];
  if (isEventField(name) || !RECORD_FIELDS.has(name)) return [];
  return [{ path, message: `is a field of the record, which is in the event's detail; write it under "detail"` }];
}

/** What the fields around a record are called in the record itself. */
const IN_RECORD: Readonly<Record<string, string>> = {
  account: 'recipientAccountId',
  region: 'awsRegion',
  time: 'eventTime',
  id: 'eventID',
};

/** What is doubtful about a field of EventBridge's event in a pattern that is asked of records, as it has neither source nor detail. */
export function envelopeDoubts({ names, paths }: AskedField): readonly Problem[] {
  const [first = ''] = names;
  if (!Object.hasOwn(IN_RECORD, first)) return [];
  const message = `is a field of EventBridge's event, and the pattern is one of the record; write ${IN_RECORD[first]}`;
  return [{ path: paths[0] ?? '', message }];
}

/** True if what is asked for together can only be an event that carries a CloudTrail record. */
export function carriesRecord(together: readonly AskedField[]): boolean {
  const types = exactTexts(together, 'detail-type');
  if (types !== undefined) return types.some((type) => type.endsWith(VIA_CLOUDTRAIL));
  return together.some(({ names: [first, second = ''] }) => first === 'detail' && /^event(Name|Source)$/.test(second));
}

function detailTypeDoubts(path: string, list: readonly unknown[]): readonly Problem[] {
  return list.flatMap((entry, index) => {
    if (typeof entry !== 'string' || DETAIL_TYPES.includes(entry)) return [];
    const near = nearest(entry, DETAIL_TYPES).length > 0;
    if (entry.endsWith(VIA_CLOUDTRAIL) && !near) return [];
    const known = near ? didYouMean(entry, DETAIL_TYPES) : `; theirs end with ${JSON.stringify(VIA_CLOUDTRAIL)}`;
    return [
      {
        path: `${path}[${index}]`,
        message: `${JSON.stringify(entry)} is not what events with CloudTrail records have${known}`,
      },
    ];
  });
}

function sourceDoubts(path: string, list: readonly unknown[]): readonly Problem[] {
  return list.flatMap((entry, index) => {
    if (typeof entry !== 'string' || entry.startsWith('aws.')) return [];
    const meant = (EVENT_SOURCES.has(entry) ? entry : meantSource(entry))?.replace('.amazonaws.com', '');
    const better = meant === undefined ? '' : `; write ${JSON.stringify(`aws.${meant}`)}`;
    return [
      {
        path: `${path}[${index}]`,
        message: `${JSON.stringify(entry)} is the source of no event of AWS's: they begin with "aws."${better}`,
      },
    ];
  });
}
