package jdbc_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v16/arrow/decimal128"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	_ "github.com/headrace/headrace/core/connector/jdbc" // registers itself
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// database is one that the tests run on, with a connection that is not the connector's.
type database struct {
	name, url, user, password string
	db                        *sql.DB
}

// each runs a test on every database.
func each(t *testing.T, f func(t *testing.T, d *database)) {
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "test.db")
		f(t, open(t, &database{name: "sqlite", url: "jdbc:sqlite:" + path}, "sqlite", path))
	})
	if testing.Short() {
		return
	}
	t.Run("postgresql", func(t *testing.T) {
		port := connectortest.Service(t, "postgresql")
		f(t, open(t, &database{name: "postgresql", user: "test", url: "jdbc:postgresql://127.0.0.1:" +
			port + "/test"}, "pgx", "postgres://test@127.0.0.1:"+port+"/test"))
	})
	t.Run("mariadb", func(t *testing.T) {
		port := connectortest.Service(t, "mariadb")
		f(t, open(t, &database{name: "mariadb", user: "test", password: "test",
			url: "jdbc:mariadb://127.0.0.1:" + port + "/test"}, "mysql",
			"test:test@tcp(127.0.0.1:"+port+")/test?time_zone=%27%2B00%3A00%27"))
	})
}

func open(t *testing.T, d *database, driver, dsn string) *database {
	t.Helper()
	var err error
	if d.db, err = sql.Open(driver, dsn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.db.Close() })
	return d
}

func (d *database) run(t *testing.T, statement string) {
	t.Helper()
	switch d.name {
	case "postgresql":
		statement = strings.NewReplacer("DOUBLE", "DOUBLE PRECISION", "BLOB", "BYTEA", "DATETIME(6)",
			"TIMESTAMP(6)", "TINYINT", "SMALLINT").Replace(statement)
	case "sqlite":
		statement = strings.NewReplacer("DATETIME(6)", "TEXT", "DATE", "TEXT", "TIME(3)", "TEXT",
			"DECIMAL(20,4)", "TEXT").Replace(statement)
	}
	if _, err := d.db.Exec(statement); err != nil {
		t.Fatal(statement, err)
	}
}

func (d *database) rows(t *testing.T, query string) []string {
	t.Helper()
	rows, err := d.db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, _ := rows.Columns()
	var out []string
	for rows.Next() {
		cells, into := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		text := make([]string, len(names))
		for i, c := range cells {
			if text[i] = c.String; !c.Valid {
				text[i] = "NULL"
			}
		}
		out = append(out, strings.Join(text, "|"))
	}
	slices.Sort(out)
	return out
}

func (d *database) table(name string, fields []types.Field, options ...string) *connector.Table {
	t := &connector.Table{Name: "t", Schema: types.NewSchema(fields...), Zone: "UTC",
		Metadata: map[string]string{}, Options: map[string]string{"connector": "jdbc", "url": d.url,
			"table-name": name}}
	if d.user != "" {
		t.Options["username"], t.Options["password"] = d.user, d.password
	}
	for i := 0; i < len(options); i += 2 {
		t.Options[options[i]] = options[i+1]
	}
	return t
}

var (
	integer = types.Of(types.Int)
	text    = types.String()
)

// all has a column of each type.
var all = []types.Field{types.F("id", integer), types.F("flag", types.Of(types.Boolean)),
	types.F("tiny", types.Of(types.TinyInt)), types.F("big", types.Of(types.BigInt)),
	types.F("d", types.Of(types.Double)), types.F("amount", types.DecimalOf(20, 4)),
	types.F("s", text), types.F("b", types.Of(types.Varbinary)), types.F("day", types.Of(types.Date)),
	types.F("clock", types.WithPrecision(types.Time, 3)),
	types.F("ts", types.WithPrecision(types.Timestamp, 6))}

const createAll = `CREATE TABLE every_type (id INT PRIMARY KEY, flag BOOLEAN, tiny TINYINT, big BIGINT,
	d DOUBLE, amount DECIMAL(20,4), s VARCHAR(100), b BLOB, day DATE, clock TIME(3), ts DATETIME(6))`

