/** How records write lists: EC2's classic encoding, and XML turned into JSON. */

/** `{items: […]}`, and `{}` for an empty list. */
export function items(members: readonly object[]): object {
  return members.length === 0 ? {} : { items: members };
}

/** The newer encoding of a list: one member is an object, several are an array, and each carries its index as `tag`. */
export function indexed(members: readonly object[]): object {
  const [first, ...others] = members.map((member, index) => ({ ...member, tag: index + 1 }));
  return first === undefined || others.length > 0 ? [first, ...others] : first;
}

/** The fields that are not null. */
export function present(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}
