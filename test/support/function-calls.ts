/** Which AWS calls each function makes in the stack, found in the source: its ports, the adapters behind them, and their commands. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The names in IAM of the services whose clients we use. */
const SERVICES: Readonly<Record<string, string>> = {
  'client-account': 'account',
  'client-auto-scaling': 'autoscaling',
  'client-cloudtrail': 'cloudtrail',
  'client-cloudwatch': 'cloudwatch',
  'client-dynamodb': 'dynamodb',
  'client-ec2': 'ec2',
  'client-ecs': 'ecs',
  'client-elastic-load-balancing-v2': 'elasticloadbalancing',
  'client-eventbridge': 'events',
  'client-organizations': 'organizations',
  'client-s3': 's3',
  'client-sfn': 'states',
  'client-securityhub': 'securityhub',
  'client-sns': 'sns',
  'client-sqs': 'sqs',
  'client-ssm': 'ssm',
  'client-sts': 'sts',
};

const CLIENT = /['"`]@aws-sdk\/(client-[^'"`]+)['"`]/g;
const IMPORT = /import \{([^}]+)\} from '@aws-sdk\/(client-[^']+)'/g;

/** The names of values that a module imports from the SDK's clients, with the client of each. Types do not count. */
const clientValuesIn = (source: string): readonly (readonly [name: string, client: string])[] =>
  [...source.matchAll(IMPORT)].flatMap(([, names = '', client = '']) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && !name.startsWith('type '))
      .map((name) => [name, client] as const),
  );

/** The calls that a module sends, such as `ec2:RunInstances`: those of every command that it imports. */
export function commandsIn(path: string): readonly string[] {
  return clientValuesIn(read(path)).flatMap(([name, client]) =>
    name.endsWith('Command') ? [`${SERVICES[client] ?? client}:${name.slice(0, -'Command'.length)}`] : [],
  );
}

/**
 * What a module takes from the SDK's clients in a way that `commandsIn` does not see: anything besides commands and the clients that send
 * them (a paginator, a waiter, a client with a method for each call, a command under another name), and clients that are not imported by name.
 */
export function hiddenCallsIn(source: string): readonly string[] {
  const named = clientValuesIn(source).filter(([name]) => !/^\w+(?:Command|Client)$/.test(name));
  const types = source.matchAll(/import type \{[^}]+\} from '@aws-sdk\/client-[^']+'/g);
  const plain = [...source.matchAll(IMPORT)].length + [...types].length;
  const mentioned = [...source.matchAll(CLIENT)].length;
  return [
    ...named.map(([name]) => name),
    ...(mentioned > plain ? [`${mentioned - plain} clients in another way`] : []),
  ];
}

/** Every module under src, and its text. */
export function modulesOfSource(): readonly (readonly [path: string, source: string])[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => [`src/${name}`, read(`src/${name}`)] as const);
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
