package jdbc

import (
	"slices"
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
)

// Sink writes a table: upserts with a primary key, else inserts.
type Sink struct {
	*place
	key     []int
	most    int
	every   time.Duration
	retries int
	sql     string // of a DataStream: a statement for each ROW
}

var (
	_ connector.Sink          = (*Sink)(nil)
	_ connector.ChangelogSink = (*Sink)(nil)
)

func newSink(t *connector.Table) (*Sink, error) {
	p, err := newPlace(t)
	if err != nil {
		return nil, err
	}
	o := t.OptionReader()
	s := &Sink{place: p, most: int(o.Int("sink.buffer-flush.max-rows", 100, 0)),
		every:   o.Duration("sink.buffer-flush.interval", time.Second),
		retries: int(o.Int("sink.max-retries", 3, 0))}
	if s.most == 0 {
		s.most = 1 << 30
	}
	for _, k := range t.PrimaryKey {
		s.key = append(s.key, t.Schema.Index(k))
	}
	if text := o.String("sink.sql", ""); text != "" {
		row := t.Schema.Fields[0].Type
		if !t.Stream || row.Kind != types.Row {
			return nil, errs.Userf("table '%s': 'sink.sql' is for a DataStream of ROWs", t.Name)
		}
		var n int
		if s.sql, n = s.dialect.placeholders(text); n != len(row.Fields) {
			return nil, errs.Userf("table '%s': the statement has %d parameters, the ROW %d fields",
				t.Name, n, len(row.Fields))
		}
		for _, f := range row.Fields {
			if !supported(f.Type) {
				return nil, errs.Userf("table '%s': field '%s': connector 'jdbc' cannot hold %s",
					t.Name, f.Name, f.Type)
			}
		}
	}
	return s, o.Err()
}

// Accepts implements connector.ChangelogSink.
func (s *Sink) Accepts() connector.Kinds {
	if len(s.key) > 0 {
		return connector.UpsertOnly
	}
	return connector.InsertOnly
}

// NewWriter implements connector.Sink.
func (s *Sink) NewWriter(ctx *connector.WriterContext) (connector.Writer, error) {
	return newWriter(s, ctx), nil
}

// NewCommitter implements connector.Sink: writing is all there is to do.
func (s *Sink) NewCommitter(*connector.WriterContext) (connector.Committer, error) { return nil, nil }

// placeholders writes the '?' outside of quotes as the dialect does, and counts them.
func (d *dialect) placeholders(text string) (string, int) {
	var b strings.Builder
	n, quote := 0, byte(0)
	for i := range len(text) {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"' || c == '`':
			quote = c
		case c == '?':
			n++
			b.WriteString(d.parameter(n))
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String(), n
}

// insert is the statement that inserts or upserts n rows.
func (s *Sink) insert(n int) string {
	d, names := s.dialect, s.table.Schema.Names()
	var b strings.Builder
	b.WriteString("INSERT INTO " + s.name + " (" + strings.Join(d.quoteAll(names), ", ") + ") VALUES ")
	at := 0
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		for c := range names {
			b.WriteString(map[bool]string{true: "(", false: ", "}[c == 0])
			at++
			b.WriteString(d.parameter(at))
		}
		b.WriteByte(')')
	}
	if len(s.key) > 0 {
		others := slices.DeleteFunc(slices.Clone(names),
			func(c string) bool { return slices.Contains(s.table.PrimaryKey, c) })
		b.WriteString(d.upsert(d, s.table.PrimaryKey, others))
	}
	return b.String()
}

// delete is the statement that deletes a row.
func (s *Sink) delete() string {
	all := make([]string, len(s.key))
	for i, k := range s.table.PrimaryKey {
		all[i] = s.dialect.quoteName(k) + " = " + s.dialect.parameter(i+1)
	}
	return "DELETE FROM " + s.name + " WHERE " + strings.Join(all, " AND ")
}
