package session

import (
	"slices"
	"strings"
	"testing"
)

func TestJSONFunctionsTakeTheirClauses(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	for _, c := range []struct{ sql, want string }{
		{`JSON_VALUE('{"a": "7"}', 'lax $.a' RETURNING INT)`, "7"},
		{`JSON_VALUE('{"a": 1}', 'lax $.b' DEFAULT 'none' ON EMPTY)`, "'none'"},
		{`JSON_VALUE('no json', '$.a' NULL ON EMPTY DEFAULT 'bad' ON ERROR)`, "'bad'"},
		{`JSON_EXISTS('{"a": 1}', '$.b')`, "false"},
		{`JSON_QUERY('{"a": 1}', '$.a' WITH UNCONDITIONAL WRAPPER)`, "'[1]'"},
		{`JSON_QUERY('{"a": 1}', 'lax $.z' EMPTY OBJECT ON EMPTY)`, "'{}'"},
		{`JSON_OBJECT(KEY 'b' VALUE 1, 'a' VALUE CAST(NULL AS INT) ABSENT ON NULL)`, `'{"b":1}'`},
		{`JSON_OBJECT('a' VALUE JSON_ARRAY(1, 'x', CAST(NULL AS INT) NULL ON NULL))`,
			`'{"a":[1,"x",null]}'`},
	} {
		got := rows(t, s, "SELECT "+c.sql)
		if len(got) != 1 || got[0] != "+I "+c.want {
			t.Errorf("%s gives %q, want %s", c.sql, got, c.want)
		}
	}
}

func TestJSONAggregatesTreatNulls(t *testing.T) {
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "BATCH"}})
	defer s.Close()
	got := rows(t, s, `SELECT JSON_OBJECTAGG(KEY k VALUE v ABSENT ON NULL),
		JSON_ARRAYAGG(v NULL ON NULL), JSON_ARRAYAGG(v) FILTER (WHERE k <> 'a')
		FROM (VALUES ('a', 1), ('b', CAST(NULL AS INT)), ('c', 3)) AS t (k, v)`)
	want := []string{`+I '{"a":1,"c":3}' '[1,null,3]' '[3]'`}
	if !slices.Equal(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
}

// The nullability of aggregates is Flink's: a group is never empty, all the rows may be.
func TestAggregateOfNotNullIsNotNullByKey(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	a := call(t, s, `SELECT k, SUM(v) AS s, SUM(v) FILTER (WHERE v > 1) AS f
		FROM (VALUES ('a', 1), ('b', 2)) AS t (k, v) GROUP BY k`)
	if !strings.Contains(a.Schema, "`s` INT NOT NULL, `f` INT") ||
		strings.Contains(a.Schema, "`f` INT NOT NULL") {
		t.Errorf("by key: %s", a.Schema)
	}
	if a = call(t, s, "SELECT SUM(v) AS s FROM (VALUES 1, 2) AS t (v)"); a.Schema != "ROW<`s` INT>" {
		t.Errorf("of all: %s", a.Schema)
	}
}
