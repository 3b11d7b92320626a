/**
 * Asks the registry for known vulnerabilities of the packages that the product needs. `tsx scripts/release/audit.ts` ends with 0 if it
 * knows none that is high or critical, with 1 if it does, and with 75 if it gave no answer that can be relied on: that is no pass.
 */

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What an audit found. */
export type AuditResult =
  | { readonly kind: 'passed' | 'failed'; readonly text: string }
  /** The registry gave no answer, or one that misses a vulnerability that everybody knows. */
  | { readonly kind: 'not measured'; readonly text: string };

/** What a process answers for each result. 75 is EX_TEMPFAIL of sysexits(3). */
export const EXIT_CODES = { passed: 0, failed: 1, 'not measured': 75 } as const satisfies Record<
  AuditResult['kind'],
  number
>;

const SEVERITIES = ['critical', 'high', 'moderate', 'low', 'info'] as const;
const FAILING = ['critical', 'high'] as const;
type Counts = Readonly<Record<(typeof SEVERITIES)[number], number>>;

interface Report {
  readonly counts: Counts;
  /** `name: severity` of each package. */
  readonly packages: readonly string[];
}

/** A package with a critical vulnerability of 2020: https://github.com/advisories/GHSA-xvch-5gv4-984h. */
const VULNERABLE = { name: 'minimist', version: '0.0.8' } as const;

/** Audits the lock of a folder, without what only development needs, at the registry that npm is configured for. */
export async function audit(folder: string): Promise<AuditResult> {
  const report = await reportOf(folder);
  if (typeof report === 'string') return { kind: 'not measured', text: report };
  const total = SEVERITIES.map((severity) => `${report.counts[severity]} ${severity}`).join(', ');
  const text = [`known vulnerabilities: ${total}`, ...report.packages].join('\n');
  if (FAILING.some((severity) => report.counts[severity] > 0)) return { kind: 'failed', text };
  const control = await controlReport();
  if (typeof control === 'string') return { kind: 'not measured', text: control };
  if (FAILING.some((severity) => control.counts[severity] > 0)) return { kind: 'passed', text };
  const { name, version } = VULNERABLE;
  return { kind: 'not measured', text: `the registry does not even know the vulnerability of ${name}@${version}` };
}

/** The audit of a project that needs only the vulnerable package. */
async function controlReport(): Promise<Report | string> {
  const folder = mkdtempSync(join(tmpdir(), 'mirrorwatch-audit-'));
  const { name, version } = VULNERABLE;
  const project = { name: 'control', version: '1.0.0', dependencies: { [name]: version } };
  const packages = { '': project, [`node_modules/${name}`]: { version } };
  try {
    writeFileSync(join(folder, 'package.json'), JSON.stringify(project));
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...project, lockfileVersion: 3, packages }));
    return await reportOf(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What `npm audit` says, or why it says nothing. */
async function reportOf(folder: string): Promise<Report | string> {
  const args = ['audit', '--json', '--package-lock-only', '--omit=dev', '--include=optional', '--fetch-retries=1'];
  const output = await new Promise<string>((done) => {
    // It exits with 1 for vulnerabilities and for faults alike; only its answer tells them apart.
    execFile('npm', args, { cwd: folder, timeout: 120_000, maxBuffer: 64 << 20 }, (_, stdout) => done(stdout));
  });
  const answer = parsed(output);
  const counts = isObject(answer) && isObject(answer.metadata) ? answer.metadata.vulnerabilities : undefined;
  if (isObject(answer) && answer.auditReportVersion === 2 && isCounts(counts)) {
    const unclear = unclearOf(answer.vulnerabilities);
    if (unclear.length === 0) return { counts, packages: packagesOf(answer.vulnerabilities) };
    return `the registry names vulnerabilities without a severity that npm knows, so that they are not counted: ${unclear.join(', ')}`;
  }
  const reason = isObject(answer) && typeof answer.message === 'string' ? answer.message : 'npm audit gave no report';
  return `the registry gave no answer to npm audit (${reason.slice(0, 200)})`;
}

function packagesOf(vulnerabilities: unknown): readonly string[] {
  if (!isObject(vulnerabilities)) return [];
  return Object.entries(vulnerabilities).map(([name, one]) => `  ${name}: ${isObject(one) ? one.severity : 'unknown'}`);
}

/** The packages that npm lists and does not count: it takes a severity as the registry writes it. */
function unclearOf(vulnerabilities: unknown): readonly string[] {
  const known = (one: unknown): boolean => isObject(one) && SEVERITIES.some((severity) => severity === one.severity);
  return Object.entries(isObject(vulnerabilities) ? vulnerabilities : {}).flatMap(([name, one]) =>
    known(one) ? [] : name,
  );
}

const isCounts = (value: unknown): value is Counts =>
  isObject(value) && SEVERITIES.every((severity) => Number.isInteger(value[severity]));

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { kind, text } = await audit(resolve(import.meta.dirname, '../..'));
  console.log(`audit ${kind}: ${text}`);
  process.exitCode = EXIT_CODES[kind];
}
