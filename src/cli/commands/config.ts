/** `mirrorwatch config`: validates the configuration, writes a starter file, and prints the schema. */

import type { Command } from 'commander';
import { PipelineError } from '../../errors.ts';
import { loadConfig } from '../load-config.ts';
import { openLog } from '../log.ts';
import { type CommonOptions, withConfig } from '../options.ts';
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
  exemptions: [],
  alerts: { immediate: 'medium', digest: 'daily' },
};

/** Adds `config validate`, `config init` and `config schema`. */
export function addConfig(program: Command): void {
  const config = program
    .command('config')
    .description('Validate, start or describe the configuration.')
    .addHelpText('after', '\nExample:\n  mirrorwatch config init && mirrorwatch config validate');
  withConfig(config.command('validate').description('Validate the configuration and list every problem with its path.'))
    .addHelpText('after', '\nExample:\n  mirrorwatch config validate --config config.json')
    .action(validate);
  config
    .command('init')
    .description('Write a starter configuration, without overwriting a file.')
    .argument('[file]', 'the file to write', 'config.json')
    .addHelpText('after', '\nExample:\n  mirrorwatch config init config.json')
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

async function validate(options: Pick<CommonOptions, 'config' | 'quiet' | 'jsonLogs'>): Promise<void> {
  const log = openLog(options);
  const path = options.config ?? 'config.json';
  const { hash } = await loadConfig({ config: path }, log);
  log.note(`${path} is a valid configuration (${hash})`);
}

async function init(file: string): Promise<void> {
  if (await fileExists(file))
    throw new PipelineError('usage', `${file} already exists; name another file, or remove it first`, { path: file });
  await writeOutput(file, jsonText(STARTER_CONFIG), openLog({}));
}
