/** `mirrorwatch config`: is the configuration right, a first one to begin with, and its schema for editors. */

import { access } from 'node:fs/promises';
import type { Command } from 'commander';
import { PipelineError } from '../../errors.ts';
import { openLog } from '../log.ts';
import { withConfig } from '../options.ts';
import { print, writeOutput } from '../output.ts';
import { loadConfig } from '../world.ts';

const FIRST_CONFIG = {
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
    .description('Check, begin or describe the configuration.')
    .addHelpText('after', '\nExample:\n  mirrorwatch config init && mirrorwatch config validate');
  withConfig(config.command('validate').description('Check the configuration; every problem is named with its path.'))
    .addHelpText('after', '\nExample:\n  mirrorwatch config validate --config config.json')
    .action(async (options: { config?: string; quiet?: boolean; jsonLogs?: boolean }) => {
      const log = openLog(options);
      const path = options.config ?? 'config.json';
      const { hash } = await loadConfig({ config: path }, log);
      log.note(`${path} is a valid configuration (${hash})`);
    });
  config
    .command('init')
    .description('Write a first configuration; never over one that is there.')
    .argument('[file]', 'where to', 'config.json')
    .addHelpText('after', '\nExample:\n  mirrorwatch config init config.json')
    .action(async (file: string) => {
      const there = await access(file).then(
        () => true,
        () => false,
      );
      if (there)
        throw new PipelineError('usage', `${file} is there already; name another file, or remove it first`, {
          path: file,
        });
      await writeOutput(file, `${JSON.stringify(FIRST_CONFIG, null, 2)}\n`, openLog({}));
    });
  config
    .command('schema')
    .description('Print the JSON Schema of the configuration, for editors.')
    .addHelpText('after', '\nExample:\n  mirrorwatch config schema > mirrorwatch.schema.json')
    .action(async () => {
      const { configSchema } = await import('../../config-schema.ts');
      await print(`${JSON.stringify(configSchema(), null, 2)}\n`);
    });
}
