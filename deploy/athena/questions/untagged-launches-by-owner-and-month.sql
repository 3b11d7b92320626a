-- How many launches gave their instances no tag but AWS's own (aws:...), by who launched and month. All instances of a launch have the same tags:
-- those of the request and of its launch template, as the answer lists them. Tags that were set afterwards do not count here. Where CloudTrail
-- left out the answer, the tags are not known.
SELECT
  date_trunc('month', eventtime) AS month, accountid, actor,
  count(DISTINCT eventid) AS launches,
  count(DISTINCT eventid) FILTER (
    WHERE json_extract_scalar(record, '$.responseElements.instancesSet.items[0].instanceId') IS NOT NULL
      AND coalesce(
        replace(json_format(json_extract(record, '$.responseElements.instancesSet.items[0].tagSet')), '"key":"aws:', ''), ''
      ) NOT LIKE '%"key":%'
  ) AS untagged,
  count(DISTINCT eventid) FILTER (
    WHERE json_extract_scalar(record, '$.responseElements.instancesSet.items[0].instanceId') IS NULL
  ) AS unknowntags
FROM mirrorwatch_records
WHERE eventname = 'RunInstances' AND eventsource = 'ec2.amazonaws.com' AND NOT failed
GROUP BY date_trunc('month', eventtime), accountid, actor
ORDER BY month, accountid, actor;
