package jdbc

import (
	"database/sql"
	"regexp"
	"strconv"
	"strings"

	"github.com/headrace/headrace/core/data/types"
)

var postgresInventory = inventory{
	databases: "SELECT datname FROM pg_database WHERE NOT datistemplate AND datallowconn ORDER BY 1",
	tables: `SELECT table_schema || '.' || table_name FROM information_schema.tables
		WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
		ORDER BY 1`,
	path: func(_, name string) (string, string) {
		if schema, table, ok := strings.Cut(name, "."); ok {
			return schema, table
		}
		return "public", name
	},
	columns: `SELECT a.attname, t.typname, COALESCE(NULLIF(d.typtypmod, -1), a.atttypmod),
			a.attnotnull, COALESCE(e.typname, ''), t.typtype::text
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
			JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type d ON d.oid = a.atttypid
			JOIN pg_type t ON t.oid = COALESCE(NULLIF(d.typbasetype, 0), d.oid)
			LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
		WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped
			AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY a.attnum`,
	key: `SELECT a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
			JOIN pg_namespace n ON n.oid = c.relnamespace
			CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, ord)
			JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
		WHERE i.indisprimary AND n.nspname = $1 AND c.relname = $2 ORDER BY k.ord`,
	column: func(rows *sql.Rows) (c column, err error) {
		var mod int
		var element, class string
		if err = rows.Scan(&c.name, &c.kind, &mod, &c.notNull, &element, &class); err != nil {
			return c, err
		}
		switch {
		case element != "":
			if t := postgresType(element, mod); t.Kind != types.Null {
				c.t = types.ArrayOf(t)
			}
		case class == "e": // an enumeration
			c.t = types.String()
		default:
			c.t = postgresType(c.kind, mod)
		}
		return c, nil
	},
}

// postgresType is a type by its name in pg_type and its modifier, -1 for none.
func postgresType(name string, mod int) types.Type {
	precision := func(kind types.Kind) types.Type {
		if mod < 0 {
			return types.WithPrecision(kind, 6)
		}
		return types.WithPrecision(kind, mod)
	}
	switch name {
	case "numeric":
		if mod < 4 || (mod-4)>>16 > 38 {
			return types.DecimalOf(38, 18)
		}
		return types.DecimalOf((mod-4)>>16, (mod-4)&0x7ff)
	case "bpchar":
		return types.WithPrecision(types.Char, max(mod-4, 1))
	case "varchar":
		if mod < 5 {
			return types.String()
		}
		return types.WithPrecision(types.Varchar, mod-4)
	case "timestamp":
		return precision(types.Timestamp)
	case "timestamptz":
		return precision(types.TimestampLTZ)
	case "time":
		return precision(types.Time)
	}
	return plainTypes[name]
}

// plainTypes are the types without parameters, of PostgreSQL and MySQL.
var plainTypes = map[string]types.Type{
	"bool": types.Of(types.Boolean), "int2": types.Of(types.SmallInt), "int4": types.Of(types.Int),
	"int8": types.Of(types.BigInt), "float4": types.Of(types.Float), "float8": types.Of(types.Double),
	"bytea": types.Of(types.Varbinary), "text": types.String(), "name": types.String(),
	"uuid": types.String(), "json": types.String(), "jsonb": types.String(),
	"date": types.Of(types.Date),

	"tinyint": types.Of(types.TinyInt), "smallint": types.Of(types.SmallInt),
	"mediumint": types.Of(types.Int), "int": types.Of(types.Int), "bigint": types.Of(types.BigInt),
	"float": types.Of(types.Float), "double": types.Of(types.Double), "year": types.Of(types.Int),
	"tinytext": types.String(), "mediumtext": types.String(), "longtext": types.String(),
	"enum": types.String(), "set": types.String(),
	"binary": types.Of(types.Varbinary), "varbinary": types.Of(types.Varbinary),
	"tinyblob": types.Of(types.Varbinary), "blob": types.Of(types.Varbinary),
	"mediumblob": types.Of(types.Varbinary), "longblob": types.Of(types.Varbinary),
}

// unsigned are the types of MySQL's numbers without a sign: they need more room.
var unsigned = map[string]types.Type{
	"tinyint": types.Of(types.SmallInt), "smallint": types.Of(types.Int),
	"mediumint": types.Of(types.Int), "int": types.Of(types.BigInt), "bigint": types.DecimalOf(20, 0),
}

