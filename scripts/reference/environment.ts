/** The reference of the environment variables: those of the command line, and those of the functions. */

import { VARIABLES } from '../../src/lambda/runtime/environment.ts';
import { code, table } from './markdown.ts';

/** What the command line reads of its environment, besides what the AWS SDK reads. */
export const OF_COMMANDS: Readonly<Record<string, string>> = {
  COLUMNS: 'The width of a terminal that does not tell its own.',
  FORCE_COLOR:
    'Output has colours also where it is no terminal; `0` and `false` turn them off everywhere. Comes before `NO_COLOR`.',
  NO_COLOR: 'If it is set to anything, output has no colours.',
  TERM: 'With `dumb`, output has no colours.',
  AWS_ENDPOINT_URL: 'An emulator of AWS instead of AWS; its buckets are addressed by paths.',
};

/** What the AWS SDK reads for us, as far as people need to know. @see https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html */
const OF_THE_SDK: Readonly<Record<string, string>> = {
  AWS_PROFILE: 'The profile of the shared configuration and credentials files. Default: `default`.',
  AWS_REGION: 'The region, unless the configuration or `--regions` names one.',
  'AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN': 'Credentials, before those of files and roles.',
  AWS_CONFIG_FILE: 'The shared configuration file. Default: `.aws/config` in the home folder.',
  AWS_SHARED_CREDENTIALS_FILE: 'The shared credentials file. Default: `.aws/credentials` in the home folder.',
};

/** A table for people and processes, and one for the functions of the stack. */
export function environmentReference(): string {
  const rows = (variables: Readonly<Record<string, string>>): readonly (readonly string[])[] =>
    Object.entries(variables).map(([names, means]) => [names.split(', ').map(code).join(', '), means]);
  const functions = Object.values(VARIABLES).map(({ name, means }) => [code(name), means]);
  return `## Commands

${table(['variable', 'means'], [...rows(OF_COMMANDS), ...rows(OF_THE_SDK)])}
## Functions

\`template.json\` sets those that begin with \`MIRRORWATCH_\`.

${table(['variable', 'means'], functions)}`;
}
