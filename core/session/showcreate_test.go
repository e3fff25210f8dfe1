package session

import (
	"strings"
	"testing"
)

func TestShowCreate(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	call(t, s, "CREATE TABLE t (a INT COMMENT 'its', b AS a + 1, c AS upper(`s`[1]), s ARRAY<STRING>, m STRING METADATA "+
		"FROM 'k' VIRTUAL, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND, "+
		"PRIMARY KEY (a) NOT ENFORCED) COMMENT 'c' DISTRIBUTED BY HASH(a) INTO 4 BUCKETS "+
		"PARTITIONED BY (a) WITH ('connector' = 'datagen')")
	call(t, s, "CREATE TEMPORARY VIEW v (x) COMMENT 'hi' AS SELECT a FROM t")
	for sql, want := range map[string]string{
		"SHOW CREATE TABLE t": "CREATE TABLE `default_catalog`.`default_database`.`t` (\n" +
			"  `a` INT NOT NULL COMMENT 'its',\n  `b` AS `a` + 1,\n  `c` AS UPPER(`s`[1]),\n" +
			"  `s` ARRAY<VARCHAR(2147483647)>,\n" +
			"  `m` VARCHAR(2147483647) METADATA FROM 'k' VIRTUAL,\n  `ts` TIMESTAMP(3),\n" +
			"  WATERMARK FOR `ts` AS `ts` - INTERVAL '1' SECOND,\n" +
			"  CONSTRAINT `PK_a` PRIMARY KEY (`a`) NOT ENFORCED\n)\nCOMMENT 'c'\n" +
			"DISTRIBUTED BY HASH(`a`) INTO 4 BUCKETS\nPARTITIONED BY (`a`)\n" +
			"WITH (\n  'connector' = 'datagen'\n)\n",
		"SHOW CREATE VIEW v": "CREATE TEMPORARY VIEW `default_catalog`.`default_database`.`v` (\n" +
			"  `x`\n)\nCOMMENT 'hi'\nAS SELECT a FROM t\n",
	} {
		if got := plain(rows(t, s, sql)); len(got) != 1 || got[0] != "+I "+strings.ReplaceAll(want, "'", "") {
			t.Errorf("%s:\n%q, want\n%q", sql, got, want)
		}
	}
	fails(t, s, "SHOW CREATE VIEW t", "is a table, not a view")
	fails(t, s, "SHOW CREATE TABLE v", "is a view, not a table")
	fails(t, s, "USE MODULES core, core", "more than once")
	fails(t, s, "USE MODULES hive", "there is no module 'hive'")
	if got := plain(rows(t, s, "SHOW FULL MODULES")); len(got) != 1 || got[0] != "+I core true" {
		t.Errorf("SHOW FULL MODULES: %q", got)
	}
	if got := plain(rows(t, s, "SHOW DATABASES FROM default_catalog LIKE '%ault%'")); len(got) != 1 {
		t.Errorf("SHOW DATABASES: %q", got)
	}
}
