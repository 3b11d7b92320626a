import { describe, expect, it } from 'vitest';
import { anInstance, anInventory } from '../../support/inventories.ts';
import { call, causesOf, launchOf, OWNER_TAG, tags } from '../../support/stories.ts';

const omitted = (actor: string, minute: number, eventName: string) =>
  call(actor, minute, eventName, { omitted: true }, null);
const removeOwner = (actor: string, minute: number) =>
  call(actor, minute, 'DeleteTags', tags('i-1', { Owner: undefined }));

const said = (...calls: Parameters<typeof causesOf>[0]['calls']) =>
  causesOf({ now: anInventory({ instances: [anInstance()] }), calls, required: OWNER_TAG, mirror: null })[
    'i-1 instance-untagged'
  ];

describe('a call on tags without parameters', () => {
  it('is nothing to an instance that was launched later', () => {
    expect(said(omitted('mallory', 1, 'DeleteTags'), launchOf('ana', 2))).toBe('by ana (RunInstances)');
  });

  it('did not remove a tag that the launch did not set', () => {
    expect(said(launchOf('ana', 1), omitted('mallory', 2, 'DeleteTags'))).toBe('by ana (RunInstances)');
    expect(said(launchOf('ana', 1), omitted('mallory', 2, 'CreateTags'))).toBe('by ana (RunInstances)');
  });

  it('may have removed one that the launch set, and is possible, not proven: its record says nothing', () => {
    expect(said(launchOf('ana', 1, { Owner: 'a@example.com' }), omitted('mallory', 2, 'DeleteTags'))).toMatch(
      /^maybe mallory \(DeleteTags\): /,
    );
  });

  it('does not excuse whoever removed the tag with a record before it', () => {
    const launch = launchOf('ana', 1, { Owner: 'a@example.com' });
    expect(said(launch, removeOwner('ben', 2), omitted('mallory', 3, 'DeleteTags'))).toBe('by ben (DeleteTags)');
  });

  it('leaves open who removed a tag, if it may have come first', () => {
    const launch = launchOf('ana', 1, { Owner: 'a@example.com' });
    expect(said(launch, omitted('mallory', 2, 'DeleteTags'), removeOwner('ben', 3))).toMatch(
      /^maybe mallory \(DeleteTags\) and ben \(DeleteTags\): /,
    );
  });

  it('may have set the tag that another call removed', () => {
    expect(said(launchOf('ana', 1), omitted('mallory', 2, 'CreateTags'), removeOwner('ben', 3))).toMatch(
      /^maybe ana \(RunInstances\) and ben \(DeleteTags\): /,
    );
  });
});
