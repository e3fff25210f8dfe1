package jdbc_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// catalogOf opens the catalog of a database's server.
func catalogOf(t *testing.T, d *database, change ...string) (connector.ExternalCatalog, error) {
	t.Helper()
	options := map[string]string{"type": "jdbc", "base-url": strings.TrimSuffix(d.url, "/test"),
		"default-database": "test"}
	if d.user != "" {
		options["username"], options["password"] = d.user, d.password
	}
	for i := 0; i < len(change); i += 2 {
		options[change[i]] = change[i+1]
	}
	c, err := connector.FindCatalog("jdbc").NewCatalog("c", options)
	if err == nil {
		t.Cleanup(func() { c.Close() })
	}
	return c, err
}

var catalogDDL = map[string][]string{
	"sqlite": {`CREATE TABLE "Odd name" (id INTEGER, part VARCHAR(3), price DECIMAL(20,4), at DATETIME,
		raw BLOB, ok BOOLEAN, r REAL, PRIMARY KEY (part, id))`},
	"postgresql": {"CREATE SCHEMA s2", "CREATE TYPE mood AS ENUM ('sad', 'fine')",
		"CREATE DOMAIN positive AS NUMERIC(7,2)", `CREATE TABLE s2."Odd name" (id INT8, part VARCHAR(3),
		price NUMERIC(20,4), free NUMERIC, at TIMESTAMP(3) NOT NULL, atz TIMESTAMPTZ, raw BYTEA, ok BOOL,
		r FLOAT4, c CHAR(5), u UUID, m mood, p positive, n INT4[], w TEXT[], PRIMARY KEY (part, id))`,
		"CREATE TABLE shapes (id INT, p POINT)"},
	"mariadb": {"CREATE TABLE `Odd name` (id BIGINT, part VARCHAR(3), price DECIMAL(20,4), at DATETIME(3) " +
		"NOT NULL, raw BLOB, ok BOOLEAN, r FLOAT, c CHAR(5), u INT UNSIGNED, w BIGINT UNSIGNED, " +
		"e ENUM('a', 'b'), t TIME, PRIMARY KEY (part, id))", "CREATE TABLE shapes (id INT, p POINT)"},
}

var catalogColumns = map[string]string{
	"sqlite": "id BIGINT NOT NULL, part STRING NOT NULL, price DECIMAL(20, 4), at TIMESTAMP(6), raw BYTES, " +
		"ok BOOLEAN, r DOUBLE",
	"postgresql": "id BIGINT NOT NULL, part VARCHAR(3) NOT NULL, price DECIMAL(20, 4), " +
		"free DECIMAL(38, 18), at TIMESTAMP(3) NOT NULL, atz TIMESTAMP_LTZ(6), raw BYTES, ok BOOLEAN, r FLOAT, " +
		"c CHAR(5), u STRING, m STRING, p DECIMAL(7, 2), n ARRAY<INT>, w ARRAY<STRING>",
	"mariadb": "id BIGINT NOT NULL, part VARCHAR(3) NOT NULL, price DECIMAL(20, 4), at TIMESTAMP(3) NOT NULL, " +
		"raw BYTES, ok BOOLEAN, r FLOAT, c CHAR(5), u BIGINT, w DECIMAL(20, 0), e STRING, t TIME(0)",
}

// shown: a server's databases and tables with their columns are what its own statements made.
func shown(t *testing.T, d *database) {
	for _, ddl := range catalogDDL[d.name] {
		if _, err := d.db.Exec(ddl); err != nil {
			t.Fatal(ddl, err)
		}
	}
	c, err := catalogOf(t, d)
	if err != nil {
		t.Fatal(err)
	}
	name, database := "Odd name", "test"
	switch d.name {
	case "postgresql":
		name = "s2.Odd name"
	case "sqlite":
		database = "main"
	}
	dbs, err := c.Databases()
	if err != nil || !slices.Contains(dbs, database) || c.DefaultDatabase() != database {
		t.Fatal(dbs, err)
	}
	tables, err := c.Tables(database)
	if err != nil || !slices.Contains(tables, name) {
		t.Fatal(tables, err)
	}
	spec, err := c.Table(database, name)
	if err != nil || spec == nil {
		t.Fatal(spec, err)
	}
	var columns []string
	for _, f := range spec.Schema.Fields {
		columns = append(columns, f.Name+" "+f.Type.String())
	}
	if got := strings.Join(columns, ", "); got != catalogColumns[d.name] {
		t.Errorf("\n got %s\nwant %s", got, catalogColumns[d.name])
	}
	same(t, spec.PrimaryKey, "part", "id")
	if none, err := c.Table(database, "no such"); none != nil || err != nil {
		t.Error(none, err)
	}
	if d.name == "sqlite" {
		return
	}
	if _, err := c.Table(database, "shapes"); err == nil ||
		!strings.Contains(err.Error(), "column 'p' of 'shapes' is of type 'point'") {
		t.Error(err)
	}
	// A table that is shown can be written and read with the options that it has.
	first := connector.ProjectSchema(spec.Schema, []int{0, 1, 2})
	table := &connector.Table{Name: "t", Schema: first, Zone: "UTC", Options: spec.Options,
		PrimaryKey: spec.PrimaryKey}
	if d.name == "postgresql" {
		d.run(t, `ALTER TABLE s2."Odd name" ALTER at DROP NOT NULL`)
	} else {
		d.run(t, "ALTER TABLE `Odd name` MODIFY at DATETIME(3)")
	}
	b := batch.NewRowBuilder(first, 1)
	batch.Append(b.Cols[0], int64(7))
	b.Cols[1].AppendString("x")
	b.Cols[2].AppendNull()
	write(t, table, b.Finish())
	got, err := connectortest.Start(t, source(t, table), 1, nil).All(10)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, "+I|7|x|NULL")
}

