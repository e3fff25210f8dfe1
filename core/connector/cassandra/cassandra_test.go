package cassandra_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/connector"
	_ "github.com/headrace/headrace/core/connector/cassandra" // registers itself
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

var (
	i64, str = types.Of(types.BigInt), types.String()
	schema   = types.NewSchema(types.F("id", i64), types.F("v", str))
)

func table(port string, options ...string) *connector.Table {
	t := &connector.Table{Name: "t", Schema: schema, Zone: "UTC", Options: map[string]string{
		"connector": "cassandra", "host": "127.0.0.1", "port": port}}
	for i := 0; i < len(options); i += 2 {
		t.Options[options[i]] = options[i+1]
	}
	return t
}

// rows of a kind: pairs of id and v, "" is NULL.
func rows(kind types.RowKind, pairs ...any) *batch.Batch {
	b := batch.NewRowBuilder(schema, len(pairs)/2)
	var kinds []types.RowKind
	for i := 0; i < len(pairs); i += 2 {
		if n, ok := pairs[i].(int); ok {
			pairs[i] = int64(n)
		}
		batch.Append(b.Cols[0], pairs[i].(int64))
		if v := pairs[i+1].(string); v == "" {
			b.Cols[1].AppendNull()
		} else {
			b.Cols[1].AppendString(v)
		}
		kinds = append(kinds, kind)
	}
	out := b.Finish()
	out.Kinds = kinds
	return out
}

func parts() [3]*batch.Batch {
	return [3]*batch.Batch{rows(types.Insert, 1, "a", 2, "b"), rows(types.Insert, 3, "c"),
		rows(types.Insert, 4, "d", 5, "e")}
}

func open(t *testing.T, tab *connector.Table) func() connector.Sink {
	return func() connector.Sink {
		s, err := connector.NewSink(tab)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

func TestAtLeastOnce(t *testing.T) {
	f := serve(t)
	tab := table(f.port, "table-name", "ks.kv")
	connectortest.AtLeastOnce(t, open(t, tab), parts(), true, f.visible)
}

func TestWriteAheadLog(t *testing.T) {
	f := serve(t)
	tab := table(f.port, "query", "INSERT INTO ks.kv (id, v) VALUES (?, ?);",
		"write-ahead-log", "true")
	connectortest.ExactlyOnce(t, open(t, tab), parts(), f.visible)
	if n := f.ran(); n != 5 { // what is noted is not written again
		t.Error(n)
	}
}

func TestNullsAndDeletions(t *testing.T) {
	f := serve(t)
	tab := table(f.port, "table-name", "ks.kv")
	tab.PrimaryKey = []string{"id"}
	if err := connectortest.Write(t, tab, rows(types.Insert, 1, "a", 2, "b", 3, "c"),
		rows(types.Delete, 2, ""), rows(types.UpdateAfter, 3, "")); err != nil {
		t.Fatal(err)
	}
	tab.Options["ignore-null-fields"] = "true"
	if err := connectortest.Write(t, tab, rows(types.UpdateAfter, 1, "")); err != nil {
		t.Fatal(err)
	}
	if got := f.visible(); !slices.Equal(got, []string{"+I|1|a", "+I|3|null"}) {
		t.Error(got)
	}
}

// Requests overtake one another; the last row of a key stays.
func TestTheLastRowStays(t *testing.T) {
	f := serve(t)
	var pairs []any
	for i := range 2000 {
		pairs = append(pairs, i%2, strconv.Itoa(i))
	}
	tab := table(f.port, "table-name", "ks.kv", "max-concurrent-requests", "64")
	if err := connectortest.Write(t, tab, rows(types.Insert, pairs...)); err != nil {
		t.Fatal(err)
	}
	if got := f.visible(); !slices.Equal(got, []string{"+I|0|1998", "+I|1|1999"}) {
		t.Error(got)
	}
}

// What may pass is tried again, and what has been written is not.
func TestRefusals(t *testing.T) {
	f := serve(t)
	tab := table(f.port, "table-name", "ks.kv")
	f.refuse, f.code = 2, 0x1001 // overloaded
	if err := connectortest.Write(t, tab, rows(types.Insert, 1, "a", 2, "b", 3, "c")); err != nil {
		t.Fatal(err)
	}
	if got := f.visible(); len(got) != 3 || f.ran() < 5 {
		t.Error(got, f.ran())
	}
	f = serve(t)
	f.refuse, f.code = 1, 0x2200 // invalid
	err := connectortest.Write(t, table(f.port, "table-name", "ks.kv"), rows(types.Insert, 4, "d"))
	if err == nil || !strings.Contains(err.Error(), "not now") || f.ran() != 1 {
		t.Error(err, f.ran())
	}
}

func TestOptionsOfQueries(t *testing.T) {
	for _, c := range []struct {
		want    string
		options []string
	}{
		{"one of 'query' and 'table-name'", nil},
		{"1 parameters '?' for 2 columns: id, v", []string{"query",
			"INSERT INTO t (id, '?') VALUES (?)"}},
		{"INSERT without USING", []string{"mapper.ttl", "5", "query",
			"INSERT INTO t (a, b) VALUES (?, ?) USING TTL 1"}},
		{"INSERT without USING", []string{"mapper.ttl", "5", "query", "UPDATE t SET a = ? WHERE b = ?"}},
		{"a level of writing", []string{"mapper.consistency-level", "SERIAL", "table-name", "t"}},
		{"did you mean 'QUORUM'", []string{"mapper.consistency-level", "QUORM", "table-name", "t"}},
		{"the name of a keyspace", []string{"committer.key-space", "a b", "table-name", "t"}},
	} {
		if _, err := connector.NewSink(table("1", c.options...)); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.options, err)
		}
	}
}
