import { describe, expect, it } from 'vitest';
import { scanLog } from '../../../src/cloudtrail/scanner/scan.ts';
import { aRecord } from '../../support/records.ts';

const record = aRecord({ eventName: 'RunInstances' });
const raw = JSON.stringify(record);
const scan = (...values: readonly unknown[]) =>
  scanLog(Buffer.from(values.map((value) => JSON.stringify(value)).join('\n')), {});

describe('an export of another system that holds the record as it was', () => {
  it.each<[string, unknown]>([
    [
      "Splunk's, in JSON",
      { preview: false, offset: 0, result: { _raw: raw, eventName: 'RunInstances', index: 'main' } },
    ],
    ["Splunk's, as a list of results", { results: [{ _raw: raw, _time: '2026-01-31' }] }],
    ["Splunk's HTTP event", { sourcetype: 'aws:cloudtrail', event: record }],
    [
      "Elastic's, with event.original",
      { _index: 'logs', _source: { event: { original: raw, action: 'RunInstances' } } },
    ],
    ["Elastic's, with message", { _index: 'logs', _source: { '@timestamp': 'x', message: raw } }],
    [
      "Elastic's answer to a search",
      { took: 1, hits: { total: {}, hits: [{ _source: { event: { original: raw } } }] } },
    ],
    ["CloudWatch Logs Insights'", { '@timestamp': 'x', '@ptr': 'Cl', '@message': raw }],
    ["CloudWatch Logs Insights', with an object", { '@timestamp': 'x', '@ptr': 'Cl', '@message': record }],
    ["OpenSearch's of a log group", { _index: 'cwl', _source: { '@log_group': 'trail', '@message': raw } }],
    ['OCSF with the record in unmapped', { class_uid: 6003, metadata: { version: '1.1.0' }, unmapped: record }],
    ['OCSF with raw_data', { class_uid: 6003, metadata: { version: '1.1.0' }, raw_data: raw }],
  ])('gives that record: %s', (_what, value) => {
    const { records, wanted, rejectedCount } = scan(value);
    expect({ records, rejectedCount }).toEqual({ records: 1, rejectedCount: 0 });
    expect(wanted.map((one) => one.json.toString())).toEqual([raw]);
  });
});

describe('an export without the record', () => {
  it.each<[string, unknown, string]>([
    [
      'OCSF',
      { class_uid: 6003, metadata: { product: { name: 'CloudTrail' } }, api: { operation: 'RunInstances' } },
      'an OCSF event without the record in raw_data',
    ],
    [
      "Lake's query result",
      { QueryStatus: 'FINISHED', QueryResultRows: [[{ eventName: 'RunInstances' }]] },
      'a query result of CloudTrail Lake',
    ],
    [
      "Elastic's",
      { _index: 'logs', _source: { '@timestamp': 'x', event: { action: 'RunInstances' } } },
      'an Elastic document without event.original',
    ],
    [
      "CloudWatch Logs Insights'",
      { '@timestamp': '2026-01-31 12:00:00.000', '@ptr': 'Cl', sourceIPAddress: '198.51.100.1' },
      'a query result of CloudWatch Logs Insights without the record',
    ],
    [
      "OpenSearch's",
      { _index: 'cwl-2026.01.31', _id: '1', _source: { '@id': '1', '@log_group': 'trail', awsRegion: 'eu-west-1' } },
      'a document of a log index, such as OpenSearch’s, without the record as text',
    ],
    [
      'an unknown index',
      { _index: 'trail', _source: { action: 'RunInstances' } },
      'a document of a log index, such as OpenSearch’s, without the record as text',
    ],
    [
      'OCSF with its record elsewhere',
      { class_uid: 6003, metadata: {}, unmapped: { eventVersion: '1.08', 'requestParameters.x': 'y' } },
      'an OCSF event without the record in raw_data',
    ],
    [
      "Splunk's, whose fields are not the record's",
      { preview: false, result: { eventName: 'RunInstances', 'userIdentity.userName': 'dana' } },
      'a Splunk event without _raw',
    ],
  ])('is named, with what to do: %s', (_what, value, name) => {
    const { records, rejected } = scan(value);
    expect(records).toBe(0);
    expect(rejected.map(({ reason }) => reason)).toEqual([expect.stringContaining(name)]);
    expect(rejected[0]?.reason).toMatch(/read the trail’s own log files|export with it/);
  });
});

it('knows the message with which CloudWatch Logs checks a destination', () => {
  const message = 'CWL CONTROL MESSAGE: Checking health of destination Firehose.';
  const control = { messageType: 'CONTROL_MESSAGE', owner: 'CloudwatchLogs', logEvents: [{ id: '', message }] };
  const data = { messageType: 'DATA_MESSAGE', owner: '111122223333', logEvents: [{ id: '1', message: raw }] };
  expect(scan(control, data)).toMatchObject({ records: 1, rejectedCount: 0, skipped: { 'control-message': 1 } });
});
