package cassandra

import (
	"strings"
	"time"

	"github.com/apache/cassandra-gocql-driver/v2"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Sink writes rows.
type Sink struct {
	table   *connector.Table
	schema  *types.Schema
	cluster *gocql.ClusterConfig
	insert  statement
	remove  statement // no text: rows are not deleted
	unset   bool      // NULLs are left unwritten
	level   gocql.Consistency
	at      int64 // timestamp of all rows, 0: they have their own
	trace   bool
	most    int           // requests at a time
	patient time.Duration // how long to wait for there to be fewer, 0: for ever
	retries int
	log     bool   // there is a write-ahead log
	notes   string // keyspace of its notes
}

var (
	_ connector.Sink          = (*Sink)(nil)
	_ connector.ChangelogSink = (*Sink)(nil)
)

func newSink(t *connector.Table) (*Sink, error) {
	schema, err := connector.Elements(t)
	if err != nil {
		return nil, err
	}
	o := t.OptionReader()
	s := &Sink{table: t, schema: schema, at: o.Int("mapper.timestamp", 0, 0),
		trace:   o.Bool("mapper.tracing", false),
		most:    int(o.Int("max-concurrent-requests", 256, 1)),
		patient: o.Duration("max-concurrent-requests.timeout", 0),
		retries: int(o.Int("sink.max-retries", 3, 0)), log: o.Bool("write-ahead-log", false),
		notes: o.String("committer.key-space", "flink_auxiliary")}
	o.Enum("failure-handler", "no-op", "no-op")
	ignore, save := o.Bool("ignore-null-fields", false), o.Bool("mapper.save-null-fields", true)
	s.unset = ignore || !save
	s.level = gocql.ParseConsistency(o.Enum("mapper.consistency-level", "LOCAL_ONE", levels...))
	if s.level == gocql.Serial || s.level == gocql.LocalSerial {
		o.Fail("mapper.consistency-level", "a level of writing")
	}
	if !isName(s.notes) {
		o.Fail("committer.key-space", "the name of a keyspace")
	}
	s.connection(o)
	if err := o.Err(); err != nil {
		return nil, err
	}
	return s, s.statements(o)
}

// connection reads how the cluster is reached.
func (s *Sink) connection(o *connector.Options) {
	var hosts []string
	for _, h := range strings.FieldsFunc(o.String("host", ""), func(r rune) bool { return r == ';' }) {
		hosts = append(hosts, strings.TrimSpace(h))
	}
	if len(hosts) == 0 {
		o.Fail("host", "the name of a server")
	}
	port := o.Int("port", 9042, 1)
	if port > 65535 {
		o.Fail("port", "at most 65535")
	}
	c := gocql.NewCluster(hosts...)
	c.Port, c.Keyspace = int(port), o.String("keyspace", "")
	c.Timeout = o.Duration("request-timeout", c.Timeout)
	c.ConnectTimeout = c.Timeout
	c.Consistency = s.level
	if o.Has("username") || o.Has("password") {
		c.Authenticator = gocql.PasswordAuthenticator{Username: o.String("username", ""),
			Password: o.String("password", "")}
	}
	s.cluster = c
}

// Accepts implements connector.ChangelogSink.
func (s *Sink) Accepts() connector.Kinds {
	if s.remove.text != "" {
		return connector.UpsertOnly
	}
	return connector.InsertOnly
}

// NewWriter implements connector.Sink.
func (s *Sink) NewWriter(ctx *connector.WriterContext) (connector.Writer, error) {
	if s.log {
		return &logWriter{sink: s, ctx: ctx}, nil
	}
	return newWriter(s, ctx), nil
}

// NewCommitter implements connector.Sink: only the write-ahead log has one.
func (s *Sink) NewCommitter(ctx *connector.WriterContext) (connector.Committer, error) {
	if !s.log {
		return nil, nil
	}
	return &committer{ctx: ctx, session: session{sink: s}}, nil
}

// statement is one of the sink's, and the columns of its parameters.
type statement struct {
	text    string
	columns []int
}

// statements makes those of the sink, and checks the user's.
func (s *Sink) statements(o *connector.Options) error {
	t, query := s.table, o.String("query", "")
	name := o.String("table-name", "")
	if (query == "") == (name == "") {
		return errs.Userf("table '%s': one of 'query' and 'table-name' is needed", t.Name).
			Fix("in a DataStream: set_query(\"INSERT INTO ks.t (a, b) VALUES (?, ?)\")")
	}
	for i := range s.schema.Fields {
		s.insert.columns = append(s.insert.columns, i)
	}
	if query != "" {
		n := parameters(query)
		if n != s.schema.Len() {
			return errs.Userf("table '%s': 'query' has %d parameters '?' for %d columns: %s", t.Name, n,
				s.schema.Len(), strings.Join(s.schema.Names(), ", "))
		}
		s.insert.text = strings.TrimRight(strings.TrimSpace(query), "; \n\t")
	} else {
		s.generate(name)
	}
	return s.clauses(o)
}

// generate makes the statements of a table.
func (s *Sink) generate(name string) {
	var columns, holes []string
	for _, f := range s.schema.Fields {
		columns, holes = append(columns, quote(f.Name)), append(holes, "?")
	}
	s.insert.text = "INSERT INTO " + name + " (" + strings.Join(columns, ", ") + ") VALUES (" +
		strings.Join(holes, ", ") + ")"
	if len(s.table.PrimaryKey) == 0 {
		return
	}
	var keys []string
	for _, k := range s.table.PrimaryKey {
		keys = append(keys, quote(k)+" = ?")
		s.remove.columns = append(s.remove.columns, s.schema.Index(k))
	}
	s.remove.text = "DELETE FROM " + name + " WHERE " + strings.Join(keys, " AND ")
}

// clauses adds to an INSERT what the options say about it.
func (s *Sink) clauses(o *connector.Options) error {
	ttl, absent := o.Int("mapper.ttl", 0, 0), o.Bool("mapper.if-not-exists", false)
	if err := o.Err(); err != nil || ttl == 0 && !absent {
		return err
	}
	words := strings.Fields(strings.ToUpper(s.insert.text))
	for _, w := range words {
		if words[0] != "INSERT" || w == "USING" || w == "IF" {
			return errs.Userf("table '%s': 'mapper.ttl' and 'mapper.if-not-exists' are for an INSERT "+
				"without USING and IF", s.table.Name).Fix("write into 'query' what it is to do")
		}
	}
	if absent {
		s.insert.text += " IF NOT EXISTS"
	}
	if ttl > 0 {
		s.insert.text += " USING TTL " + o.String("mapper.ttl", "")
	}
	return nil
}

// parameters counts the '?' outside of quotes.
func parameters(text string) int {
	n, in := 0, rune(0)
	for _, c := range text {
		switch {
		case in != 0:
			if c == in {
				in = 0
			}
		case c == '\'' || c == '"':
			in = c
		case c == '?':
			n++
		}
	}
	return n
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

func isName(s string) bool {
	return s != "" && len(s) <= 48 && strings.Trim(s, letters+"_0123456789") == ""
}

// write is one statement to be run.
type write struct {
	text string
	args []any
	at   int64 // µs
	done bool
}

// writesOf are the statements of a batch; next gives each its timestamp.
func (s *Sink) writesOf(b *batch.Batch, next func() int64) []*write {
	cols := connector.ElementsOf(s.table, b)
	out := make([]*write, b.Len())
	for i := range out {
		st := &s.insert
		if !b.Kind(i).IsAdd() {
			st = &s.remove
		}
		w := &write{text: st.text, at: next(), args: make([]any, len(st.columns))}
		for k, c := range st.columns {
			if w.args[k] = value(cols[c], i); w.args[k] == nil && s.unset {
				w.args[k] = gocql.UnsetValue
			}
		}
		out[i] = w
	}
	return out
}
