-- Who removed which tags from which instances. CloudTrail leaves out long requests: then the tags are not known.
SELECT
  eventtime, accountid, region, actor, actorarn, resource AS instanceid,
  json_format(json_extract(record, '$.requestParameters.tagSet.items')) AS tags
FROM mirrorwatch_records
CROSS JOIN UNNEST(resources) AS named (resource)
WHERE eventname = 'DeleteTags' AND NOT failed AND resource LIKE 'i-%'
ORDER BY eventtime, accountid, region, resource, eventid;
