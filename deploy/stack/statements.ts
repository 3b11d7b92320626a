/** Statements of policies. */

import type { Value } from './intrinsics.ts';

/** A policy document of these statements. */
export const policy = (...statements: readonly Value[]): Value => ({ Version: '2012-10-17', Statement: statements });

/** Allows whoever has the policy. */
export const allow = (Action: Value, Resource: Value, Condition?: Value): Value => ({
  ...{ Effect: 'Allow', Action, Resource },
  ...(Condition !== undefined && { Condition }),
});

/** Allows an AWS service, in the policy of a resource. */
export const allowService = (Service: Value, Action: Value, Resource: Value, Condition?: Value): Value => ({
  ...{ Effect: 'Allow', Principal: { Service }, Action, Resource },
  ...(Condition !== undefined && { Condition }),
});

/** Denies everybody what is not encrypted on its way. */
export const onlyOverTls = (Action: Value, Resource: Value): Value => ({
  ...{ Sid: 'OnlyOverTls', Effect: 'Deny', Principal: '*', Action, Resource },
  Condition: { Bool: { 'aws:SecureTransport': false } },
});

/** Who may take on a role: an AWS service. */
export const assumedBy = (Service: string, Condition?: Value): Value =>
  policy({
    ...{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' },
    ...(Condition !== undefined && { Condition }),
  });
