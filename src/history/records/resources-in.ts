/** The resources that a record names: what `history ask` finds records by. */

/** Ids as EC2 and its neighbours make them (`i-…`, `vpce-svc-…`, `eni-attach-…`). Those of instances in examples are shorter. */
const ID = /^(?:(?:[a-z]{1,12}-){1,4}[0-9a-f]{8,17}|m?i-[0-9a-f]{1,17})$/;
const LONGEST_ID = 64;
/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
const LONGEST_ARN = 2048;

/**
 * The ids and ARNs that occur as values anywhere in a record, each once, in order of appearance; for an ARN or a path that ends in an id, also
 * that id. Ids inside of longer texts, such as descriptions, are not among them.
 */
export function resourcesIn(record: unknown): readonly string[] {
  const found = new Set<string>();
  // A loop: a record may nest deeper than the stack allows.
  const open: unknown[] = [record];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string') addNamed(value, found);
    else if (typeof value === 'object' && value !== null) {
      const inner = Object.values(value);
      for (let at = inner.length - 1; at >= 0; at -= 1) open.push(inner[at]);
    }
  }
  return [...found];
}

function addNamed(value: string, found: Set<string>): void {
  if (value.length <= LONGEST_ID && ID.test(value)) {
    found.add(value);
    return;
  }
  if (value.startsWith('arn:') && value.length <= LONGEST_ARN) found.add(value);
  const last = value.slice(value.lastIndexOf('/') + 1);
  if (last.length < value.length && last.length <= LONGEST_ID && ID.test(last)) found.add(last);
}

/** True for what can be asked for: an id, or an ARN. */
export function isResource(text: string): boolean {
  return ID.test(text) || (text.startsWith('arn:') && text.length <= LONGEST_ARN);
}
