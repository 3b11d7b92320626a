/** The one builder of commands that people paste. An attacker may have chosen any value in them. */

import { shellWord } from './shell.ts';
import { type Form, idForm, isRegion, patternForm, regionForm, sourceForm, textForm } from './value-forms.ts';

const TEXT = 1024;
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]{8,12}Z$/;
const RULE_IDS = /^\["sgr-[0-9a-z-]{1,60}"(?:,"sgr-[0-9a-z-]{1,60}"){0,99}\]$/;
const NUMBER = /^\d{1,10}$/;

/** Every option that a command of ours can have, with the form of its value; null for a flag. `ID` is the argument without a name. */
const OPTIONS = {
  ID: sourceForm('the id of the source'),
  '--account': textForm('the path of the snapshot', TEXT),
  '--bucket': patternForm('the name of the bucket', 'the name of an S3 bucket', /^[a-zA-Z0-9][\w.-]{0,254}$/),
  '--cidr': patternForm('the address', 'an IPv4 range', /^\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}$/),
  '--cleanup': null,
  '--config': textForm('the path of the configuration', TEXT),
  '--end-time': patternForm('the end', 'a time', TIME),
  '--group-id': idForm('the id of the security group', 'sg'),
  '--ip-permissions': textForm('the list of rules', 20_000),
  '--ledger': textForm('the ledger', TEXT),
  '--network-interface-id': idForm('the id of the interface', 'eni'),
  '--only': sourceForm('the id of the resource'),
  '--port': patternForm('the port', 'a number', NUMBER),
  '--prefix': textForm('the key of the object', TEXT),
  '--protocol': patternForm('the protocol', 'udp', /^udp$/),
  '--region': { ...regionForm('the region'), fits: isRegion },
  '--regions': regionForm('a region'),
  '--resources': idForm('the id of the instance', 'i', 'mi'),
  '--security-group-rule-ids': patternForm('the ids of the rules', 'a list of rule ids', RULE_IDS),
  '--session-number': patternForm('the session number', 'a number', NUMBER),
  '--start-time': patternForm('the start', 'a time', TIME),
  '--tag-specifications': textForm('the list of tags', 20_000),
  '--tags': textForm('the list of tags', 20_000),
  '--traffic-mirror-filter-id': idForm('the id of the filter', 'tmf'),
  '--traffic-mirror-session-id': idForm('the id of the session', 'tms'),
  '--traffic-mirror-target-id': idForm('the id of the target', 'tmt'),
} as const satisfies Readonly<Record<string, Form | null>>;

/** An option and its value; a flag has none. */
export type CommandOption = readonly [name: keyof typeof OPTIONS, value?: string];

/** The programs that our commands call. */
export type Program =
  | `aws ec2 ${'authorize-security-group-ingress' | 'revoke-security-group-ingress' | 'create-tags' | `${'create' | 'delete' | 'modify'}-traffic-mirror-session`}`
  | 'aws cloudtrail describe-trails'
  | 'aws cloudtrail list-public-keys'
  | 'aws s3api list-object-versions'
  | 'mirrorwatch config validate'
  | `mirrorwatch mirror ${'apply' | 'explain'}`;

/** A command to paste, or why there is none. */
export type Command = { readonly text: string } | { readonly missing: string };

/**
 * A command with every value as one word of a POSIX shell. There is none if a value does not have the form that its option takes: that
 * value would be somebody's text, and the command without it would be another. A value that begins with a dash is joined to its
 * option, as it could pose as another.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/OS_Command_Injection_Defense_Cheat_Sheet.html
 */
export function command(program: Program, options: readonly CommandOption[]): Command;
/** The same for other programs, with a table of their own of the options and the forms of their values. */
export function command<N extends string>(
  program: string,
  options: readonly (readonly [name: N, value?: string])[],
  forms: Readonly<Record<N, Form | null>>,
): Command;
/** Both forms. */
export function command(
  program: string,
  options: readonly (readonly [name: string, value?: string])[],
  forms: Readonly<Record<string, Form | null>> = OPTIONS,
): Command {
  let text = program;
  for (const [name, value] of options) {
    const form = forms[name];
    if (!form || value === undefined) {
      text += ` ${name}`;
      continue;
    }
    if (!form.fits(value)) return { missing: `${form.what} (${shown(value)}) is not ${form.like}` };
    const word = shellWord(value);
    text += name === 'ID' ? ` ${word}` : ` ${name}${value.startsWith('-') ? '=' : ' '}${word}`;
  }
  return { text };
}

const SHOWN = 40;

/** A value that failed, as far as it can be shown in words: no shell and no reader could take it for more. */
function shown(value: string): string {
  if (value === '') return 'empty';
  const cut = value.length > SHOWN ? '...' : '';
  return value.slice(0, SHOWN).replaceAll(/[^\w@%+=:,./-]/g, '_') + cut;
}

/** The fix that consists of these commands, in their order. In words if there is none for one of them: the others alone would be another fix. */
export function fixBy(commands: readonly Command[]): string {
  const missing = commands.flatMap((one) => ('missing' in one ? [one.missing] : []));
  return missing.length > 0 ? `No command can be given safely: ${reasons(missing)}` : joined(commands);
}

/** A fix in words, with the commands at its end that can be given, and why others cannot. The words have no final stop or colon. */
export function fixInWords(words: string, commands: readonly Command[]): string {
  const missing = commands.flatMap((one) => ('missing' in one ? [one.missing] : []));
  const without = missing.length === 0 ? '' : ` (${plainCount(missing)} left out: ${reasons(missing)})`;
  const given = joined(commands);
  return `${words}${without}${given === '' ? '' : `: ${given}`}`;
}

function plainCount({ length }: readonly string[]): string {
  return length === 1 ? 'a command is' : `${length} commands are`;
}

const MOST_REASONS = 3;

function reasons(missing: readonly string[]): string {
  const unique = [...new Set(missing)];
  const more = unique.length > MOST_REASONS ? [`${unique.length - MOST_REASONS} more`] : [];
  return [...unique.slice(0, MOST_REASONS), ...more].join(', and ');
}

function joined(commands: readonly Command[]): string {
  return commands.flatMap((one) => ('text' in one ? [one.text] : [])).join(' && ');
}
