-- How many launches asked for no tag, by who launched and month. Tags that were set afterwards do not count here.
SELECT
  date_trunc('month', eventtime) AS month, accountid, actor,
  count(*) AS launches,
  count(*) FILTER (
    WHERE json_extract_scalar(record, '$.requestParameters.tagSpecificationSet.items[0].tags[0].key') IS NULL
  ) AS untagged
FROM mirrorwatch_records
WHERE eventname = 'RunInstances' AND NOT failed
GROUP BY date_trunc('month', eventtime), accountid, actor
ORDER BY month, accountid, actor;
