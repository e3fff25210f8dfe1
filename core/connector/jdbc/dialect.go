package jdbc

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"github.com/headrace/headrace/core/base/errs"
)

// dialect is what differs between databases.
type dialect struct {
	name, driver string
	quote        byte
	numbered     bool // parameters are $1, $2, … instead of ?
	parameters   int  // in one statement at most
	// upsert ends an INSERT whose key is there already.
	upsert func(d *dialect, key, others []string) string
	dsn    func(c *config) (string, error)
	arrays bool // columns can be arrays
	shows  inventory
}

// config is how a database is reached.
type config struct {
	rest, user, password string // rest is the URL behind 'jdbc:name:'
	patience             time.Duration
}

var dialects = []*dialect{
	{name: "postgresql", driver: "pgx", quote: '"', numbered: true, parameters: 65535,
		upsert: onConflict, dsn: postgresDSN, arrays: true, shows: postgresInventory},
	{name: "mysql", driver: "mysql", quote: '`', parameters: 65535, upsert: onDuplicate, dsn: mysqlDSN,
		shows: mysqlInventory},
	{name: "mariadb", driver: "mysql", quote: '`', parameters: 65535, upsert: onDuplicate,
		dsn: mysqlDSN, shows: mysqlInventory},
	{name: "sqlite", driver: "sqlite", quote: '"', parameters: 32766, upsert: onConflict,
		dsn: sqliteDSN, shows: sqliteInventory},
}

func readURL(who, text, user, password string) (config, *dialect, error) {
	c := config{user: user, password: password, patience: time.Minute}
	rest, ok := strings.CutPrefix(text, "jdbc:")
	name, rest, found := strings.Cut(rest, ":")
	var names []string
	for _, d := range dialects {
		if ok && found && d.name == name {
			c.rest = rest
			_, err := d.dsn(&c)
			if err != nil {
				return c, nil, errs.Userf("%s: '%s' is no address", who, text).
					Wrap(err)
			}
			return c, d, nil
		}
		names = append(names, d.name)
	}
	e := errs.Userf("%s: '%s' is not 'jdbc:' and one of %s", who, text,
		strings.Join(names, ", "))
	return c, nil, e.Fix("%s", errs.DidYouMean(name, names))
}

// parse reads '//host:port/database?key=value'.
func (c *config) parse(port string) (host, database string, query url.Values, err error) {
	u, err := url.Parse("x:" + c.rest)
	if err != nil {
		return "", "", nil, err
	}
	host = u.Host
	if host == "" {
		host = "localhost"
	}
	if u.Port() == "" {
		host += ":" + port
	}
	return host, strings.TrimPrefix(u.Path, "/"), u.Query(), nil
}

func postgresDSN(c *config) (string, error) {
	host, database, query, err := c.parse("5432")
	if err != nil {
		return "", err
	}
	keep := url.Values{"timezone": {"UTC"}}
	user, password := c.user, c.password
	for k := range query {
		switch v := query.Get(k); k {
		case "user":
			user = v
		case "password":
			password = v
		case "currentSchema":
			keep.Set("search_path", v)
		case "ApplicationName":
			keep.Set("application_name", v)
		case "ssl":
			if v == "true" {
				keep.Set("sslmode", "require")
			}
		case "sslmode", "sslrootcert", "sslcert", "sslkey":
			keep.Set(k, v)
		}
	}
	u := url.URL{Scheme: "postgres", Host: host, Path: "/" + database, RawQuery: keep.Encode()}
	if user != "" {
		u.User = url.UserPassword(user, password)
	}
	return u.String(), nil
}

func mysqlDSN(c *config) (string, error) {
	host, database, query, err := c.parse("3306")
	if err != nil {
		return "", err
	}
	m := mysql.NewConfig()
	m.Net, m.Addr, m.DBName = "tcp", host, database
	m.User, m.Passwd = c.user, c.password
	m.ParseTime, m.Loc = true, time.UTC
	m.Params = map[string]string{"time_zone": "'+00:00'",
		"sql_mode": "'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'"}
	if u := query.Get("user"); u != "" {
		m.User, m.Passwd = u, query.Get("password")
	}
	if query.Get("useSSL") == "true" || query.Get("sslMode") == "VERIFY_IDENTITY" {
		m.TLSConfig = "true"
	}
	return m.FormatDSN(), nil
}

func sqliteDSN(c *config) (string, error) {
	return "file:" + c.rest + map[bool]string{true: "&", false: "?"}[strings.Contains(c.rest, "?")] +
		"_pragma=busy_timeout(10000)&_txlock=immediate", nil
}

func (d *dialect) quoteName(name string) string {
	q := string(d.quote)
	return q + strings.ReplaceAll(name, q, q+q) + q
}

// quotePath quotes 'schema.table'.
func (d *dialect) quotePath(path string) string {
	parts := strings.Split(path, ".")
	for i, p := range parts {
		parts[i] = d.quoteName(p)
	}
	return strings.Join(parts, ".")
}

func (d *dialect) quoteAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = d.quoteName(n)
	}
	return out
}

// parameter is the placeholder of the n-th argument, counted from 1.
func (d *dialect) parameter(n int) string {
	if d.numbered {
		return "$" + strconv.Itoa(n)
	}
	return "?"
}

func onConflict(d *dialect, key, others []string) string {
	do := " DO NOTHING"
	if len(others) > 0 {
		set := make([]string, len(others))
		for i, c := range d.quoteAll(others) {
			set[i] = c + " = EXCLUDED." + c
		}
		do = " DO UPDATE SET " + strings.Join(set, ", ")
	}
	return " ON CONFLICT (" + strings.Join(d.quoteAll(key), ", ") + ")" + do
}

func onDuplicate(d *dialect, key, others []string) string {
	if len(others) == 0 {
		others = key[:1] // nothing changes
	}
	set := make([]string, len(others))
	for i, c := range d.quoteAll(others) {
		set[i] = c + " = VALUES(" + c + ")"
	}
	return " ON DUPLICATE KEY UPDATE " + strings.Join(set, ", ")
}
