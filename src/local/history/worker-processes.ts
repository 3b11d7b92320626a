/** Processes of this machine that scan shards. One that dies is replaced; its shard is reported as failed. */

import { type ChildProcess, fork } from 'node:child_process';
import { PipelineError } from '../../errors.ts';
import type { ShardPointer } from '../../history/plan.ts';
import type { ShardWorkers } from '../../history/run/run-shards.ts';

/** What a process is told: once how to work, then one shard after another. */
export type WorkerOrder<Setup> =
  | { readonly kind: 'start'; readonly setup: Setup }
  | { readonly kind: 'scan'; readonly pointer: ShardPointer };

/** What a process says. */
export type WorkerAnswer<Result> =
  | { readonly kind: 'file'; readonly packedBytes: number }
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly reason: string };

/** The processes. Close them at the end. */
export interface WorkerProcesses<Result> extends ShardWorkers<Result> {
  /** Ends them, whatever they do. */
  readonly close: () => void;
}

/** How to start processes. */
export interface WorkerStart<Setup> {
  /** The module that each of them runs. */
  readonly script: URL;
  readonly workers: number;
  /** Plain data. */
  readonly setup: Setup;
  /** Told after each file, for progress. */
  readonly onFile?: ((file: { readonly packedBytes: number }) => void) | undefined;
}

/** Returns workers of which each is a process, started with its first shard. */
export function workerProcesses<Setup, Result>({
  script,
  workers,
  setup,
  onFile,
}: WorkerStart<Setup>): WorkerProcesses<Result> {
  const idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  const take = (): ChildProcess => {
    for (let child = idle.pop(); child !== undefined; child = idle.pop()) if (child.connected) return child;
    const isSource = script.pathname.endsWith('.ts');
    const child = fork(script, [], {
      execArgv: isSource ? ['--import', 'tsx'] : [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    all.add(child);
    child.once('exit', () => all.delete(child));
    child.send({ kind: 'start', setup } satisfies WorkerOrder<Setup>);
    return child;
  };
  return {
    atOnce: workers,
    scan: async (pointer) => {
      const child = take();
      const result = await scanIn<Setup, Result>(child, pointer, onFile);
      idle.push(child);
      return result;
    },
    close: () => {
      for (const child of all) child.kill('SIGTERM');
    },
  };
}

function scanIn<Setup, Result>(
  child: ChildProcess,
  pointer: ShardPointer,
  onFile: WorkerStart<Setup>['onFile'],
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      child.off('message', hear);
      child.off('exit', die);
      child.off('error', fail);
    };
    const hear = (answer: WorkerAnswer<Result>): void => {
      if (answer.kind === 'file') {
        onFile?.(answer);
        return;
      }
      end();
      if (answer.kind === 'done') resolve(answer.result);
      else {
        // A process that has failed may hold anything: the next shard gets a new one.
        child.kill('SIGTERM');
        reject(new PipelineError('log-unreadable', answer.reason));
      }
    };
    const die = (code: number | null, signal: NodeJS.Signals | null): void => {
      end();
      reject(new PipelineError('stopped', `its worker was ended by ${signal ?? `exit code ${code}`}`));
    };
    const fail = (cause: Error): void => {
      end();
      child.kill('SIGKILL');
      reject(new PipelineError('stopped', `its worker could not be reached: ${cause.message}`, { cause }));
    };
    child.on('message', hear);
    child.once('exit', die);
    child.once('error', fail);
    child.send({ kind: 'scan', pointer } satisfies WorkerOrder<Setup>);
  });
}
