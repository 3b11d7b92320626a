/** Runs the built command line as its users do: as a child process, in its own folder. */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll } from 'vitest';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { toSnapshot } from '../../src/inventory/snapshot.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** A finished command. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly bytes: Buffer;
  readonly stderr: string;
}

/** A folder in which commands run; removed at the end of the test file. */
export interface Place {
  readonly folder: string;
  /** Writes a file in the folder, creating subfolders as needed; anything but text and bytes as JSON. Returns its path. */
  put(path: string, content: unknown): string;
  path(path: string): string;
  run(...args: string[]): Promise<Ran>;
  start(...args: string[]): ChildProcess;
}

/** An environment without credentials, which does not ask the metadata service for any. */
const ENVIRONMENT = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  AWS_EC2_METADATA_DISABLED: 'true',
  NO_COLOR: '1',
};

/** Creates a folder for commands. They run without credentials, unless `env` has some. */
export function aPlace(env: Readonly<Record<string, string | undefined>> = {}): Place {
  if (!existsSync(CLI)) throw new Error('dist/cli.js is missing: run "npm run build" first');
  const folder = mkdtempSync(join(tmpdir(), 'mirrorwatch-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const start = (...args: string[]): ChildProcess =>
    spawn(process.execPath, [CLI, ...args], { cwd: folder, env: { ...ENVIRONMENT, ...env } });
  return {
    folder,
    path: (path) => join(folder, path),
    put(path, content) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      const plain = typeof content === 'string' || content instanceof Uint8Array;
      writeFileSync(join(folder, path), plain ? content : JSON.stringify(content));
      return path;
    },
    start,
    run: (...args) => endOf(start(...args)),
  };
}

/** What a process printed, and its exit code. */
export function endOf(child: ChildProcess): Promise<Ran> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (piece: Buffer) => out.push(piece));
  child.stderr?.on('data', (piece: Buffer) => err.push(piece));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const bytes = Buffer.concat(out);
      resolve({ code, bytes, stdout: bytes.toString('utf8'), stderr: Buffer.concat(err).toString('utf8') });
    });
  });
}

/** A log file as CloudTrail delivers it. */
export function packed(records: readonly unknown[]): Buffer {
  return gzipSync(JSON.stringify({ Records: records }));
}

/** An account as a file for `--account`. */
export function snapshotOf(...inventories: readonly Inventory[]): unknown {
  return JSON.parse(JSON.stringify(toSnapshot(inventories)));
}
