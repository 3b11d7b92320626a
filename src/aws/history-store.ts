/** What `history` reaches in AWS: plans and results in a bucket, and the state machine; nothing is loaded before it is used. */

import type { HistoryStore } from '../history/history-store.ts';
import type { StateMachine } from '../history/run/state-machine.ts';
import type { Clients } from './clients.ts';
import type { CallLimits } from './http/limits.ts';
import { lazily, once } from './lazily.ts';
import type { S3ByRegion } from './s3/s3-log-store.ts';

/** What the store needs. */
interface HistoryStoreParts {
  readonly s3: () => Promise<S3ByRegion>;
  /** The account that owns the bucket, if it is known: S3 then refuses another's. */
  readonly owner: string | undefined;
  readonly limits: CallLimits;
}

/** The files below `s3://bucket/prefix`. */
export function historyStore(bucket: string, prefix: string, { s3, owner, limits }: HistoryStoreParts): HistoryStore {
  const opened = once(async () => {
    const [{ historyBucket }, { bucketOf }] = await Promise.all([
      import('./s3/history-bucket.ts'),
      import('./s3/bucket-owner.ts'),
    ]);
    return historyBucket((await s3())(undefined), bucketOf(bucket, owner), prefix, limits);
  });
  return {
    place: `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`,
    ...lazily<Omit<HistoryStore, 'list' | 'place'>>({ read: true, readRange: true, write: true }, opened),
    async *list(start) {
      yield* (await opened()).list(start);
    },
  };
}

/** The state machine at this ARN. */
export function stateMachineAt(clients: Clients, arn: string): StateMachine {
  const opened = once(async () => (await import('./step-functions.ts')).stateMachine(clients, arn));
  return {
    arn,
    ...lazily<Omit<StateMachine, 'running' | 'arn'>>({ start: true, describe: true }, opened),
    async *running() {
      yield* (await opened()).running();
    },
  };
}
