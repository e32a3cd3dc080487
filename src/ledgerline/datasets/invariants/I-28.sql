-- I-28: Money is a bigint of minor units; no column is a floating-point number or a bare amount.
SELECT c.table_name, c.column_name, c.data_type
  FROM information_schema.columns AS c
  JOIN pg_class AS r ON r.oid = format('%%I.%%I', c.table_schema, c.table_name)::regclass
 WHERE c.table_schema = current_schema()
   AND r.relkind IN ('r', 'p')
   AND NOT EXISTS (
       SELECT FROM pg_depend AS d  -- what an extension brings is not ours
        WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.deptype = 'e')
   AND (c.data_type IN ('real', 'double precision', 'money')
        OR (c.column_name LIKE '%%\_minor' AND c.data_type <> 'bigint')
        OR c.column_name IN ('amount', 'price', 'total', 'balance')
        OR (c.column_name = 'currency' AND c.data_type <> 'text'))
