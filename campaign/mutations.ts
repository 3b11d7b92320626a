/** Faults put into the source on purpose: each must be caught by some seed, or the campaign would not see it in earnest either. */

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mode } from './make-schedule.ts';
import type { Theme } from './make-themes.ts';

/** One replacement in one file of the source. */
export interface Mutation {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** A seed that catches it. The search begins there. */
  readonly seed: number;
  /** The worlds in which it is looked for. */
  readonly modes: readonly Mode[];
  /** The theme of those worlds. @default any, and none */
  readonly theme?: Theme;
  /** The operation that must be among those that fail. @default any */
  readonly operation?: string;
  /** What the fault would mean. */
  readonly meaning: string;
}

const TABLE = 'src/aws/ledger/dynamodb-table.ts';
const SEND = 'src/alert/send-alert.ts';

/** The mutations by name. */
export const MUTATIONS = {
  'no-client-token': {
    file: 'src/aws/ec2/mirror-writer.ts',
    find: "            ClientToken: request.clientToken,\n            TagSpecifications: tagged('traffic-mirror-session'",
    replace: "            TagSpecifications: tagged('traffic-mirror-session'",
    modes: ['aimed'],
    seed: 577,
    operation: 'DescribeTrafficMirrorSessions',
    meaning: 'a create whose answer was lost makes a second session',
  },
  'settle-before-publish': {
    file: SEND,
    find: '    messageId = await ports.publisher.publish(message);',
    replace:
      "    await ports.ledger.settle(claims, { now, owner: ports.owner, how: 'done' });\n    messageId = await ports.publisher.publish(message);",
    modes: ['aimed'],
    seed: 237,
    operation: 'Publish',
    meaning: 'a mail that was not sent counts as sent',
  },
  'acknowledge-first': {
    file: 'src/lambda/deliveries.ts',
    find: 'batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier }))',
    replace: 'batchItemFailures: ids.slice(ids.length).map((itemIdentifier) => ({ itemIdentifier }))',
    modes: ['aimed'],
    seed: 3207,
    meaning: 'a message that failed is never delivered again',
  },
  'one-group-per-message': {
    file: 'src/lambda/hand-over.ts',
    find: '{ group: scopeKey(scope), deduplicationId }',
    replace: '{ group: deduplicationId, deduplicationId }',
    modes: ['flood'],
    seed: 25,
    meaning: 'two repairs of an account run at once',
  },
  'no-lease': {
    file: TABLE,
    find: 'ConditionExpression: `attribute_not_exists(pk) OR settled',
    replace: 'ConditionExpression: `attribute_not_exists(pk) OR attribute_exists(pk) OR settled',
    modes: ['flood', 'critical'],
    seed: 25,
    meaning: 'everybody gets every claim',
  },
  'no-version-conditions': {
    file: TABLE,
    find: "  return { ConditionExpression: 'version = :read', ExpressionAttributeValues: { ':read': { N: String(version) } } };",
    replace: '  return {};',
    modes: ['refused', 'calm', 'repairs-stop'],
    seed: 106,
    meaning: 'of two runs that write a finding at once, one is forgotten',
  },
  'unprocessed-dropped': {
    file: TABLE,
    find: 'left = [...((answer.UnprocessedKeys?.[TableName]?.Keys as Keys | undefined) ?? []), ...later];',
    replace: 'left = later;',
    modes: ['refused', 'calm', 'repairs-stop'],
    seed: 5,
    meaning: 'what DynamoDB leaves out of a batch does not exist',
  },
  'first-page-only': {
    file: 'src/aws/ec2/describe.ts',
    find: '    } while (token !== undefined);',
    replace: '    } while (token === null);',
    modes: ['aimed'],
    seed: 337,
    operation: 'DescribeInstances',
    meaning: 'what is on later pages does not exist',
  },
  'no-hold': {
    file: 'src/alert/digest.ts',
    find: '  return pendingUntil !== undefined && ',
    replace: '  return pendingUntil === null && ',
    modes: ['calm'],
    seed: 10,
    meaning: 'a finding is mailed within its grace and while it is being repaired',
  },
  'first-interface-only': {
    file: 'src/mirror/eligibility.ts',
    find: "if (account.policy.interfaces === 'primary' && !isPrimary(networkInterface))",
    replace: 'if (!isPrimary(networkInterface))',
    modes: ['calm', 'one-fault'],
    theme: 'lives',
    seed: 40,
    meaning: "an instance's other interfaces are not mirrored",
  },
  'stopped-is-gone': {
    file: 'src/inventory/instance.ts',
    find: "return instance.state !== 'terminated' && instance.state !== 'shutting-down';",
    replace:
      "return instance.state !== 'terminated' && instance.state !== 'shutting-down' && instance.state !== 'stopped';",
    modes: ['calm', 'one-fault'],
    theme: 'lives',
    seed: 40,
    meaning: 'what is wrong with a stopped instance is taken for resolved',
  },
  'no-task-started': {
    file: 'src/pipeline/relevant-sightings.ts',
    find: "(sighting.kind === 'task-running' && newest",
    replace: "(sighting.kind === 'task-stopped' && newest",
    modes: ['calm', 'one-fault'],
    theme: 'tasks',
    seed: 250,
    meaning: 'only a sweep finds a task',
  },
  'no-task-stopped': {
    file: 'src/pipeline/gone/gone.ts',
    find: 'if (ledger === undefined || stops.size === 0) return [];',
    replace: 'if (ledger === undefined || stops.size >= 0) return [];',
    modes: ['one-fault', 'faulty', 'critical', 'aimed', 'late'],
    theme: 'tasks',
    seed: 451,
    meaning: 'the finding of a task that stopped waits for a sweep',
  },
  'pool-not-used': {
    file: 'src/mirror/ours/pool-targets.ts',
    find: '  if (launched.length === 0 && unproven.length === 0) return destination;',
    replace: '  if (launched.length >= 0 && unproven.length >= 0) return destination;',
    modes: ['calm', 'one-fault'],
    theme: 'on-demand',
    seed: 160,
    meaning: 'every source has a sensor launched for it',
  },
  'sensor-not-ended': {
    file: 'src/lambda/hand-over.ts',
    find: "    if (steps.some(({ kind }) => kind === 'terminate-sensor'))",
    replace: "    if (steps.every(({ kind }) => kind === 'terminate-sensor') && steps.length === 0)",
    modes: ['aimed'],
    theme: 'on-demand',
    seed: 4967,
    meaning: 'a sensor that nothing uses any more is billed for ever',
  },
  'endless-suspicion': {
    file: 'src/remediation/suspicion/plan-suspicion.ts',
    find: '    if (!(until <= now.getTime())) return [];',
    replace: '    if (!(until <= 0)) return [];',
    modes: ['calm', 'one-fault'],
    theme: 'suspicion',
    seed: 80,
    meaning: 'a session on suspicion is billed for ever',
  },
} as const satisfies Readonly<Record<string, Mutation>>;

export type MutationName = keyof typeof MUTATIONS;

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What building the zip needs. */
const COPIED = ['src', 'scripts', 'bundle.sh', 'package.json', 'package-lock.json', 'tsconfig.json', 'LICENSE'];

/** A copy of the checkout with the mutation in it. Throws Error if the source does not have the text: then the table is out of date. */
export function mutatedCopy(name: MutationName): { readonly root: string; remove(): void } {
  const { file, find, replace }: Mutation = MUTATIONS[name];
  const root = mkdtempSync(join(tmpdir(), `mirrorwatch-${name}-`));
  for (const each of COPIED) cpSync(join(ROOT, each), join(root, each), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  const path = join(root, file);
  const source = readFileSync(path, 'utf8');
  if (source.split(find).length !== 2) throw new Error(`${name}: ${file} does not have this text once:\n${find}`);
  writeFileSync(
    path,
    source.replace(find, () => replace),
  );
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}
