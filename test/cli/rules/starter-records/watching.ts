/** Records for the starter rules on what watches the account. */

import { call, denied, type StarterCase } from './call.ts';

const recorder = { configurationRecorderName: 'default' };
const detectorId = '12abc34d567e8fa901bc2d34e56789f0';
const detector = (enable: boolean) =>
  call(['guardduty', 'UpdateDetector'], { detectorId, enable, findingPublishingFrequency: 'SIX_HOURS' });
const deleteFlowLogs = call(
  ['ec2', 'DeleteFlowLogs'],
  { DeleteFlowLogsRequest: { FlowLogId: { tag: 1, content: 'fl-0a1b2c3d4e5f60718' } } },
  {
    DeleteFlowLogsResponse: {
      ...{ xmlns: 'http://ec2.amazonaws.com/doc/2016-11-15/', unsuccessful: '' },
      requestId: '11111111-2222-4333-8444-555555555555',
    },
  },
);

export const WATCHING: readonly StarterCase[] = [
  {
    rule: 'trail-stopped',
    match: call(['cloudtrail', 'StopLogging'], { name: 'management-events' }),
    miss: {
      ...denied(call(['cloudtrail', 'StopLogging'], { name: 'management-events' })),
      errorCode: 'TrailNotFoundException',
    },
    but: 'there is no such trail',
    end: call(['cloudtrail', 'StartLogging'], { name: 'management-events' }),
  },
  {
    rule: 'trail-changed',
    match: call(
      ['cloudtrail', 'UpdateTrail'],
      { name: 'management-events', isMultiRegionTrail: false },
      { name: 'management-events', isMultiRegionTrail: false, s3BucketName: 'trail-111122223333' },
    ),
    miss: call(['cloudtrail', 'AddTags'], {
      resourceId: 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/management-events',
      tagsList: [{ key: 'Owner', value: 'security' }],
    }),
    but: 'only its tags were changed',
  },
  {
    rule: 'trail-selectors-changed',
    match: call(['cloudtrail', 'PutEventSelectors'], {
      trailName: 'management-events',
      eventSelectors: [{ readWriteType: 'WriteOnly', includeManagementEvents: false, dataResources: [] }],
    }),
    miss: call(['cloudtrail', 'GetEventSelectors'], { trailName: 'management-events' }),
    but: 'the selectors were read',
  },
  {
    rule: 'config-recorder-stopped',
    match: call(['config', 'StopConfigurationRecorder'], recorder),
    miss: denied(call(['config', 'StopConfigurationRecorder'], null)),
    but: 'it was denied',
    end: call(['config', 'StartConfigurationRecorder'], recorder),
  },
  {
    rule: 'config-delivery-changed',
    match: call(['config', 'PutDeliveryChannel'], {
      deliveryChannel: { name: 'default', s3BucketName: 'config-111122223333' },
    }),
    miss: call(['config', 'PutConfigRule'], { configRule: { configRuleName: 'required-tags' } }),
    but: 'a rule was changed, and the delivery stays',
  },
  {
    rule: 'guardduty-disabled',
    match: detector(false),
    miss: detector(true),
    but: 'the detector stays enabled',
    end: detector(true),
  },
  {
    rule: 'security-hub-disabled',
    match: call(['securityhub', 'DisableSecurityHub'], null),
    miss: call(['securityhub', 'BatchDisableStandards'], {
      StandardsSubscriptionArns: ['arn:aws:securityhub:eu-west-1:111122223333:subscription/pci-dss/v/3.2.1'],
    }),
    but: 'a standard was disabled, and the hub stays',
    end: call(['securityhub', 'EnableSecurityHub'], { EnableDefaultStandards: true }),
  },
  { rule: 'flow-logs-deleted', match: deleteFlowLogs, miss: denied(deleteFlowLogs), but: 'it was denied' },
];
