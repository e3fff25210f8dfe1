//go:build stress

package cassandra_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v16/arrow/decimal128"
	"github.com/apache/cassandra-gocql-driver/v2"

	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// A real server: its start takes too long for make test.
func TestServer(t *testing.T) {
	port := connectortest.Service(t, "cassandra")
	c := gocql.NewCluster("127.0.0.1")
	c.Port, _ = strconv.Atoi(port)
	c.Timeout, c.ConnectTimeout = time.Minute, time.Minute
	db, err := c.CreateSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	for _, s := range []string{
		`CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
		`CREATE TYPE ks.place (x int, y text)`,
		`CREATE TABLE ks.v (id bigint PRIMARY KEY, b boolean, i8 tinyint, i16 smallint, i32 int,
			f float, d double, n decimal, w varint, s text, y blob, day date, tm time, at timestamp,
			l list<text>, m map<text, int>, st set<int>, p frozen<place>,
			tu list<frozen<tuple<int, text>>>)`,
		`CREATE TABLE ks.kv (id bigint PRIMARY KEY, v text, at timestamp)`,
		`CREATE TABLE ks.tu (id bigint PRIMARY KEY, v frozen<tuple<text>>)`,
		`CREATE TABLE ks.log (id bigint PRIMARY KEY, v text)`} {
		if err := db.Query(s).Exec(); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		run  func(t *testing.T, db *gocql.Session, port string)
	}{{"values", serverValues}, {"statements", serverStatements}, {"log", serverLog},
		{"at least once", serverLeast}, {"refusals", serverRefusals}} {
		t.Run(c.name, func(t *testing.T) { c.run(t, db, port) })
	}
}

func serverValues(t *testing.T, db *gocql.Session, port string) {
	place := types.MustParse("ROW<x INT, y STRING>")
	schema := types.NewSchema(types.F("id", i64), types.F("b", types.Of(types.Boolean)),
		types.F("i8", types.Of(types.TinyInt)), types.F("i16", types.Of(types.SmallInt)),
		types.F("i32", types.Of(types.Int)), types.F("f", types.Of(types.Float)),
		types.F("d", types.Of(types.Double)), types.F("n", types.DecimalOf(20, 3)),
		types.F("w", types.DecimalOf(30, 0)), types.F("s", str), types.F("y", types.Of(types.Varbinary)),
		types.F("day", types.Of(types.Date)), types.F("tm", types.WithPrecision(types.Time, 3)),
		types.F("at", types.WithPrecision(types.Timestamp, 6)), types.F("l", types.ArrayOf(str)),
		types.F("m", types.MapOf(str, types.Of(types.Int))),
		types.F("st", types.ArrayOf(types.Of(types.Int))),
		types.F("p", place), types.F("tu", types.ArrayOf(place)))
	rb := batch.NewRowBuilder(schema, 2)
	c := rb.Cols
	batch.Append(c[0], int64(1)<<60)
	c[1].AppendBool(true)
	batch.Append(c[2], int8(-8))
	batch.Append(c[3], int16(-16))
	batch.Append(c[4], int32(-32))
	batch.Append(c[5], float32(1.5))
	batch.Append(c[6], 2.25)
	batch.Append(c[7], decimal128.FromI64(-1234567890123456789))
	batch.Append(c[8], decimal128.FromI64(1234567890123456789))
	c[9].AppendString("ü")
	c[10].AppendBytes([]byte{0, 255})
	batch.Append(c[11], int32(19000))
	batch.Append(c[12], int32(3723004))
	batch.Append(c[13], int64(-1700000000123000))
	c[14].Child(0).AppendString("a")
	c[14].Child(0).AppendString("b")
	c[14].CloseList()
	c[15].Child(0).AppendString("k")
	batch.Append(c[15].Child(1), int32(7))
	c[15].CloseList()
	batch.Append(c[16].Child(0), int32(3))
	c[16].CloseList()
	for _, r := range []*batch.Builder{c[17], c[18].Child(0)} {
		batch.Append(r.Child(0), int32(9))
		r.Child(1).AppendString("z")
		r.AppendRow()
	}
	c[18].CloseList()
	batch.Append(c[0], int64(2))
	for _, n := range c[1:] {
		n.AppendNull()
	}
	tab := table(port, "table-name", "ks.v")
	tab.Schema = schema
	if err := connectortest.Write(t, tab, rb.Finish()); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[int64][]string{1 << 60: {
		`{"id": 1152921504606846976, "at": "1916-02-18 01:46:39.877Z", "b": true, ` +
			`"d": 2.25, "day": "2022-01-08", "f": 1.5, "i16": -16, "i32": -32, "i8": -8, ` +
			`"l": ["a", "b"], "m": {"k": 7}, ` +
			`"n": -1234567890123456.789, "p": {"x": 9, "y": "z"}, "s": "ü", "st": [3], ` +
			`"tm": "01:02:03.004000000", "tu": [[9, "z"]], "w": 1234567890123456789, "y": "0x00ff"}`},
		2: {`{"id": 2, "at": null, "b": null, "d": null, "day": null, "f": null, ` +
			`"i16": null, "i32": null, "i8": null, "l": null, "m": null, "n": null, ` +
			`"p": null, "s": null, "st": null, "tm": null, ` +
			`"tu": null, "w": null, "y": null}`}} {
		var got string
		err := db.Query("SELECT JSON * FROM ks.v WHERE id = ?", id).Scan(&got)
		if err != nil || got != want[0] {
			t.Errorf("%s\nwant %s, %v", got, want[0], err)
		}
	}
}

func serverStatements(t *testing.T, db *gocql.Session, port string) {
	const insert = "INSERT INTO ks.kv (id, v) VALUES (?, ?)"
	get := func(id int64) string {
		var v *string
		var ttl *int
		if err := db.Query("SELECT v, ttl(v) FROM ks.kv WHERE id = ?", id).Scan(&v, &ttl); err != nil {
			return err.Error()
		}
		if v == nil {
			return "null"
		}
		return fmt.Sprintf("%s %t", *v, ttl != nil)
	}
	for _, c := range []struct {
		options []string
		rows    *batch.Batch
		want    string
	}{
		{nil, rows(types.Insert, 1, "a"), "a false"},
		{[]string{"mapper.if-not-exists", "true"}, rows(types.Insert, 1, "b"), "a false"},
		{[]string{"ignore-null-fields", "true"}, rows(types.Insert, 1, ""), "a false"},
		{nil, rows(types.Insert, 1, ""), "null"},
		{[]string{"mapper.ttl", "1000", "mapper.consistency-level", "all"},
			rows(types.Insert, 1, "c"), "c true"},
		{[]string{"mapper.timestamp", "1000"}, rows(types.Insert, 1, "old"), "c true"},
		{[]string{"mapper.tracing", "true"}, rows(types.Insert, 1, "d"), "d false"},
	} {
		tab := table(port, append(c.options, "query", insert)...)
		if err := connectortest.Write(t, tab, c.rows); err != nil {
			t.Fatal(c.options, err)
		}
		if got := get(1); got != c.want {
			t.Errorf("%s: %s, want %s", c.options, got, c.want)
		}
	}
	// Of rows with one key the last one stays, however many requests are under way.
	var ids []any
	for i := range 3000 {
		ids = append(ids, int64(i%3+10), strconv.Itoa(i))
	}
	tab := table(port, "table-name", "ks.kv")
	tab.PrimaryKey = []string{"id"}
	all, gone := rows(types.Insert, ids...), rows(types.Delete, 11, "")
	if err := connectortest.Write(t, tab, all, gone); err != nil {
		t.Fatal(err)
	}
	if got := []string{get(10), get(11), get(12)}; !slices.Equal(got, []string{"2997 false",
		"not found", "2999 false"}) {
		t.Error(got)
	}
}

// all is what a table holds, as the suites have it.
func all(t *testing.T, db *gocql.Session, name string) []string {
	var out []string
	it := db.Query("SELECT id, v FROM " + name).Iter()
	var id int64
	var v string
	for it.Scan(&id, &v) {
		out = append(out, fmt.Sprintf("+I|%d|%s", id, v))
	}
	if err := it.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

func serverLog(t *testing.T, db *gocql.Session, port string) {
	tab := table(port, "table-name", "ks.log", "write-ahead-log", "true", "committer.key-space",
		"notes")
	visible := func() []string { return all(t, db, "ks.log") }
	connectortest.ExactlyOnce(t, open(t, tab), parts(), visible)
	var id int64
	if err := db.Query("SELECT checkpoint_id FROM notes.checkpoints WHERE job_id = 'job' AND " +
		"sink_id = 'sink' AND sub_id = 0").Scan(&id); err != nil || id != 3 {
		t.Error(id, err)
	}
}

func serverLeast(t *testing.T, db *gocql.Session, port string) {
	if err := db.Query("TRUNCATE ks.kv").Exec(); err != nil {
		t.Fatal(err)
	}
	tab := table(port, "table-name", "kv", "keyspace", "ks")
	connectortest.AtLeastOnce(t, open(t, tab), parts(), true,
		func() []string { return all(t, db, "ks.kv") })
}

func serverRefusals(t *testing.T, _ *gocql.Session, port string) {
	for _, c := range []struct {
		want    string
		options []string
	}{
		{"nothere", []string{"table-name", "ks.nothere"}},
		{"nokeys", []string{"table-name", "kv", "keyspace", "nokeys"}},
		{"mismatched input", []string{"query", "INSERT INTO ks.kv (id, v) VALUES (?, ?) x y"}},
		{"is a tuple", []string{"table-name", "ks.tu"}},
		{"at", []string{"query", "INSERT INTO ks.kv (id, at) VALUES (?, ?)"}},
	} {
		err := connectortest.Write(t, table(port, c.options...), rows(types.Insert, 1, "a"))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.options, err)
		}
	}
}
