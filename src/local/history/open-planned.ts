/** Opens the planned files of this machine. */

import { stat } from 'node:fs/promises';
import type { FoundLog } from '../../delivery/fetch-log.ts';
import type { PlannedObject } from '../../history/plan.ts';
import { reasonOf } from '../file-bytes.ts';
import { fileAt, openLogs } from '../logs/log-folder.ts';

/** The log files in a planned file: one, or those of an archive. A file that is gone or was changed since it was planned is rejected. */
export async function* openPlanned({
  key: path,
  size,
  etag,
  archive,
}: PlannedObject): AsyncGenerator<FoundLog, void, undefined> {
  try {
    const stats = await stat(path);
    const file = fileAt(path, stats);
    if (file.size !== size || file.version !== etag) {
      yield { kind: 'rejected', path, reason: 'was changed since it was planned' };
      return;
    }
    if (archive === true) yield* openLogs([path]);
    else yield { kind: 'log', file };
  } catch (fault) {
    yield { kind: 'rejected', path, reason: reasonOf(fault) };
  }
}
