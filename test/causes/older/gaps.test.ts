/** A record that is missing from the logs, against the model: an older look gives many of the gaps away, and names nobody wrongly. */

import { describe, expect, it } from 'vitest';
import { audit } from '../../../src/audit/audit.ts';
import { provenCalls } from '../../../src/audit/cause.ts';
import { investigate, withCauses } from '../../../src/causes/attribute.ts';
import { windowOf } from '../../../src/causes/older/older-account.ts';
import { sightingsOf } from '../../../src/sighting/readers.ts';
import { randomOf } from '../model/histories/random.ts';
import { inventoryOf, JUDGED_AT, olderAccountOf, randomHistory, truthsOf } from '../model/model.ts';

const SEEDS = 30;
/** The model leaves out at most four calls together. */
const MODEL_SET = 4;

/** What is said of a history of which the record of one call after an older look is missing. */
function saidOf(seed: number) {
  const history = randomHistory(seed);
  const inventory = inventoryOf(history.final);
  const older = [olderAccountOf(history, randomOf(seed * 1000))];
  const end = older[0] === undefined ? 0 : windowOf(older[0]).to;
  const gone = randomOf(seed * 17).pick(history.calls.filter(({ eventTime }) => Date.parse(eventTime) > end));
  if (gone === undefined) return undefined;
  const records = history.records.filter(({ eventID }) => eventID !== gone.eventID);
  const sightings = records.flatMap((record) => sightingsOf(record));
  const { policy } = history;
  const { findings } = audit({ inventory, sightings: [], scope: 'all', now: JUDGED_AT }, policy);
  const truths = new Map(truthsOf(history).map(({ findingId, truth }) => [findingId, truth]));
  const input = { inventory, sightings, policy, older };
  const wrong = withCauses(findings, input).flatMap(({ id, rule, resourceId, cause }) => {
    const [truth, proven] = [truths.get(id), provenCalls(cause).map(({ eventID }) => eventID)];
    if (truth === undefined || proven.length === 0) return [];
    const really = truth.kind === 'unknown' ? [] : truth.eventIDs;
    if (really.length === 0 && proven.length > MODEL_SET) return [];
    return proven.toSorted().join() === really.toSorted().join() ? [] : [`seed ${seed}: ${rule} ${resourceId}`];
  });
  return { wrong, isGivenAway: investigate(input).history.unexplained.size > 0 };
}

describe(`an older look and a missing record, in the random histories with seeds 1 to ${SEEDS}`, () => {
  const said = Array.from({ length: SEEDS }, (_, index) => saidOf(index + 1)).filter((one) => one !== undefined);

  it('prove nothing that is not so', () => {
    expect(said.length).toBeGreaterThan(SEEDS * 0.8);
    expect(said.flatMap(({ wrong }) => wrong)).toEqual([]);
  });

  it('show in many of them that something was changed without a record', () => {
    expect(said.filter(({ isGivenAway }) => isGivenAway).length).toBeGreaterThan(said.length / 4);
  });
});
