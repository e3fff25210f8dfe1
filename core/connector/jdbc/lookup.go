package jdbc

import (
	"context"
	"database/sql"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

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
	out.columns = connector.Picked(s.columns, columns)
	return &out, nil
}

// NewLookup implements connector.LookupSource.
func (s *lookupSource) NewLookup(ctx *connector.LookupContext) (connector.Lookup, error) {
	l := &lookup{src: s, keys: ctx.Keys, concurrency: max(ctx.Concurrency, 1),
		log: ctx.Log}
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
	log         *slog.Logger
	// loose: the database holds unequal texts for equal, so each key is asked for on its own.
	loose atomic.Bool

	mu sync.Mutex
	db *sql.DB // connected when it is first needed
}

// most is how many keys one statement asks for.
const most = 500

// mostEach is how many keys one statement asks for that keeps them apart.
const mostEach = 100

// Find implements connector.Lookup.
func (l *lookup) Find(ctx context.Context, keys *batch.Batch) (connector.Found, error) {
	var found connector.Found
	db, err := l.database(ctx)
	if err != nil {
		return found, err
	}
	a := &answers{index: make(map[string]int32, keys.Len())}
	for i := range keys.Len() {
		a.index[canonical(keys.Cols, i)] = int32(i)
	}
	for from := 0; from < keys.Len(); from += most {
		to := min(from+most, keys.Len())
		ok := false
		if !l.loose.Load() {
			if ok, err = l.together(ctx, db, keys, from, to, a); err != nil {
				return found, err
			}
			l.loose.Store(!ok)
		}
		for at := from; at < to && !ok; at += mostEach {
			if err := l.each(ctx, db, keys, at, min(at+mostEach, to), a); err != nil {
				return found, err
			}
		}
	}
	found.Of = a.of
	switch len(a.parts) {
	case 0:
	case 1:
		found.Rows = a.parts[0]
	default:
		found.Rows = batch.Concat(a.parts)
	}
	return found, nil
}

// answers are the rows that have been found, and which key each answers.
type answers struct {
	index map[string]int32 // of a key's canonical form
	parts []*batch.Batch
	of    []int32
}

func (a *answers) add(b *batch.Batch, of []int32) {
	if b.Len() > 0 {
		a.parts, a.of = append(a.parts, b), append(a.of, of...)
	}
}

// together asks for all keys at once. ok false: a row equals a key by the database's collation
// only, which does not tell which key it answers; nothing was added then.
func (l *lookup) together(
	ctx context.Context, db *sql.DB, keys *batch.Batch, from, to int, a *answers,
) (ok bool, err error) {
	q := &query{place: l.src.place, columns: l.src.columns, limit: -1}
	q.clauses = append(q.clauses, l.clause(q, keys, from, to))
	var parts []*batch.Batch
	var of []int32
	ok = true
	err = l.run(ctx, db, l.src.Schema(), q.text(nil, 0), q.args, func(b *batch.Batch) {
		cols := make([]*batch.Column, len(l.keys))
		for k, c := range l.keys {
			cols[k] = b.Cols[c]
		}
		for i := range b.Len() {
			at, known := a.index[canonical(cols, i)]
			of = append(of, at)
			ok = ok && known
		}
		parts = append(parts, b)
	})
	if err != nil || !ok {
		return ok, err
	}
	a.parts, a.of = append(a.parts, parts...), append(a.of, of...)
	return true, nil
}

// each asks for key after key, in one statement whose rows say which key they answer.
func (l *lookup) each(
	ctx context.Context, db *sql.DB, keys *batch.Batch, from, to int, a *answers,
) error {
	q := &query{place: l.src.place, columns: l.src.columns, limit: -1}
	names := append([]string{""}, q.names()...)
	var text []string
	for i := from; i < to; i++ {
		names[0] = strconv.Itoa(i)
		text = append(text, "SELECT "+strings.Join(names, ", ")+" FROM "+q.name+" WHERE "+
			l.clause(q, keys, i, i+1))
	}
	schema := l.src.Schema()
	numbered := types.NewSchema(append([]types.Field{types.F("", types.Of(types.BigInt))},
		schema.Fields...)...)
	return l.run(ctx, db, numbered, strings.Join(text, " UNION ALL "), q.args, func(b *batch.Batch) {
		of := make([]int32, b.Len())
		for i, n := range batch.Values[int64](b.Cols[0]) {
			of[i] = int32(n)
		}
		a.add(batch.New(schema, b.Cols[1:], b.Len()), of)
	})
}

// run hands on what a statement gives.
func (l *lookup) run(ctx context.Context, db *sql.DB, schema *types.Schema, text string, args []any,
	take func(b *batch.Batch),
) error {
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return l.src.wrap("", err)
	}
	in := newResult(schema)
	for {
		b, err := in.next(rows, 4096)
		if err != nil {
			_ = rows.Close() // the first error is the one that counts
			return l.src.wrapData(err)
		}
		if b == nil {
			break
		}
		take(b)
	}
	if err := rows.Close(); err != nil {
		return l.src.wrap("", err)
	}
	return nil
}

// clause is the condition that a row has one of the keys.
func (l *lookup) clause(q *query, keys *batch.Batch, from, to int) string {
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
	if len(l.keys) == 1 {
		return names[l.keys[0]] + " IN (" + strings.Join(any, ", ") + ")"
	}
	return "(" + strings.Join(any, " OR ") + ")"
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
	db, err := l.src.connect(ctx, l.concurrency, l.log)
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