func source(t testing.TB, table *connector.Table) connector.Source {
	t.Helper()
	s, err := connector.NewSource(table)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

func TestDatabases(t *testing.T) {
	each(t, func(t *testing.T, d *database) {
		t.Run("types", func(t *testing.T) { everyType(t, d) })
		d.run(t, "CREATE TABLE n (id INT PRIMARY KEY, s VARCHAR(20))")
		var want []string
		for i := range 60 {
			d.run(t, fmt.Sprintf("INSERT INTO n VALUES (%d, 's%d')", i, i%7))
			want = append(want, fmt.Sprintf("+I|%d|s%d", i, i%7))
		}
		t.Run("conformance", func(t *testing.T) { conformance(t, d, want) })
		t.Run("sinks", func(t *testing.T) { sinks(t, d) })
		t.Run("push-down", func(t *testing.T) { pushDown(t, d) })
		t.Run("lookup", func(t *testing.T) { lookUp(t, d) })
		t.Run("upsert", func(t *testing.T) { upsert(t, d) })
		t.Run("statement", func(t *testing.T) { statement(t, d) })
		t.Run("collation", func(t *testing.T) { collation(t, d) })
		t.Run("arrays", func(t *testing.T) { arrays(t, d) })
		t.Run("catalog", func(t *testing.T) { shown(t, d) })
		t.Run("errors", func(t *testing.T) { wrong(t, d) })
	})
}

func everyType(t *testing.T, d *database) {
	d.run(t, createAll)
	b := batch.NewRowBuilder(types.NewSchema(all...), 2)
	batch.Append(b.Cols[0], int32(1))
	b.Cols[1].AppendBool(true)
	batch.Append(b.Cols[2], int8(-8))
	batch.Append(b.Cols[3], int64(1)<<62)
	batch.Append(b.Cols[4], 0.1)
	dec := batch.NewBuilder(types.DecimalOf(20, 4), 1)
	batch.Append(dec, decimal(123456789012345))
	b.Cols[5].AppendFrom(dec.Finish(), 0)
	b.Cols[6].AppendString("häß'\"\\x")
	b.Cols[7].AppendBytes([]byte{0, 255, 7})
	batch.Append(b.Cols[8], int32(19000))
	batch.Append(b.Cols[9], int32(45296789))
	batch.Append(b.Cols[10], int64(1700000000123456))
	batch.Append(b.Cols[0], int32(2))
	for _, c := range b.Cols[1:] {
		c.AppendNull()
	}
	table := d.table("every_type", all)
	table.PrimaryKey = []string{"id"}
	rows := b.Finish()
	want := connectortest.Text(rows)
	write(t, table, rows)
	write(t, table, rows) // once more, as after a failure
	got, err := connectortest.Start(t, source(t, table), 1, nil).All(10)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, want...)
	same(t, d.rows(t, "SELECT id, s FROM every_type WHERE big > 4000000000"), "1|häß'\"\\x")
}

func conformance(t *testing.T, d *database, want []string) {
	fields := []types.Field{types.F("id", integer), types.F("s", text)}
	connectortest.Bounded(t, func() connector.Source { return source(t, d.table("n", fields)) }, want, 3)
	connectortest.Bounded(t, func() connector.Source {
		return source(t, d.table("n", fields, "scan.partition.column", "id", "scan.partition.num", "7",
			"scan.partition.lower-bound", "0", "scan.partition.upper-bound", "59"))
	}, want, 3)
}