// arrays: what we write PostgreSQL's own functions take apart, and the other way round.
func arrays(t *testing.T, d *database) {
	fields := []types.Field{types.F("id", integer), types.F("n", types.ArrayOf(types.Of(types.BigInt))),
		types.F("w", types.ArrayOf(text)), types.F("b", types.ArrayOf(types.Of(types.Varbinary))),
		types.F("ts", types.ArrayOf(types.WithPrecision(types.Timestamp, 3)))}
	table := d.table("lists", fields)
	if d.name != "postgresql" {
		if _, err := connector.NewSource(table); err == nil || !strings.Contains(err.Error(), "cannot hold ARRAY") {
			t.Error(err)
		}
		return
	}
	d.run(t, "CREATE TABLE lists (id INT PRIMARY KEY, n INT8[], w TEXT[], b BYTEA[], ts TIMESTAMP[])")
	table.PrimaryKey = []string{"id"}
	b := batch.NewRowBuilder(types.NewSchema(fields...), 2)
	batch.Append(b.Cols[0], int32(1))
	batch.Append(b.Cols[1].Child(0), int64(-5))
	b.Cols[1].Child(0).AppendNull()
	for _, s := range []string{`a,"b"\{}`, "", "NULL", "ü"} {
		b.Cols[2].Child(0).AppendString(s)
	}
	b.Cols[3].Child(0).AppendBytes([]byte{0, 255})
	batch.Append(b.Cols[4].Child(0), int64(1700000000123))
	for _, c := range b.Cols[1:] {
		c.CloseList()
	}
	batch.Append(b.Cols[0], int32(2))
	b.Cols[1].CloseList()
	for _, c := range b.Cols[2:] {
		c.AppendNull()
	}
	rows := b.Finish()
	write(t, table, rows)
	same(t, d.rows(t, "SELECT n[1], n[2], w[1], w[2], w[3], w[4], encode(b[1], 'hex'), ts[1]::text, "+
		"cardinality(n) FROM lists WHERE id = 1"), `-5|NULL|a,"b"\{}||NULL|ü|00ff|2023-11-14 22:13:20.123|2`)
	same(t, d.rows(t, "SELECT cardinality(n), w FROM lists WHERE id = 2"), "0|NULL")
	got, err := connectortest.Start(t, source(t, table), 1, nil).All(10)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, connectortest.Text(rows)...)
	d.run(t, "INSERT INTO lists VALUES (3, '{{1,2},{3,4}}')")
	if _, err := connectortest.Start(t, source(t, table), 1, nil).All(10); err == nil ||
		!strings.Contains(err.Error(), "column 'n': the database's value '{{1,2},{3,4}}'") {
		t.Error(err)
	}
}

// collation: a row that equals a key only as the database sees it is found, as by a query for it.
func collation(t *testing.T, d *database) {
	kind := map[string]string{"sqlite": "VARCHAR(10) COLLATE NOCASE", "postgresql": "VARCHAR(10)",
		"mariadb": "VARCHAR(10) COLLATE utf8mb4_general_ci"}[d.name]
	d.run(t, "CREATE TABLE words (w "+kind+", n INT)")
	d.run(t, "INSERT INTO words VALUES ('Abc', 1), ('abc', 2), ('x', 3)")
	want := []string{"0 +I|Abc|1", "0 +I|abc|2", "1 +I|Abc|1", "1 +I|abc|2", "3 +I|x|3"}
	if d.name == "postgresql" {
		want = []string{"0 +I|abc|2", "3 +I|x|3"}
	}
	s, err := connector.NewLookup(d.table("words", []types.Field{types.F("w", text), types.F("n", integer)}))
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.NewLookup(&connector.LookupContext{Keys: []int{0}, Parallelism: 1, Clock: clock.System{},
		Log: slog.Default(), Concurrency: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	b := batch.NewRowBuilder(connector.ProjectSchema(s.Schema(), []int{0}), 0)
	for _, k := range []string{"abc", "ABC", "none", "x"} {
		b.Cols[0].AppendString(k)
	}
	for i := range 700 { // more than one statement asks for
		b.Cols[0].AppendString(fmt.Sprint("no", i))
	}
	keys := b.Finish()
	for range 2 {
		found, err := l.Find(context.Background(), keys)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, row := range connectortest.Text(found.Rows) {
			got = append(got, fmt.Sprint(found.Of[i], " ", row))
		}
		slices.Sort(got)
		same(t, got, want...)
	}
}

func TestCatalogBadOptions(t *testing.T) {
	d := &database{url: "jdbc:postgresql://127.0.0.1:1/test"}
	for _, x := range []struct {
		change []string
		want   string
	}{
		{[]string{"base-url", "jdbc:postgresql://h:1/db"}, "names a database"},
		{[]string{"base-url", "jdbc:oracle://h"}, "is not 'jdbc:' and one of postgresql"},
		{[]string{"default-database", ""}, "needs the option 'default-database'"},
		{[]string{"bas-url", "x"}, "did you mean 'base-url'?"},
	} {
		if _, err := catalogOf(t, d, x.change...); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%v: %v, want %q", x.change, err, x.want)
		}
	}
}
