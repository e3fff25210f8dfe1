package session

import (
	"strings"
	"testing"
)

// What is wrong in a declaration, a hint or a name is pointed to where it is written.
func TestWrongStatementsArePointedTo(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	call(t, s, "CREATE TABLE orders (a INT, b STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) "+
		"WITH ('connector' = 'datagen', 'number-of-rows' = '1')")
	call(t, s, "CREATE TABLE drain (a INT, b STRING) WITH ('connector' = 'blackhole')")
	for sql, want := range map[string][]string{
		"CREATE TABLE x (a INT, b AS c + 1)": {
			"line 1, column 29: column 'c' not found", "did you mean 'a'?", "^"},
		"CREATE TABLE x (a INT,\n WATERMARK FOR a AS a)": {
			"line 2, column 2: watermark of table", "must be TIMESTAMP(p)", "^^^^^^^^^"},
		"CREATE TABLE x (ab INT, WATERMARK FOR ac AS ac)": {
			"line 1, column 25", "did you mean 'ab'?"},
		"CREATE TABLE x (t TIMESTAMP(3), WATERMARK FOR t AS tt)": {
			"line 1, column 52", "column 'tt' not found"},
		"CREATE TABLE x (abc INT, PRIMARY KEY (abd) NOT ENFORCED)": {
			"line 1, column 39", "did you mean 'abc'?", "^^^"},
		"CREATE TABLE x (abc INT) PARTITIONED BY (abd)": {"line 1, column 42", "did you mean 'abc'?"},
		"ALTER TABLE orders ADD (c AS d + 1)":           {"line 1, column 30", "column 'd' not found"},
		"SELECT * FROM orders /*+ OPTIONS('rows-per-secnd'='1') */": {
			"line 1, column 15", "did you mean 'rows-per-second'?", "^^^^^^"},
		"SELECT * FROM orders /*+ OPTION('rows-per-second'='1') */": {
			"line 1, column 26", "there is no hint OPTION", "write OPTIONS("},
		"SELECT * FROM orders /*+ BROADCAST(orders) */": {"write it behind SELECT"},
		"SELECT * FROM orders FOR SYSTEM_TIME AS OF TIMESTAMP '2024-01-01 00:00:00'": {
			"line 1, column 44", "time travel"},
		"SELECT * FROM orders JOIN drain FOR SYSTEM_TIME AS OF orders.a AS x ON x.a = orders.a": {
			"line 1, column 55", "is INT (give the table a WATERMARK, or a column AS PROCTIME())\n"},
		"SELECT odrers.* FROM orders": {"table 'odrers' not found", "did you mean 'orders'?"},
		"SELECT z.* FROM orders":      {"table 'z' not found", "there are orders"},
		"SELECT COALESCE() FROM orders": {
			"COALESCE needs an argument", "write COALESCE("},
		"SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts)))": {"INTERVAL '10' MINUTE"},
		"INSERT INTO drain (a, bb) SELECT a, b FROM orders": {
			"line 1, column 23", "did you mean 'b'?"},
		"INSERT INTO drain (a, a) SELECT a, a FROM orders": {
			"line 1, column 23", "named twice"},
		"CREATE CATALOG c WITH ('type' = 'jdcb')": {"line 1, column 16", "did you mean 'jdbc'?"},
		"LOAD MODULE hive":                        {"line 1, column 13", "'core'"},
		"ADD JAR '/x.jar'":                        {"line 1, column 1", "leave ADD JAR out"},
		"EXECUTE PLAN '/nowhere/plan'":            {"line 1, column 1", "/nowhere/plan"},
	} {
		got := refused(t, s, sql)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: no %q in\n%s", sql, w, got)
			}
		}
		if i := strings.LastIndex(got, "^"); i >= 0 && strings.TrimSpace(got[i+1:]) != "" {
			t.Errorf("%s: something stands behind the carets:\n%s", sql, got)
		}
	}
}
