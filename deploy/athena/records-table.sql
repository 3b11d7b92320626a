-- The records that "history run" keeps, as a table. Put your bucket, the plan's prefix and the number of shards in the places of BUCKET,
-- PLAN and SHARDS ("history plan" prints it). The shards are partitions that Athena works out by itself: no crawler, no repair.
CREATE EXTERNAL TABLE mirrorwatch_records (
  accountid string,
  region string,
  day string,
  eventtime timestamp,
  eventsource string,
  eventname string,
  eventid string,
  errorcode string,
  failed boolean,
  actor string,
  actorarn string,
  callers array<string>,
  sourceipaddress string,
  useragent string,
  resources array<string>,
  logfile string,
  fileindex int,
  recordindex int,
  record string
)
PARTITIONED BY (shard int)
STORED AS PARQUET
LOCATION 's3://BUCKET/PLAN/result/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.shard.type' = 'integer',
  'projection.shard.range' = '1,SHARDS',
  'projection.shard.digits' = '5',
  'storage.location.template' = 's3://BUCKET/PLAN/result/shard=${shard}/records/'
);
