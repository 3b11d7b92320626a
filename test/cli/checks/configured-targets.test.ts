import { describe, expect, it } from 'vitest';
import { aPlace, snapshotOf } from '../../support/command-line.ts';
import { anInventory, aSession } from '../../support/inventories.ts';

describe('a configuration whose targets do not exist in the account', () => {
  const place = aPlace();
  place.put('account.json', snapshotOf({ ...anInventory(), trafficMirrorSessions: [aSession()] }));
  place.put('good.json', { mirroring: { filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] } });
  place.put('wrong.json', { mirroring: { filterId: 'tmf-9', targets: ['tmt-8', 'tmt-9'] } });

  it.each(['audit', 'mirror plan'])('is named before what "%s" prints', async (command) => {
    const run = (config: string): ReturnType<typeof place.run> =>
      place.run(...command.split(' '), '--account', 'account.json', '--config', config);
    const wrong = await run('wrong.json');
    expect(wrong.stderr).toContain(
      'warning: configuration: 111122223333:eu-west-1: none of the 2 configured targets (tmt-8, tmt-9) exists here',
    );
    expect(wrong.stderr).toContain('the configured filter tmf-9 does not exist here');
    expect((await run('good.json')).stderr).not.toContain('warning: configuration');
  });
});
