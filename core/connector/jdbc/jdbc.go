// Package jdbc reads, looks up and writes tables of PostgreSQL, MySQL, MariaDB and SQLite under the
// option names of Flink's JDBC connector, without a JVM: URLs keep their 'jdbc:' form.
package jdbc

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
)

func init() {
	connector.Register(&connector.Factory{
		Name: "jdbc",
		Doc: "Tables of PostgreSQL, MySQL, MariaDB and SQLite. A sink whose table has a PRIMARY KEY " +
			"writes upserts, so that what is written again after a failure changes nothing; without " +
			"one it inserts, at least once.",
		Options:   slices.Concat(options, connector.LookupOptions),
		NewSource: func(t *connector.Table) (connector.Source, error) { return newSource(t) },
		NewSink:   func(t *connector.Table) (connector.Sink, error) { return newSink(t) },
		NewLookup: func(t *connector.Table) (connector.LookupSource, error) { return newLookup(t) },
	})
	connector.RegisterCatalog(&connector.CatalogFactory{
		Type: "jdbc",
		Doc: "The tables of a PostgreSQL, MySQL, MariaDB or SQLite server. Tables are made and " +
			"dropped there. PostgreSQL's are called 'schema.table', and without the schema 'public'.",
		Options: catalogOptions,
		Open:    openCatalog,
	})
}

var options = []connector.Option{
	{Name: "url", Type: "string", Required: true, Doc: "Address of the database: " +
		"'jdbc:postgresql://host:5432/db', 'jdbc:mysql://host:3306/db', " +
		"'jdbc:mariadb://host:3306/db' or 'jdbc:sqlite:/path/file.db'."},
	{Name: "table-name", Type: "string", Doc: "Table of the database; 'schema.table' is possible."},
	{Name: "driver", Type: "string", Doc: "Accepted; the URL says which driver it is."},
	{Name: "username", Type: "string", Doc: "User."},
	{Name: "password", Type: "string", Doc: "The user's password."},
	{Name: "connection.max-retry-timeout", Type: "duration", Default: "60 s",
		Doc: "How long to try to connect."},
	{Name: "scan.partition.column", Type: "string",
		Doc: "Column (a number, date or timestamp) by whose ranges several readers share a table."},
	{Name: "scan.partition.num", Type: "int", Doc: "Number of ranges."},
	{Name: "scan.partition.lower-bound", Type: "int", Doc: "Smallest value of the first range."},
	{Name: "scan.partition.upper-bound", Type: "int", Doc: "Largest value of the last range."},
	{Name: "scan.fetch-size", Type: "int", Default: "0", Doc: "Accepted; rows are streamed."},
	{Name: "scan.auto-commit", Type: "boolean", Default: "true", Doc: "Accepted; reading only reads."},
	{Name: "filter.handling.policy", Type: "enum(always|never)", Default: "always",
		Doc: "Whether conditions are given to the database."},
	{Name: "sink.buffer-flush.max-rows", Type: "int", Default: "100",
		Doc: "Write when so many rows have come. Of the rows of one key only the newest is written."},
	{Name: "sink.buffer-flush.interval", Type: "duration", Default: "1 s",
		Doc: "Write this often; 0: only by rows and at checkpoints."},
	{Name: "sink.max-retries", Type: "int", Default: "3",
		Doc: "How often a write is tried again, with growing pauses."},
	{Name: "sink.sql", Type: "string",
		Doc: "Statement that a DataStream's sink runs for each ROW, with '?' for its fields."},
	{Name: "sink.types", Type: "string", Doc: "Accepted; the types are those of the ROW."},
}

// place is which table of which database.
type place struct {
	table   *connector.Table
	dialect *dialect
	config  config
	name    string // quoted
	who     string // in errors; "": the table
}

func newPlace(t *connector.Table) (*place, error) {
	o := t.OptionReader()
	p := &place{table: t}
	var err error
	p.config, p.dialect, err = readURL("table '"+t.Name+"': option 'url'", o.String("url", ""), o.String("username", ""),
		o.String("password", ""))
	if err != nil {
		return nil, err
	}
	p.config.patience = o.Duration("connection.max-retry-timeout", p.config.patience)
	if name := o.String("table-name", ""); name != "" {
		p.name = p.dialect.quotePath(name)
	} else if !o.Has("sink.sql") {
		return nil, errs.Userf("table '%s': connector 'jdbc' needs the option 'table-name'", t.Name)
	}
	if t.Stream {
		return p, o.Err()
	}
	for _, f := range t.Schema.Fields {
		if !supported(f.Type) && (!p.dialect.arrays || f.Type.Kind != types.Array || !supported(*f.Type.Elem)) {
			return nil, errs.Userf("table '%s': column '%s': connector 'jdbc' cannot hold %s", t.Name,
				f.Name, f.Type).Fix("use numbers, strings, bytes, dates, times, timestamps or (in " +
				"PostgreSQL) arrays of them")
		}
	}
	return p, o.Err()
}

func supported(t types.Type) bool {
	switch t.Kind {
	case types.Boolean, types.TinyInt, types.SmallInt, types.Int, types.BigInt, types.Float,
		types.Double, types.Decimal, types.Char, types.Varchar, types.Binary, types.Varbinary,
		types.Date, types.Time, types.Timestamp, types.TimestampLTZ:
		return true
	}
	return false
}
