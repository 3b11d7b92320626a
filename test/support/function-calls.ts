/** Which AWS calls each function makes in the stack, found in the source: its ports, the adapters behind them, and their commands. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The names in IAM of the services whose clients we use. */
const SERVICES: Readonly<Record<string, string>> = {
  'client-auto-scaling': 'autoscaling',
  'client-cloudtrail': 'cloudtrail',
  'client-dynamodb': 'dynamodb',
  'client-ec2': 'ec2',
  'client-ecs': 'ecs',
  'client-elastic-load-balancing-v2': 'elasticloadbalancing',
  'client-s3': 's3',
  'client-securityhub': 'securityhub',
  'client-sns': 'sns',
  'client-sqs': 'sqs',
  'client-ssm': 'ssm',
  'client-sts': 'sts',
};

/** The calls that a module sends, such as `ec2:RunInstances`. */
export function commandsIn(path: string): readonly string[] {
  const source = read(path);
  const imported = new Map<string, string>();
  for (const [, names = '', client = ''] of source.matchAll(/import \{([^}]+)\} from '@aws-sdk\/(client-[^']+)'/g))
    for (const [, name = ''] of names.matchAll(/\b(\w+Command)\b/g)) imported.set(name, SERVICES[client] ?? client);
  return [...imported].flatMap(([name, service]) =>
    source.includes(`new ${name}(`) ? [`${service}:${name.slice(0, -'Command'.length)}`] : [],
  );
}

/** Every module under src/aws that sends calls. */
export function modulesWithCalls(): readonly string[] {
  return readdirSync(join(ROOT, 'src/aws'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `src/aws/${name}`)
    .filter((path) => commandsIn(path).length > 0)
    .toSorted();
}

/** The modules that one imports, directly and further, at its start or on demand; itself first. Types do not count. */
export function modulesOf(entry: string, within: string): readonly string[] {
  const found = [entry];
  for (const path of found) {
    const imports = read(path).matchAll(
      /(?:^import (?!type)[^;]*?from|^export [^;]*?from|\bimport\()\s*'(\.[^']+)'/gms,
    );
    for (const [, to = ''] of imports) {
      const target = join(dirname(path), to);
      if (target.startsWith(within) && !found.includes(target)) found.push(target);
    }
  }
  return found;
}

/** The ports of AWS (`aws.inventory`, `aws.queues.send`) that the modules of a function name. */
export function portsNamedBy(handler: string): ReadonlySet<string> {
  const source = modulesOf(`src/lambda/${handler}.ts`, 'src/lambda/').map(read).join('\n');
  const named = [
    // aws.queues.send, (await aws()).queues.hide, bootstrap.configText
    ...source.matchAll(/(?:\b(?:aws|bootstrap)(?!\.amazon)|\(await aws\(\)\))\.(\w+)(?:\.(\w+))?/g),
    // const { lifecycle, queues } = await aws()
    ...[...source.matchAll(/const \{ ([\w, ]+) \} = await aws\(\)/g)].flatMap(([, names = '']) =>
      [...names.matchAll(/\w+/g)].map(([name]) => ['', name, undefined] as const),
    ),
    // queues.sendInOrder on what was taken out of the ports
    ...source.matchAll(/(?<![.\w])(queues|lifecycle)\.(\w+)/g),
  ];
  return new Set(
    named.flatMap(([, port = '', method]) => (method === undefined ? [port] : [port, `${port}.${method}`])),
  );
}
