// Preloaded into a command's process: reports its CPU time and its peak memory when it exits.
import { readFileSync, writeFileSync } from 'node:fs';

process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  const usage = { cpuSeconds: (user + system) / 1e6, peakBytes: Number(peak) * 1024 };
  writeFileSync(process.env.USAGE_FILE, JSON.stringify(usage));
});
