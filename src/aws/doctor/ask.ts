/** AWS's answers as `doctor` takes them: an error is an answer too. */

import { PipelineError } from '../../errors.ts';
import type { Answer, Fault } from '../../pipeline/doctor/line.ts';
import { awsCall, isDenied } from '../call.ts';

/** Codes for what does not exist. */
const MISSING = /(?:NotFound|NonExistent\w*|DoesNotExist|NoSuch\w+)(?:Exception)?$/;

/** The answer of a call, or of several; the first error is the fault of all. */
export async function ask<T>(operation: string, call: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await awsCall(operation, {}, call) };
  } catch (thrown) {
    if (thrown instanceof PipelineError) return { fault: faultOf(operation, thrown) };
    throw thrown;
  }
}

function faultOf(operation: string, error: PipelineError): Fault {
  const { awsCode = '', operation: failed = operation } = error.concerns;
  return { kind: kindOf(error, awsCode), operation: failed, awsCode, message: wordsOf(error) };
}

function kindOf({ retryable }: PipelineError, awsCode: string): Fault['kind'] {
  if (isDenied(awsCode)) return 'denied';
  if (retryable) return 'temporary';
  return MISSING.test(awsCode) ? 'missing' : 'refused';
}

/** The message without our own words about the call, which the reason has already. */
function wordsOf({ message }: PipelineError): string {
  return message.replace(/^\w+(?: \([^)]*\))? failed with [\w.]+: /, '');
}

/** Makes a read once and gives everybody who asks with the same key that answer. */
export function onceEach<A extends readonly unknown[], T>(
  keyOf: (...args: A) => string,
  read: (...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
  const made = new Map<string, Promise<T>>();
  return (...args) => {
    const key = keyOf(...args);
    const known = made.get(key) ?? read(...args);
    made.set(key, known);
    return known;
  };
}

/** A list that comes in pages. `most` bounds what is read of an endpoint that never ends. */
export async function pagesOf<P extends object, T>(
  next: (token: string | undefined) => Promise<P & { readonly NextToken?: string | undefined }>,
  itemsOf: (page: P) => readonly T[],
  most = 200,
): Promise<readonly T[]> {
  const items: T[] = [];
  let token: string | undefined;
  for (let page = 0; page < most; page += 1) {
    const answer = await next(token);
    items.push(...itemsOf(answer));
    token = answer.NextToken || undefined;
    if (token === undefined) return items;
  }
  throw new PipelineError('aws-call-failed', `the list did not end after ${most} pages`);
}
