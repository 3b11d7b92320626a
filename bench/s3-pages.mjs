// Answers ListObjectsV2 for keys that are held in memory, in their byte order, as S3 does: prefixes, delimiters, pages of 1,000.

/** Returns what lists sorted keys: `objectOf` makes size and ETag of a key. */
export function lister(keys, objectOf) {
  /** The place of the first key that is not before this one. */
  const placeOf = (key) => {
    let [from, to] = [0, keys.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (keys[middle] < key) from = middle + 1;
      else to = middle;
    }
    return from;
  };
  const page = ({ prefix, delimiter, after, token, most }) => {
    const contents = [];
    const folders = [];
    let at = token === null ? placeOf(after === null || after < prefix ? prefix : `${after}\u0000`) : Number(token);
    while (at < keys.length && keys[at].startsWith(prefix) && contents.length + folders.length < most) {
      const cut = delimiter === '' ? -1 : keys[at].indexOf(delimiter, prefix.length);
      if (cut === -1) {
        contents.push(keys[at]);
        at += 1;
      } else {
        const folder = keys[at].slice(0, cut + 1);
        folders.push(folder);
        at = placeOf(`${folder}\u{10ffff}`);
      }
    }
    const next = at < keys.length && keys[at].startsWith(prefix) ? at : undefined;
    return { contents, folders, next };
  };
  return (asked) => {
    const { contents, folders, next } = page({
      prefix: asked.get('prefix') ?? '',
      delimiter: asked.get('delimiter') ?? '',
      after: asked.get('start-after'),
      token: asked.get('continuation-token'),
      most: Number(asked.get('max-keys') ?? 1000),
    });
    const objects = contents.map((key) => {
      const { size, etag } = objectOf(key);
      return `<Contents><Key>${key}</Key><Size>${size}</Size><ETag>&quot;${etag}&quot;</ETag></Contents>`;
    });
    const prefixes = folders.map((folder) => `<CommonPrefixes><Prefix>${folder}</Prefix></CommonPrefixes>`);
    return `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>trail</Name><IsTruncated>${next !== undefined}</IsTruncated>${next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`}${objects.join('')}${prefixes.join('')}</ListBucketResult>`;
  };
}
