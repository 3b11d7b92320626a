/** How a function is set up from its variables: the configuration, and what the stack adds to it. */

import { describe, expect, it } from 'vitest';
import { openRuntime, settingsOf } from '../../src/lambda/function.ts';
import { aFakeAws } from '../support/live.ts';

aFakeAws();

const STACKS = 'arn:aws:sns:eu-west-1:111122223333:stack-alerts';
const OWN = 'arn:aws:sns:eu-west-1:111122223333:own-alerts';

/** The id of a mail that a function with this configuration sends; it names the topic. */
async function sentWith(config: object, variables: Readonly<Record<string, string>>): Promise<string | undefined> {
  const environment = { AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: process.env.AWS_ENDPOINT_URL, ...variables };
  const settings = settingsOf({ ...environment, MIRRORWATCH_CONFIG: JSON.stringify(config) });
  const { publisher } = (await openRuntime(settings, { text: settings.config, changedAt: new Date(0) })).ports;
  return publisher?.publish({ kind: 'findings', severity: 'high', subject: 's', body: 'b', attributes: {} });
}

describe('mail of a function', () => {
  it.each<[string, object, Readonly<Record<string, string>>, string | undefined]>([
    ['goes to the stack’s topic if the configuration names none', {}, { MIRRORWATCH_ALERT_TOPIC_ARN: STACKS }, STACKS],
    [
      'goes to the topic that the configuration names',
      { alertTopicArn: OWN },
      { MIRRORWATCH_ALERT_TOPIC_ARN: STACKS },
      OWN,
    ],
    ['is not sent without either', {}, { MIRRORWATCH_ALERT_TOPIC_ARN: '' }, undefined],
  ])('%s', async (_, config, variables, topic) => {
    const id = await sentWith({ requiredTags: ['CostCenter'], ...config }, variables);
    expect(id).toBe(topic && `mail to ${topic}`);
  });
});

describe('channels of a function', () => {
  const openedWith = async (alerts: object) => {
    const environment = { AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: process.env.AWS_ENDPOINT_URL };
    const settings = settingsOf({ ...environment, MIRRORWATCH_CONFIG: JSON.stringify({ alerts }) });
    return (await openRuntime(settings, { text: settings.config, changedAt: new Date(0) })).ports.channels ?? {};
  };

  it('are none unless the configuration names them', async () => {
    expect(await openedWith({})).toEqual({});
  });

  it('are the topic of chat and the event bus that it names', async () => {
    const { chat, eventBus } = await openedWith({ chatTopicArn: OWN, eventBusName: 'security' });
    const id = await chat?.publish({ kind: 'findings', severity: 'high', subject: 's', body: 'b', attributes: {} });
    expect([id, typeof eventBus?.put]).toEqual([`mail to ${OWN}`, 'function']);
  });
});
