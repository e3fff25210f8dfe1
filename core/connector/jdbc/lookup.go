package jdbc

import (
	"context"
	"database/sql"
	"strings"
	"sync"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// lookupSource finds rows by key.
type lookupSource struct {
	*place
	columns []int
}

var _ connector.LookupSource = (*lookupSource)(nil)

func newLookup(t *connector.Table) (*lookupSource, error) {
	s, err := newSource(t)
	if err != nil {
		return nil, err
	}
	return &lookupSource{place: s.place, columns: s.columns}, nil
}

// Schema implements connector.LookupSource.
func (s *lookupSource) Schema() *types.Schema {
	return connector.ProjectSchema(s.table.Schema, s.columns)
}

// Project implements connector.LookupSource.
func (s *lookupSource) Project(columns []int) (connector.LookupSource, error) {
	out := *s
	out.columns = make([]int, len(columns))
	for i, c := range columns {
		out.columns[i] = s.columns[c]
	}
	return &out, nil
}

// NewLookup implements connector.LookupSource.
func (s *lookupSource) NewLookup(ctx *connector.LookupContext) (connector.Lookup, error) {
	l := &lookup{src: s, keys: ctx.Keys, concurrency: max(ctx.Concurrency, 1)}
	for _, k := range ctx.Keys {
		if k >= len(s.columns) {
			return nil, errs.Internalf("jdbc: there is no column %d to look up by", k)
		}
	}
	return l, nil
}

// lookup asks for the rows of many keys with one statement.
type lookup struct {
	src         *lookupSource
	keys        []int
	concurrency int

	mu sync.Mutex
	db *sql.DB // connected when it is first needed
}

// most is how many keys one statement asks for.
const most = 500

// Find implements connector.Lookup.
func (l *lookup) Find(ctx context.Context, keys *batch.Batch) (connector.Found, error) {
	db, err := l.database(ctx)
	if err != nil {
		return connector.Found{}, err
	}
	schema := l.src.Schema()
	index := make(map[string]int32, keys.Len())
	for i := range keys.Len() {
		index[canonical(keys.Cols, i)] = int32(i)
	}
	var found connector.Found
	var parts []*batch.Batch
	for from := 0; from < keys.Len(); from += most {
		text, args := l.statement(keys, from, min(from+most, keys.Len()))
		rows, err := db.QueryContext(ctx, text, args...)
		if err != nil {
			return found, l.src.wrap("", err)
		}
		in := newResult(schema)
		for {
			b, err := in.next(rows, 4096)
			if err != nil {
				_ = rows.Close() // the first error is the one that counts
				return found, l.src.wrapData(err)
			}
			if b == nil {
				break
			}
			if b = l.match(b, index, &found.Of); b.Len() > 0 {
				parts = append(parts, b)
			}
		}
		if err := rows.Close(); err != nil {
			return found, l.src.wrap("", err)
		}
	}
	switch len(parts) {
	case 0:
	case 1:
		found.Rows = parts[0]
	default:
		found.Rows = batch.Concat(parts)
	}
	return found, nil
}

func (l *lookup) statement(keys *batch.Batch, from, to int) (string, []any) {
	q := &query{place: l.src.place, columns: l.src.columns, limit: -1}
	names := q.names()
	var any []string
	for i := from; i < to; i++ {
		if len(l.keys) == 1 {
			any = append(any, q.arg(argument(keys.Cols[0], i)))
			continue
		}
		all := make([]string, len(l.keys))
		for k, c := range l.keys {
			all[k] = names[c] + " = " + q.arg(argument(keys.Cols[k], i))
		}
		any = append(any, "("+strings.Join(all, " AND ")+")")
	}
	clause := "(" + strings.Join(any, " OR ") + ")"
	if len(l.keys) == 1 {
		clause = names[l.keys[0]] + " IN (" + strings.Join(any, ", ") + ")"
	}
	q.clauses = append(q.clauses, clause)
	return q.text(nil, 0), q.args
}

// match says which key each row answers; rows that the database holds for equal to a key and the
// engine does not (another case under a collation) are left out.
func (l *lookup) match(b *batch.Batch, index map[string]int32, of *[]int32) *batch.Batch {
	cols := make([]*batch.Column, len(l.keys))
	for k, c := range l.keys {
		cols[k] = b.Cols[c]
	}
	var keep []int32
	for i := range b.Len() {
		if at, ok := index[canonical(cols, i)]; ok {
			keep = append(keep, int32(i))
			*of = append(*of, at)
		}
	}
	return b.Take(keep)
}

// canonical is the key of a row. CHAR is padded in some databases.
func canonical(cols []*batch.Column, i int) string {
	var key []byte
	for _, c := range cols {
		if c.Type.Kind == types.Char && !c.IsNull(i) {
			text := strings.TrimRight(c.Str(i), " ")
			key = append(append(key, byte(len(text))), text...)
			continue
		}
		key = kernel.AppendValue(key, c, i)
	}
	return string(key)
}

func (l *lookup) database(ctx context.Context) (*sql.DB, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.db != nil {
		return l.db, nil
	}
	db, err := l.src.connect(ctx, l.concurrency)
	l.db = db
	return db, err
}

// Close implements connector.Lookup.
func (l *lookup) Close() error {
	if l.db != nil {
		return l.db.Close()
	}
	return nil
}
