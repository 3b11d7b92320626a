/** What `mirror plan` and `mirror apply` cost for accounts of every shape, each in its own process, the snapshot's reading included. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toSnapshot } from '../../src/inventory/snapshot.ts';
import { buildCommandLine, runCommand, type Usage } from '../command.ts';
import type { Row, Suite, SuiteResult, Target } from '../measure.ts';
import { plannerAccount, SHAPES, type ShapeName } from '../planner-accounts.ts';

const SIZE = 10_000;
const RUNS = 3;
const MOST_SECONDS = 3;
const MOST_MEGABYTES = 400;
/** From 10,000 to 20,000 sources. */
const MOST_GROWTH = 2.2;

export const plannerCommands: Suite = { name: 'planner: mirror plan and apply, own processes', run };

async function run(): Promise<SuiteResult> {
  buildCommandLine();
  const rows: Row[] = [];
  const targets: Target[] = [];
  for (const name of Object.keys(SHAPES) as ShapeName[]) {
    const plan = measured('plan', name, SIZE);
    const larger = measured('plan', name, 2 * SIZE);
    rows.push(rowOf(`plan, ${name}, ${SIZE}`, plan), rowOf(`plan, ${name}, ${2 * SIZE}`, larger));
    targets.push(
      { name: `${name}: CPU s`, value: plan.cpuSeconds, goal: MOST_SECONDS, atMost: true },
      { name: `${name}: peak MB`, value: plan.peakBytes / 1e6, goal: MOST_MEGABYTES, atMost: true },
      {
        name: `${name}: CPU s, × from ${SIZE} to ${2 * SIZE}`,
        value: larger.cpuSeconds / plan.cpuSeconds,
        goal: MOST_GROWTH,
        atMost: true,
      },
    );
  }
  rows.push(rowOf(`apply, plain, ${SIZE}`, measured('apply', 'plain', SIZE)));
  return { rows, targets };
}

interface Measured extends Usage {
  readonly steps: number;
}

/** The run with the least CPU time. Each begins with the same files. */
function measured(command: 'plan' | 'apply', name: ShapeName, size: number): Measured {
  const runs = Array.from({ length: RUNS }, () => runOnce(command, name, size));
  return runs.reduce((best, one) => (one.cpuSeconds < best.cpuSeconds ? one : best));
}

function runOnce(command: 'plan' | 'apply', name: ShapeName, size: number): Measured {
  const folder = mkdtempSync(join(tmpdir(), 'mirrorwatch-planner-'));
  try {
    const { inventory, targetIds } = plannerAccount(name, size);
    const mirroring = { mode: 'apply', filterId: 'tmf-1', targets: targetIds.map((id) => ({ id })) };
    writeFileSync(join(folder, 'account.json'), JSON.stringify(toSnapshot([inventory])));
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ mirroring }));
    const usage = runCommand(folder, ['mirror', command, '--account', 'account.json', '-o', 'json=plan.json']);
    const { steps } = JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')) as { steps: readonly unknown[] };
    return { ...usage, steps: steps.length };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function rowOf(name: string, { seconds, cpuSeconds, peakBytes, steps }: Measured): Row {
  return { name, seconds, peakBytes, note: `${cpuSeconds.toFixed(2)} s CPU, ${steps} sessions` };
}
