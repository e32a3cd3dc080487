-- I-83: No event of a provider is kept with a card number or an e-mail address in it.
WITH told AS (
     SELECT e.psp_account, e.event_key,
            concat_ws(' ', e.event_type, e.reference,
                      regexp_replace(encode(e.body, 'escape'), '\\[0-7]{3}', ' ', 'g')) AS text
       FROM psp_event AS e)
SELECT t.psp_account, t.event_key, 'card number' AS what
  FROM told AS t
 CROSS JOIN LATERAL regexp_matches(
       t.text,
       '(?<![\w+.*-])(4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|3[47]\d{13})(?![\w.*-])', 'g') AS m (found)
 CROSS JOIN LATERAL (
       SELECT mod(sum(CASE WHEN mod(length(m.found[1]) - g.place, 2) = 0 THEN g.digit
                           WHEN g.digit > 4 THEN 2 * g.digit - 9
                           ELSE 2 * g.digit END), 10) AS rest
         FROM (SELECT n.place, substr(m.found[1], n.place, 1)::integer AS digit
                 FROM generate_series(1, length(m.found[1])) AS n (place)) AS g) AS luhn
 WHERE luhn.rest = 0
 UNION ALL
SELECT t.psp_account, t.event_key, 'e-mail address'
  FROM told AS t
 WHERE t.text ~ '\w@[\w-]+\.\w'
