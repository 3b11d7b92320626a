/** `mirrorwatch config`: validates the configuration, writes a starter file, and prints the schema. */

import { type Command, Option } from 'commander';
import { command } from '../../audit/fixes/command.ts';
import { PipelineError } from '../../errors.ts';
import { validateConfig } from '../load-config.ts';
import { openLog } from '../log.ts';
import { type CommonOptions, readList, withConfig } from '../options.ts';
import { fileExists, jsonText, print, writeOutput } from '../output.ts';

const STARTER_CONFIG = {
  requiredTags: ['CostCenter', 'Owner'],
  graceSeconds: 300,
  mirroring: {
    mode: 'plan',
    filterId: 'tmf-REPLACE-ME',
    targets: ['tmt-REPLACE-ME'],
    localZoneOnly: false,
    interfaces: 'all',
  },
  watch: { securityGroupOpen: { allowedPorts: [80, 443] } },
  exemptions: [],
  alerts: { immediate: 'medium', digest: 'daily' },
};

/** What `config init` asks of the user: until then, every command refuses the placeholders. */
const TO_FILL_IN = [
  'Fill in before you use it:',
  '  mirroring.filterId  the filter of your sessions, from "aws ec2 describe-traffic-mirror-filters"',
  '  mirroring.targets   every target that sessions may go to, from "aws ec2 describe-traffic-mirror-targets";',
  '                      sessions to any other target are reported as rogue',
  '  requiredTags        the tags that your instances must have; these two are examples',
  'To judge tags only, remove "mirroring".',
];

/** What a configuration for tags judges, and what it leaves out. */
const TAGS_ONLY = [
  'It finds instances that lack one of these tags. Mirroring and security groups are not judged.',
  'Keys count as they are written: AWS tells "Owner" from "owner".',
];

/** What to do with the starter rules. */
const TO_CHOOSE = [
  'Remove the rules that you do not need: "api-call-denied" and "root-used" have no event names, so a scan searches every record.',
  'Use the file with --config, or copy what is below "watch" into your configuration.',
];

/** Adds `config validate`, `config init` and `config schema`. */
export function addConfig(program: Command): void {
  const config = program
    .command('config')
    .description('Validate, start or describe the configuration.')
    .addHelpText('after', '\nExample:\n  mirrorwatch config init\n  mirrorwatch config validate');
  withConfig(config.command('validate').description('Validate the configuration and list every problem with its path.'))
    .addHelpText('after', '\nExample:\n  mirrorwatch config validate --config config.json')
    .action(validate);
  config
    .command('init')
    .description('Write a starter configuration, or rules of your own to start from, without overwriting a file.')
    .argument('[file]', 'the file to write (default: config.json; with --rules, rules.yaml)')
    .option(
      '--rules',
      'rules of your own: CIS AWS Foundations section 4 and more, with comments (none in a .json file)',
    )
    .addOption(
      new Option('--tags <keys>', 'only these required tags, ready to use: no placeholder')
        .argParser(readList)
        .conflicts('rules'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  mirrorwatch config init config.json\n  mirrorwatch config init --tags Owner,CostCenter tags.json\n  mirrorwatch config init --rules rules.yaml',
    )
    .action(init);
  config
    .command('schema')
    .description("Print the configuration's JSON Schema, for editors.")
    .addHelpText('after', '\nExample:\n  mirrorwatch config schema > mirrorwatch.schema.json')
    .action(async () => {
      const { configSchema } = await import('../../config-schema.ts');
      await print(jsonText(configSchema()));
    });
}

async function validate(options: Pick<CommonOptions, 'config' | 'quiet' | 'jsonLogs' | 'now'>): Promise<void> {
  const log = openLog(options);
  const path = options.config ?? 'config.json';
  const { hash } = await validateConfig(path, options.now ?? new Date(), log);
  log.note(`${path} is a valid configuration (${hash})`);
}

async function init(
  given: string | undefined,
  { rules = false, tags }: { readonly rules?: boolean | undefined; readonly tags?: readonly string[] | undefined },
): Promise<void> {
  const file = given ?? (rules ? 'rules.yaml' : 'config.json');
  if (await fileExists(file))
    throw new PipelineError('usage', `${file} already exists; name another file, or remove it first`, { path: file });
  const log = openLog({});
  const starter = tags === undefined ? STARTER_CONFIG : { requiredTags: tags, graceSeconds: 300, exemptions: [] };
  await writeOutput(file, rules ? await starterRules(file) : jsonText(starter), log);
  for (const line of rules ? TO_CHOOSE : tags === undefined ? TO_FILL_IN : TAGS_ONLY) log.note(line);
  const check = command('mirrorwatch config validate', file === 'config.json' ? [] : [['--config', file]]);
  log.note('text' in check ? `Then run: ${check.text}` : 'Then validate it.');
}

/** The starter rules as a configuration: with their comments, or as JSON for a file that is named so. */
async function starterRules(file: string): Promise<string> {
  const text = (await import('../rules/starter-rules.yaml')).default;
  if (!file.endsWith('.json')) return text;
  const { readConfigText } = await import('../../config/config-text.ts');
  return jsonText(readConfigText(text, file).value);
}
