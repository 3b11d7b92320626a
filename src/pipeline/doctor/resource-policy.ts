/** Whether the policy of a queue or topic lets a service of AWS act on it. What cannot be evaluated is unclear, never allowed. */

import { matchesGlob } from '../../collections.ts';

/** What is asked for: a service, its action on a resource, for a source. */
export interface ServiceRequest {
  /** Such as `sns.amazonaws.com`. */
  readonly service: string;
  /** Such as `sqs:SendMessage`. */
  readonly action: string;
  readonly resource: string;
  readonly sourceArn: string;
  /** The account of the source; absent if it is not known. */
  readonly sourceAccount?: string | undefined;
}

/** What the policy says. */
export type PolicyAnswer = 'allowed' | 'denied' | 'unclear';

type Fit = 'yes' | 'no' | 'unclear';

interface Statement {
  readonly Effect?: unknown;
  readonly Principal?: unknown;
  readonly Action?: unknown;
  readonly Resource?: unknown;
  readonly Condition?: unknown;
}

/** Elements that we do not evaluate. */
const INVERTED = ['NotPrincipal', 'NotAction', 'NotResource'];

/**
 * What a policy answers to a request. A Deny that fits wins, then a Deny that may fit makes it unclear; without a statement that allows
 * it, a service is refused. An absent policy refuses every service.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function answerOfPolicy(policyText: string | undefined, request: ServiceRequest): PolicyAnswer {
  if (policyText === undefined || policyText === '') return 'denied';
  const statements = statementsOf(policyText);
  if (statements === undefined) return 'unclear';
  const fits = statements.map((one) => ({ deny: one.Effect === 'Deny', fit: fitOf(one, request) }));
  if (fits.some(({ deny, fit }) => deny && fit === 'yes')) return 'denied';
  if (fits.some(({ deny, fit }) => deny && fit === 'unclear')) return 'unclear';
  if (fits.some(({ deny, fit }) => !deny && fit === 'yes')) return 'allowed';
  return fits.some(({ deny, fit }) => !deny && fit === 'unclear') ? 'unclear' : 'denied';
}

function statementsOf(policyText: string): readonly Statement[] | undefined {
  try {
    const { Statement: found } = Object(JSON.parse(policyText)) as { readonly Statement?: unknown };
    const all: readonly unknown[] = Array.isArray(found) ? found : [found];
    const wellFormed = all.every((one) => typeof one === 'object' && one !== null);
    return wellFormed ? (all as readonly Statement[]) : undefined;
  } catch {
    // Not JSON: it says nothing that we can read.
    return undefined;
  }
}

function fitOf(statement: Statement, request: ServiceRequest): Fit {
  if (INVERTED.some((key) => key in statement)) return 'unclear';
  return allOf([
    principalFits(statement.Principal, request.service),
    anyMatches(statement.Action, request.action, { ignoreCase: true }),
    statement.Resource === undefined ? 'yes' : anyMatches(statement.Resource, request.resource),
    conditionFits(statement.Condition, request),
  ]);
}

function allOf(fits: readonly Fit[]): Fit {
  if (fits.includes('no')) return 'no';
  return fits.includes('unclear') ? 'unclear' : 'yes';
}

function anyOf(fits: readonly Fit[]): Fit {
  if (fits.includes('yes')) return 'yes';
  return fits.includes('unclear') ? 'unclear' : 'no';
}

function principalFits(principal: unknown, service: string): Fit {
  if (principal === '*') return 'yes';
  const { Service, AWS } = Object(principal) as { readonly Service?: unknown; readonly AWS?: unknown };
  return anyOf([textsOf(Service).includes(service) ? 'yes' : 'no', textsOf(AWS).includes('*') ? 'yes' : 'no']);
}

function textsOf(value: unknown): readonly string[] {
  return [value].flat().filter((one): one is string => typeof one === 'string');
}

function anyMatches(patterns: unknown, text: string, { ignoreCase = false } = {}): Fit {
  const wanted = ignoreCase ? text.toLowerCase() : text;
  return anyOf(textsOf(patterns).map((one) => patternFits(ignoreCase ? one.toLowerCase() : one, wanted)));
}

/** `?` stands for one character, which our globs do not have; a pattern with it may fit. */
function patternFits(pattern: string, text: string): Fit {
  if (pattern.includes('?') || pattern.includes('${')) return 'unclear';
  return matchesGlob(pattern, text) ? 'yes' : 'no';
}

/** Operators that compare with equality or globs. An operator that is not here makes the statement unclear. */
const OPERATORS: ReadonlySet<string> = new Set(['ArnEquals', 'ArnLike', 'StringEquals', 'StringLike']);

function conditionFits(condition: unknown, request: ServiceRequest): Fit {
  if (condition === undefined) return 'yes';
  const tests = Object.entries(Object(condition) as Record<string, unknown>).flatMap(([operator, keys]) =>
    Object.entries(Object(keys) as Record<string, unknown>).map(([key, values]) =>
      oneConditionFits(operator, key.toLowerCase(), values, request),
    ),
  );
  return allOf(tests);
}

function oneConditionFits(operator: string, key: string, values: unknown, request: ServiceRequest): Fit {
  // Deliveries of AWS's services always use TLS.
  if (operator === 'Bool' && key === 'aws:securetransport')
    return textsOf([values].flat().map(String)).includes('true') ? 'yes' : 'no';
  if (!OPERATORS.has(operator)) return 'unclear';
  const asked =
    key === 'aws:sourcearn' ? request.sourceArn : key === 'aws:sourceaccount' ? request.sourceAccount : undefined;
  if (asked === undefined) return 'unclear';
  if (operator === 'StringEquals') return textsOf(values).includes(asked) ? 'yes' : 'no';
  return anyOf(textsOf(values).map((one) => patternFits(one, asked)));
}