// sinks writes with failures: rows with a key replace themselves, others may be there twice.
func sinks(t *testing.T, d *database) {
	schema := types.NewSchema(types.F("id", integer), types.F("s", text))
	part := func(ids ...int32) *batch.Batch {
		b := batch.NewRowBuilder(schema, len(ids))
		for _, id := range ids {
			batch.Append(b.Cols[0], id)
			b.Cols[1].AppendString(fmt.Sprint("v", id))
		}
		return b.Finish()
	}
	for name, key := range map[string][]string{"keyed": {"id"}, "plain": nil} {
		d.run(t, "CREATE TABLE sink_"+name+" (id INT "+map[bool]string{true: "PRIMARY KEY"}[key != nil]+
			", s VARCHAR(10))")
		table := d.table("sink_"+name, schema.Fields, "sink.buffer-flush.max-rows", "2")
		table.PrimaryKey = key
		open := func() connector.Sink {
			s, err := connector.NewSink(table)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		connectortest.AtLeastOnce(t, open, [3]*batch.Batch{part(1, 2, 3), part(4, 5, 6, 7), part(8)},
			key != nil, func() []string {
				rows := d.rows(t, "SELECT id, s FROM sink_"+name)
				for i := range rows {
					rows[i] = "+I|" + rows[i]
				}
				return rows
			})
	}
}

func pushDown(t *testing.T, d *database) {
	fields := []types.Field{types.F("id", integer), types.F("s", text)}
	s, err := source(t, d.table("n", fields)).(connector.FilterPushDown).Filter([]connector.Condition{
		{Column: 0, Op: connector.OpGe, Values: []any{int64(10)}},
		{Column: 0, Op: connector.OpLt, Values: []any{int64(40)}},
		{Column: 1, Op: connector.OpIn, Values: []any{"s1", "s2"}},
		{Column: 1, Op: connector.OpNotNull}})
	if err != nil {
		t.Fatal(err)
	}
	if s, err = s.(connector.ProjectionPushDown).Project([]int{1}); err != nil {
		t.Fatal(err)
	}
	if s, err = s.(connector.LimitPushDown).Limit(3); err != nil {
		t.Fatal(err)
	}
	got, err := connectortest.Start(t, s, 1, nil).All(2)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, "+I|s1", "+I|s1", "+I|s1")
	none, err := source(t, d.table("n", fields)).(connector.ProjectionPushDown).Project([]int{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := connectortest.Start(t, none, 1, nil).All(100); err != nil || len(got) != 60 {
		t.Fatal(len(got), err)
	}
}

func lookUp(t *testing.T, d *database) {
	d.run(t, "CREATE TABLE pairs (a INT, b VARCHAR(10), c INT)")
	d.run(t, "INSERT INTO pairs VALUES (1, 'x', 10), (1, 'x', 11), (2, 'x', 12), (1, 'y', 13)")
	fields := []types.Field{types.F("a", integer), types.F("b", text), types.F("c", integer)}
	s, err := connector.NewLookup(d.table("pairs", fields))
	if err != nil {
		t.Fatal(err)
	}
	for _, keys := range [][]int{{0}, {0, 1}} {
		l, err := s.NewLookup(&connector.LookupContext{Keys: keys, Parallelism: 1,
			Clock: clock.System{}, Log: slog.Default(), Concurrency: 2})
		if err != nil {
			t.Fatal(err)
		}
		b := batch.NewRowBuilder(connector.ProjectSchema(s.Schema(), keys), 3)
		for i, v := range []int32{3, 1, 2} {
			batch.Append(b.Cols[0], v)
			if len(keys) > 1 {
				b.Cols[1].AppendString([]string{"x", "x", "y"}[i])
			}
		}
		found, err := l.Find(context.Background(), b.Finish())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, row := range connectortest.Text(found.Rows) {
			got = append(got, fmt.Sprint(found.Of[i], " ", row))
		}
		slices.Sort(got)
		if len(keys) > 1 {
			same(t, got, "1 +I|1|x|10", "1 +I|1|x|11")
		} else {
			same(t, got, "1 +I|1|x|10", "1 +I|1|x|11", "1 +I|1|y|13", "2 +I|2|x|12")
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func upsert(t *testing.T, d *database) {
	d.run(t, "CREATE TABLE u (id INT PRIMARY KEY, s VARCHAR(20))")
	d.run(t, "INSERT INTO u VALUES (1, 'old'), (9, 'gone')")
	b := batch.NewRowBuilder(types.NewSchema(types.F("id", integer), types.F("s", text)), 0)
	for _, r := range []struct {
		id   int32
		s    string
		kind types.RowKind
	}{{1, "a", types.Insert}, {1, "b", types.UpdateAfter}, {2, "c", types.Insert},
		{9, "gone", types.Delete}, {3, "d", types.Insert}, {3, "d", types.Delete}} {
		batch.Append(b.Cols[0], r.id)
		b.Cols[1].AppendString(r.s)
		b.Kinds = append(b.Kinds, r.kind)
	}
	for i := range int32(1000) { // more than a statement holds
		batch.Append(b.Cols[0], 100+i)
		b.Cols[1].AppendString("many")
		b.Kinds = append(b.Kinds, types.Insert)
	}
	table := d.table("u", b.Schema.Fields)
	table.PrimaryKey = []string{"id"}
	write(t, table, b.Finish())
	same(t, d.rows(t, "SELECT id, s FROM u WHERE id < 100"), "1|b", "2|c")
	same(t, d.rows(t, "SELECT count(*) FROM u WHERE s = 'many'"), "1000")
}

func statement(t *testing.T, d *database) {
	d.run(t, "CREATE TABLE st (a INT, b VARCHAR(20))")
	row := types.RowOf(types.F("f0", integer), types.F("f1", text))
	table := d.table("", []types.Field{types.F("value", row)}, "sink.sql",
		"INSERT INTO st VALUES (?, '?' )")
	delete(table.Options, "table-name")
	table.Stream = true
	if _, err := connector.NewSink(table); err == nil ||
		!strings.Contains(err.Error(), "1 parameters, the ROW 2 fields") {
		t.Fatal(err)
	}
	table.Options["sink.sql"] = "INSERT INTO st (a, b) VALUES (?, ?)"
	b := batch.NewRowBuilder(table.Schema, 1)
	batch.Append(b.Cols[0].Child(0), int32(5))
	b.Cols[0].Child(1).AppendString("five")
	b.Cols[0].AppendRow()
	write(t, table, b.Finish())
	same(t, d.rows(t, "SELECT a, b FROM st"), "5|five")
}

func wrong(t *testing.T, d *database) {
	fields := []types.Field{types.F("id", integer)}
	_, err := connectortest.Start(t, source(t, d.table("missing", fields)), 1, nil).All(10)
	if err == nil || !strings.Contains(err.Error(), "missing") {
		t.Error(err)
	}
	_, err = connectortest.Start(t, source(t, d.table("n", []types.Field{types.F("s", integer)})), 1,
		nil).All(10)
	if err == nil || !strings.Contains(err.Error(), "column 's'") {
		t.Error(err)
	}
}

func TestBadOptions(t *testing.T) {
	d := &database{url: "jdbc:sqlite:x"}
	for _, x := range []struct {
		options []string
		want    string
	}{
		{[]string{"url", "jdbc:postgres://h/d"}, "did you mean 'postgresql'?"},
		{[]string{"url", "sqlite:x"}, "one of postgresql, mysql, mariadb, sqlite"},
		{[]string{"tabel-name", "x"}, "did you mean 'table-name'?"},
		{[]string{"scan.partition.column", "id"}, "set together or not at all"},
		{[]string{"scan.partition.column", "ix", "scan.partition.num", "1",
			"scan.partition.lower-bound", "0", "scan.partition.upper-bound", "1"}, "did you mean 'id'?"},
	} {
		_, err := connector.NewSource(d.table("n", []types.Field{types.F("id", integer)}, x.options...))
		if err == nil || !strings.Contains(err.Error(), x.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v, want %q", x.options, err, x.want)
		}
	}
}

func decimal(v int64) batch.Decimal { return decimal128.FromI64(v) }

// write writes batches through the connector, to the end.
func write(t *testing.T, table *connector.Table, batches ...*batch.Batch) {
	t.Helper()
	if err := connectortest.Write(t, table, batches...); err != nil {
		t.Fatal(err)
	}
}
