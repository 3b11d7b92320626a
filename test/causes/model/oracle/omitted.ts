/** What a record without its parameters may hide. */

import type { Call } from '../call.ts';
import { after } from '../simulate.ts';
import { type Alternative, otherTags, type Question } from './alternatives.ts';
import type { Past } from './relevant.ts';

/** A record without its request may hide any call of that name: here one on the instance in question, or on nothing of ours. */
export function omittedIn(call: Call, question: Question): readonly Alternative[] {
  const cell = `call:${call.eventID}`;
  const instead = (other: Call): Alternative => ({
    cell,
    edit: ({ initial, calls }) => ({
      // What the call really did to other resources was so before, and the account ends as it is.
      initial: call.eventName === 'RunInstances' ? initial : after(initial, call),
      calls: calls.map((each) => (each.eventID === call.eventID ? other : each)),
    }),
  });
  const keys = Object.keys(question.tagValues);
  // The call as it was made instead, after the tag had its true value or another one.
  const others = (id: string, tags: Readonly<Record<string, string>>, other: Call): readonly Alternative[] => [
    instead(other),
    ...otherTags(question, id, Object.keys(tags)).map(({ edit }) => ({
      cell,
      edit: (past: Past) => instead(other).edit(edit(past)),
    })),
  ];
  const values = keys.flatMap((key) =>
    (question.tagValues[key] ?? []).flatMap((value) => (value === null ? [] : [{ [key]: value }])),
  );
  const tagCells = question.instanceIds.flatMap((id) => otherTags(question, id, keys));
  switch (call.eventName) {
    case 'RunInstances': {
      const more = values.map((tags) => ({ ...call.params.tags, ...tags }));
      return [{}, ...more, ...values, complying(question)].map((tags) =>
        instead({ ...call, params: { ...call.params, tags } }),
      );
    }
    case 'CreateTags':
      return [
        ...tagCells,
        instead({ ...call, params: { ...call.params, resourceIds: ['vol-0a1'] } }),
        ...question.instanceIds.flatMap((id) =>
          values.flatMap((tags) => others(id, tags, { ...call, params: { resourceIds: [id], tags } })),
        ),
      ];
    case 'DeleteTags':
      return [
        ...tagCells,
        instead({ ...call, params: { ...call.params, resourceIds: ['vol-0a1'] } }),
        ...question.instanceIds.flatMap((id) =>
          keys.flatMap((key) => others(id, { [key]: '' }, { ...call, params: { resourceIds: [id], tags: [{ key }] } })),
        ),
      ];
    default:
      return [];
  }
}

/** The first value of every key: the one that complies. */
function complying({ tagValues }: Question): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(tagValues).flatMap(([key, [first]]) => (typeof first === 'string' ? [[key, first]] : [])),
  );
}
