/** Every built-in rule by its id. Generated from this folder by `npm run generate`; do not edit. */

import type { Rule } from '../rule.ts';
import { iamUserAfterHours } from './iam-user-after-hours.ts';
import { instanceUnmirrored } from './instance-unmirrored.ts';
import { instanceUntagged } from './instance-untagged.ts';
import { logIntegrity } from './log-integrity.ts';
import { mirrorDropping } from './mirror-dropping.ts';
import { mirrorDuplicate } from './mirror-duplicate.ts';
import { mirrorIneffective } from './mirror-ineffective.ts';
import { mirrorOrphan } from './mirror-orphan.ts';
import { mirrorRogue } from './mirror-rogue.ts';
import { mirrorSilent } from './mirror-silent.ts';
import { notJudged } from './not-judged.ts';
import { securityGroupOpen } from './security-group-open.ts';

export const RULES = {
  'iam-user-after-hours': iamUserAfterHours,
  'instance-unmirrored': instanceUnmirrored,
  'instance-untagged': instanceUntagged,
  'log-integrity': logIntegrity,
  'mirror-dropping': mirrorDropping,
  'mirror-duplicate': mirrorDuplicate,
  'mirror-ineffective': mirrorIneffective,
  'mirror-orphan': mirrorOrphan,
  'mirror-rogue': mirrorRogue,
  'mirror-silent': mirrorSilent,
  'not-judged': notJudged,
  'security-group-open': securityGroupOpen,
} as const satisfies Readonly<Record<string, Rule>>;
