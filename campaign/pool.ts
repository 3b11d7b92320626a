/** Workers: one process a core, replaced after some schedules because every cold start leaves a module behind. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Built } from './build.ts';
import type { WorkerAnswer, WorkerRequest } from './worker.ts';

/** Schedules that one process runs before another takes over. */
const SCHEDULES_EACH = 40;

/** A worker process that answers one request at a time. */
export interface Runner {
  run(request: WorkerRequest): Promise<WorkerAnswer>;
  stop(): void;
}

/** A runner that starts its process on the first request, and a new one every so often. */
export function runnerOf({ functions, worker }: Built): Runner {
  let child: ChildProcess | undefined;
  let answers: AsyncIterator<string> | undefined;
  let served = 0;
  const stop = (): void => {
    child?.kill('SIGKILL');
    child = undefined;
  };
  const start = (): void => {
    const started = spawn(process.execPath, ['--max-old-space-size=1500', worker, functions], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH },
    });
    answers = createInterface({ input: started.stdout })[Symbol.asyncIterator]();
    child = started;
    served = 0;
  };
  return {
    stop,
    async run(request) {
      if (child === undefined || served >= SCHEDULES_EACH) {
        stop();
        start();
      }
      served += 1;
      child?.stdin?.write(`${JSON.stringify(request)}\n`);
      const { value, done } = (await answers?.next()) ?? { done: true, value: '' };
      if (done === true) {
        stop();
        throw new Error(`the worker died on seed ${request.seed}`);
      }
      return JSON.parse(value) as WorkerAnswer;
    },
  };
}

/** Runs requests on several runners. `each` gets every answer as it comes; false stops. */
export async function runAll(
  built: Built,
  requests: Iterator<WorkerRequest>,
  workers: number,
  each: (answer: WorkerAnswer) => boolean,
): Promise<void> {
  let isStopped = false;
  const lane = async (): Promise<void> => {
    const runner = runnerOf(built);
    for (let next = requests.next(); !isStopped && !next.done; next = requests.next())
      if (!each(await runner.run(next.value))) isStopped = true;
    runner.stop();
  };
  await Promise.all(Array.from({ length: workers }, lane));
}
