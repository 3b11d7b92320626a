/** A timeline's events as CSV. */

import { csvLine } from '../escape.ts';
import type { TimelineDocument, TimelineRow } from './timeline-document.ts';

const COLUMNS: readonly (readonly [name: string, cell: (row: TimelineRow, document: TimelineDocument) => string])[] = [
  ['at', ({ at }) => at],
  ['account_id', (_, { accountId }) => accountId],
  ['region', (_, { region }) => region],
  ['resource_id', (_, { resourceId }) => resourceId],
  ['what', ({ what }) => what],
  ['touches', ({ touches }) => touches],
  ['tags_after', ({ tags }, { compliance }) => (compliance.tags === null ? '' : tags)],
  ['mirroring_after', ({ mirroring }, { compliance }) => (compliance.mirroring === null ? '' : mirroring)],
  ['actor', ({ actor }) => actor],
  ['event_name', ({ eventName }) => eventName],
  ['event_id', ({ eventID }) => eventID],
  ['source_ip_address', ({ sourceIPAddress }) => sourceIPAddress ?? ''],
  ['user_agent', ({ userAgent }) => userAgent ?? ''],
  ['log_file', ({ logFile }) => logFile ?? ''],
];

/** A row of column names, then a row for each event, oldest first. No cell is a formula. `tags_after` and `mirroring_after` are empty where nothing is judged. */
export function timelineCsv(document: TimelineDocument): string {
  const rows = document.events.map((row) => csvLine(COLUMNS.map(([, cell]) => cell(row, document))));
  return [csvLine(COLUMNS.map(([name]) => name)), ...rows].join('');
}
