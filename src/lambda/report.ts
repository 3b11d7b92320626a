/** `report.handler`: on schedule, writes the report of a period to the bucket and mails the digest. */

import type { Context } from 'aws-lambda';
import { lazyRuntime } from './function.ts';
import { beginInvocation } from './invocation.ts';
import { reporting, telemetryOf } from './telemetry.ts';
import { writeAndMail } from './write-report.ts';

declare const MIRRORWATCH_VERSION: string;

const telemetry = telemetryOf('report');
const open = lazyRuntime(process.env, { telemetry, readsRecords: false });

/** Runs daily. With a weekly digest the report covers the last seven days, and the first run of a week mails the digest. */
export async function handler(_event: unknown, context: Context): Promise<void> {
  const { clock, deadline, now: begunAt } = beginInvocation(context, new Date());
  await reporting(telemetry, context, async () => {
    const runtime = await open();
    return writeAndMail({
      runtime,
      now: runtime.aws.time(new Date()),
      toolVersion: MIRRORWATCH_VERSION,
      note: (message, fields) => telemetry.note(message, fields),
      isLate: () => begunAt.getTime() + clock.elapsedMs() >= deadline.getTime(),
      imported: (all) => telemetry.imported(all),
      figures: (figures) => telemetry.reported(figures),
    });
  });
}
