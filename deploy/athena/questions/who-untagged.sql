-- Who removed which tags from which instances. A request without tags removes all that are not AWS's own ("all"). The instance is NULL
-- where CloudTrail left the request out: it may have been about any resource.
SELECT
  eventtime, accountid, region, actor, actorarn, resource AS instanceid,
  coalesce(json_format(json_extract(record, '$.requestParameters.tagSet.items')), 'all') AS tags, eventid
FROM mirrorwatch_records
CROSS JOIN UNNEST(resources) AS named (resource)
WHERE eventname = 'DeleteTags' AND eventsource = 'ec2.amazonaws.com' AND NOT failed AND resource LIKE 'i-%'
  -- The caller may be an instance, too: untagged is what the request lists.
  AND strpos(json_format(json_extract(record, '$.requestParameters.resourcesSet')), '"resourceId":"' || resource || '"') > 0
UNION
SELECT eventtime, accountid, region, actor, actorarn, NULL AS instanceid, NULL AS tags, eventid
FROM mirrorwatch_records
WHERE eventname = 'DeleteTags' AND eventsource = 'ec2.amazonaws.com' AND NOT failed
  AND json_extract_scalar(record, '$.requestParameters.resourcesSet.items[0].resourceId') IS NULL
ORDER BY eventtime, accountid, region, instanceid, eventid;