var mysqlInventory = inventory{
	one: true,
	databases: `SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN
		('information_schema', 'mysql', 'performance_schema', 'sys') ORDER BY 1`,
	tables: `SELECT table_name FROM information_schema.tables WHERE table_schema = ?
		AND table_type = 'BASE TABLE' ORDER BY 1`,
	path: func(database, name string) (string, string) { return database, name },
	columns: `SELECT column_name, data_type, column_type, is_nullable,
			COALESCE(character_maximum_length, 0), COALESCE(numeric_precision, 0),
			COALESCE(numeric_scale, 0), COALESCE(datetime_precision, 0)
		FROM information_schema.columns WHERE table_schema = ? AND table_name = ?
		ORDER BY ordinal_position`,
	key: `SELECT column_name FROM information_schema.key_column_usage
		WHERE constraint_name = 'PRIMARY' AND table_schema = ? AND table_name = ?
		ORDER BY ordinal_position`,
	column: func(rows *sql.Rows) (c column, err error) {
		var full, nullable string
		var length int64
		var precision, scale, fraction int
		err = rows.Scan(&c.name, &c.kind, &full, &nullable, &length, &precision, &scale, &fraction)
		if err != nil {
			return c, err
		}
		c.notNull = nullable == "NO"
		kind := strings.ToLower(c.kind)
		switch {
		case full == "tinyint(1)", kind == "bit" && precision <= 1:
			c.t = types.Of(types.Boolean)
		case strings.Contains(full, "unsigned") && unsigned[kind].Kind != types.Null:
			c.t = unsigned[kind]
		case kind == "decimal":
			if c.t = types.DecimalOf(precision, scale); precision > 38 {
				c.t = types.String() // digits are not lost
			}
		case kind == "char":
			c.t = types.WithPrecision(types.Char, int(max(length, 1)))
		case kind == "varchar":
			c.t = types.WithPrecision(types.Varchar, int(max(length, 1)))
		case kind == "datetime", kind == "timestamp":
			c.t = types.WithPrecision(types.Timestamp, fraction)
		case kind == "time":
			c.t = types.WithPrecision(types.Time, fraction)
		default:
			c.t = plainTypes[kind]
		}
		return c, nil
	},
}

var sqliteInventory = inventory{
	one:       true,
	databases: "SELECT 'main'",
	tables: `SELECT name FROM sqlite_master WHERE ?1 = 'main' AND type = 'table'
		AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY 1`,
	path:    func(database, name string) (string, string) { return database, name },
	columns: `SELECT name, type, "notnull" FROM pragma_table_info(?2) WHERE ?1 = 'main' ORDER BY cid`,
	key:     `SELECT name FROM pragma_table_info(?2) WHERE ?1 = 'main' AND pk > 0 ORDER BY pk`,
	column: func(rows *sql.Rows) (c column, err error) {
		err = rows.Scan(&c.name, &c.kind, &c.notNull)
		c.t = sqliteType(strings.ToUpper(c.kind))
		return c, err
	},
}

var withNumbers = regexp.MustCompile(`^([A-Z ]+?) *\( *(\d+) *(?:, *(\d+) *)?\)$`)

// sqliteType is a declared type: SQLite takes any name and goes by parts of it.
func sqliteType(declared string) types.Type {
	name, n, scale := declared, 0, 0
	if m := withNumbers.FindStringSubmatch(declared); m != nil {
		name = m[1]
		n, _ = strconv.Atoi(m[2])     // digits, by the pattern
		scale, _ = strconv.Atoi(m[3]) // likewise, or nothing
	}
	switch {
	case name == "BOOLEAN" || name == "BOOL":
		return types.Of(types.Boolean)
	case (name == "DECIMAL" || name == "NUMERIC") && n > 0 && n <= 38:
		return types.DecimalOf(n, scale)
	case name == "DATE":
		return types.Of(types.Date)
	case name == "TIME":
		return types.WithPrecision(types.Time, 3)
	case name == "DATETIME" || name == "TIMESTAMP":
		return types.WithPrecision(types.Timestamp, 6)
	case strings.Contains(name, "INT"):
		return types.Of(types.BigInt)
	case strings.Contains(name, "CHAR"), strings.Contains(name, "CLOB"), strings.Contains(name, "TEXT"),
		name == "JSON":
		return types.String()
	case name == "", strings.Contains(name, "BLOB"):
		return types.Of(types.Varbinary)
	case strings.Contains(name, "REAL"), strings.Contains(name, "FLOA"), strings.Contains(name, "DOUBLE"),
		name == "NUMERIC", name == "DECIMAL":
		return types.Of(types.Double)
	}
	return types.Type{}
}
