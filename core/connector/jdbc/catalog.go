package jdbc

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
)

var catalogOptions = []connector.Option{
	{Name: "base-url", Type: "string", Required: true, Doc: "Address of the server without a " +
		"database: 'jdbc:postgresql://host:5432'. Of SQLite, the file: 'jdbc:sqlite:/path/file.db'."},
	{Name: "default-database", Type: "string", Doc: "Database to begin with; SQLite's is 'main'."},
	{Name: "username", Type: "string", Doc: "User."},
	{Name: "password", Type: "string", Doc: "The user's password."},
	{Name: "driver", Type: "string", Doc: "Accepted; the URL says which driver it is."},
}

// inventory is how a dialect tells what there is.
type inventory struct {
	// one says that a connection sees all databases.
	one bool
	// databases and tables (of a database, where one connection sees all) are statements.
	databases, tables string
	// path is a table's name as schema and table; the schema is the database where one is.
	path func(database, name string) (schema, table string)
	// columns gives name, type and whether NULL is left out; key the columns of the primary key.
	// Both take schema and table.
	columns, key string
	column       func(rows *sql.Rows) (column, error)
}

// column is a column as a database describes it. kind is what the database calls its type.
type column struct {
	name, kind string
	t          types.Type // NULL: not supported
	notNull    bool
}

// catalog shows the databases of a server.
type catalog struct {
	name, base, query string
	user, password    string
	database          string // the default one
	dialect           *dialect

	mu    sync.Mutex
	pools map[string]*sql.DB
}

// catalogTime is how long a server may take to answer.
const catalogTime = 20 * time.Second

func openCatalog(name string, options map[string]string) (connector.ExternalCatalog, error) {
	base, query, _ := strings.Cut(options["base-url"], "?")
	c := &catalog{name: name, base: strings.TrimRight(base, "/"), query: query,
		user: options["username"], password: options["password"],
		database: options["default-database"], pools: map[string]*sql.DB{}}
	_, d, err := readURL("catalog '"+name+"': option 'base-url'", options["base-url"], c.user, c.password)
	if err != nil {
		return nil, err
	}
	c.dialect = d
	switch {
	case d.name == "sqlite":
		c.base, c.query, c.database = options["base-url"], "", "main"
	case strings.Contains(strings.TrimPrefix(c.base[strings.Index(c.base, ":")+1:], d.name+"://"), "/"):
		return nil, errs.Userf("catalog '%s': option 'base-url' = '%s' names a database", name,
			options["base-url"]).Fix("name it in 'default-database'")
	case c.database == "":
		return nil, errs.Userf("catalog '%s' of type 'jdbc' needs the option 'default-database'", name)
	}
	_, err = c.pool(c.database) // a wrong address or password shows now
	return c, err
}

// url is the address of a database.
func (c *catalog) url(database string) string {
	if c.dialect.name == "sqlite" {
		return c.base
	}
	u := c.base + "/" + database
	if c.query != "" {
		u += "?" + c.query
	}
	return u
}

// pool returns the connections that see a database.
func (c *catalog) pool(database string) (*sql.DB, error) {
	if c.dialect.shows.one {
		database = c.database
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if db := c.pools[database]; db != nil {
		return db, nil
	}
	p := &place{dialect: c.dialect, who: "catalog '" + c.name + "'"}
	var err error
	if p.config, _, err = readURL(p.who, c.url(database), c.user, c.password); err != nil {
		return nil, err
	}
	p.config.patience = catalogTime
	db, err := p.connect(context.Background(), 2, nil)
	if err != nil {
		return nil, err
	}
	db.SetConnMaxIdleTime(time.Minute)
	c.pools[database] = db
	return db, nil
}

// query runs a statement in a database and hands on its rows.
func (c *catalog) ask(database, statement string, row func(*sql.Rows) error, args ...any) error {
	db, err := c.pool(database)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), catalogTime)
	defer cancel()
	p := &place{who: "catalog '" + c.name + "'"}
	rows, err := db.QueryContext(ctx, statement, args...)
	if err != nil {
		return p.wrap("", err)
	}
	for rows.Next() {
		if err := row(rows); err != nil {
			_ = rows.Close() // the first error is the one that counts
			return p.wrap("", err)
		}
	}
	err = rows.Err()
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return p.wrap("", err)
	}
	return nil
}

func (c *catalog) names(database, statement string, args ...any) ([]string, error) {
	var out []string
	err := c.ask(database, statement, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		out = append(out, name)
		return err
	}, args...)
	return out, err
}

// DefaultDatabase implements connector.ExternalCatalog.
func (c *catalog) DefaultDatabase() string { return c.database }

// Databases implements connector.ExternalCatalog.
func (c *catalog) Databases() ([]string, error) {
	return c.names(c.database, c.dialect.shows.databases)
}

// Tables implements connector.ExternalCatalog.
func (c *catalog) Tables(database string) ([]string, error) {
	if c.dialect.shows.one {
		return c.names(database, c.dialect.shows.tables, database)
	}
	return c.names(database, c.dialect.shows.tables)
}

// Table implements connector.ExternalCatalog.
func (c *catalog) Table(database, name string) (*connector.TableSpec, error) {
	schema, table := c.dialect.shows.path(database, name)
	var fields []types.Field
	err := c.ask(database, c.dialect.shows.columns, func(rows *sql.Rows) error {
		col, err := c.dialect.shows.column(rows)
		if err != nil {
			return err
		}
		if col.t.Kind == types.Null {
			return errs.Userf("column '%s' of '%s' is of type '%s', which has no counterpart", col.name,
				name, col.kind).Fix("declare a table of connector 'jdbc' without that column")
		}
		fields = append(fields, types.F(col.name, col.t.Nullable(!col.notNull)))
		return nil
	}, schema, table)
	if err != nil || len(fields) == 0 {
		return nil, err
	}
	key, err := c.names(database, c.dialect.shows.key, schema, table)
	if err != nil {
		return nil, err
	}
	for i, f := range fields {
		if slices.Contains(key, f.Name) {
			fields[i].Type = f.Type.Nullable(false)
		}
	}
	spec := &connector.TableSpec{Schema: types.NewSchema(fields...), PrimaryKey: key,
		Options: map[string]string{"connector": "jdbc", "url": c.url(database),
			"table-name": name}}
	if c.user != "" {
		spec.Options["username"], spec.Options["password"] = c.user, c.password
	}
	return spec, nil
}

// Close implements connector.ExternalCatalog.
func (c *catalog) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var first error
	for _, db := range c.pools {
		if err := db.Close(); first == nil {
			first = err
		}
	}
	c.pools = map[string]*sql.DB{}
	return first
}
