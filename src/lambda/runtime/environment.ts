/** The environment variables of the functions, by what they set: each with its name and what it means. */

/** The variables that `template.json` sets, those of Lambda itself, and one for tests. An empty one counts as absent. */
export const VARIABLES = {
  config: {
    name: 'MIRRORWATCH_CONFIG',
    means:
      'Where the configuration is: `s3://bucket/key`, `ssm:/name`, a file in the zip, each with a pin if wanted, or the JSON itself. Default: `config.json`.',
  },
  alertTopicArn: {
    name: 'MIRRORWATCH_ALERT_TOPIC_ARN',
    means: 'The SNS topic to send mail to if the configuration names none. Default: no mail.',
  },
  ledgerTable: {
    name: 'MIRRORWATCH_LEDGER_TABLE',
    means: 'The table of the ledger. Default: the ledger lasts as long as the function stays warm.',
  },
  remediationQueueUrl: {
    name: 'MIRRORWATCH_REMEDIATION_QUEUE_URL',
    means: 'The queue of `remediate`. Default: the function that finds repairs by itself.',
  },
  deliveryQueueUrl: {
    name: 'MIRRORWATCH_DELIVERY_QUEUE_URL',
    means: 'The queue of `watch`, for re-checks and for sweeps. Default: none are asked for.',
  },
  reportBucket: { name: 'MIRRORWATCH_REPORT_BUCKET', means: 'The bucket of the reports. `report` needs it.' },
  writerRoleArn: {
    name: 'MIRRORWATCH_WRITER_ROLE_ARN',
    means: 'The role of `remediate`, whose calls that the ledger knows are our own.',
  },
  regions: {
    name: 'MIRRORWATCH_REGIONS',
    means: "The regions that sweeps cover, with commas between them. Default: the function's own.",
  },
  securityHub: {
    name: 'MIRRORWATCH_SECURITY_HUB',
    means:
      '`yes`: sweeps and reports import findings into AWS Security Hub, each in its own account and region. Default: no.',
  },
  region: { name: 'AWS_REGION', means: "The function's region. Lambda sets it." },
  defaultRegion: { name: 'AWS_DEFAULT_REGION', means: 'The region if `AWS_REGION` is not set.' },
  endpoint: { name: 'AWS_ENDPOINT_URL', means: 'An emulator of AWS instead of AWS.' },
} as const satisfies Readonly<Record<string, { readonly name: string; readonly means: string }>>;
