-- I-86: The hash of each number follows from its body, its place and the hash before it.
WITH chained AS (
     SELECT d.series_id, d.position, d.display, d.body_hash, d.hash,
            lag(d.hash, 1, decode(repeat('00', 32), 'hex'))
            OVER (PARTITION BY d.series_id ORDER BY d.position) AS previous
       FROM document_number AS d)
SELECT c.series_id, c.position, c.display
  FROM chained AS c
 WHERE c.hash <> sha256(convert_to(format(
       '{"body":"%s","number":"%s","position":%s,"previous":"%s","series":"%s","v":1}',
       encode(c.body_hash, 'hex'), c.display, c.position, encode(c.previous, 'hex'), c.series_id),
       'UTF8'))
