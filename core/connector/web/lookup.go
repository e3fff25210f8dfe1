package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

var lookupOptions = []connector.Option{
	{Name: "lookup.request.concurrency", Type: "int", Default: "8",
		Doc: "Requests of a lookup that run at once. A key's values take the places of '{column}' in " +
			"the address; those that have none there are parameters of its query. Status 404 and an " +
			"empty answer mean that there is no row."},
}

// lookupSource asks a service for the rows of keys.
type lookupSource struct {
	*reading
	client      *client
	concurrency int
	columns     []int
}

var _ connector.LookupSource = (*lookupSource)(nil)

func newLookup(t *connector.Table) (*lookupSource, error) {
	o := t.OptionReader()
	c, err := newClient(t, o, o.Enum("request.method", "GET", "GET", "POST"))
	if err != nil {
		return nil, err
	}
	r, err := newReading(t, o)
	if err != nil {
		return nil, err
	}
	if r.format.Reads > connector.InsertOnly {
		return nil, errs.Userf("table '%s': rows that are looked up cannot have the format '%s'", t.Name,
			r.format.Name)
	}
	s := &lookupSource{reading: r, client: c,
		concurrency: int(o.Int("lookup.request.concurrency", 8, 1))}
	for i := range t.Schema.Fields {
		s.columns = append(s.columns, i)
	}
	return s, o.Err()
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
	narrow := *s.reading
	narrow.config.Columns = s.columns
	return &lookup{src: s, reading: &narrow, keys: ctx.Keys}, nil
}

type lookup struct {
	src     *lookupSource
	reading *reading // of the wanted columns
	keys    []int
}

// Find implements connector.Lookup: a request a key.
func (l *lookup) Find(ctx context.Context, keys *batch.Batch) (connector.Found, error) {
	answers := make([]*batch.Batch, keys.Len())
	problems := make([]error, keys.Len())
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	work := make(chan int)
	var done sync.WaitGroup
	for range min(l.src.concurrency, keys.Len()) {
		done.Go(func() {
			for i := range work {
				if answers[i], problems[i] = l.one(ctx, keys, i); problems[i] != nil {
					stop()
				}
			}
		})
	}
	for i := range keys.Len() {
		work <- i
	}
	close(work)
	done.Wait()
	var found connector.Found
	var parts []*batch.Batch
	var first error
	for i, b := range answers {
		if err := problems[i]; err != nil && (first == nil || errors.Is(first, context.Canceled)) {
			first = err
		}
		if b == nil || b.Len() == 0 {
			continue
		}
		if b = l.match(b, keys, i); b.Len() > 0 {
			parts = append(parts, b)
			found.Of = append(found.Of, slices.Repeat([]int32{int32(i)}, b.Len())...)
		}
	}
	switch {
	case first != nil:
		return connector.Found{}, first
	case len(parts) == 1:
		found.Rows = parts[0]
	case len(parts) > 1:
		found.Rows = batch.Concat(parts)
	}
	return found, nil
}

// one asks for the rows of a key.
func (l *lookup) one(ctx context.Context, keys *batch.Batch, i int) (*batch.Batch, error) {
	address := l.address(keys, i)
	got, err := l.src.client.send(ctx, address, "", nil)
	var refused *statusError
	switch {
	case errors.As(err, &refused) && refused.status == http.StatusNotFound:
		return nil, nil
	case err != nil:
		return nil, err
	case got.status == http.StatusNoContent:
		return nil, nil
	}
	return l.reading.rows(got.body, "answer of "+address)
}

// address puts the key into the address.
func (l *lookup) address(keys *batch.Batch, i int) string {
	address := l.src.client.url
	query := url.Values{}
	for k, c := range l.keys {
		name := l.src.Schema().Fields[c].Name
		text := sinceText(keys.Cols[k], i)
		if mark := "{" + name + "}"; strings.Contains(address, mark) {
			address = strings.ReplaceAll(address, mark, url.PathEscape(text))
		} else {
			query.Set(name, text)
		}
	}
	if len(query) == 0 {
		return address
	}
	if strings.Contains(address, "?") {
		return address + "&" + query.Encode()
	}
	return address + "?" + query.Encode()
}

// match keeps the rows that have the key; those in which it is NULL are of the key that was asked for.
func (l *lookup) match(b, keys *batch.Batch, row int) *batch.Batch {
	cols := slices.Clone(b.Cols)
	keep := make([]bool, b.Len())
	for i := range keep {
		keep[i] = true
	}
	want := slices.Repeat([]int32{int32(row)}, b.Len())
	var x, y []byte
	for k, c := range l.keys {
		key := batch.Take(keys.Cols[k], want).WithType(b.Schema.Fields[c].Type)
		nulls := 0
		for i := range b.Len() {
			if cols[c].IsNull(i) {
				nulls++
				continue
			}
			x, y = kernel.AppendValue(x[:0], cols[c], i), kernel.AppendValue(y[:0], key, i)
			keep[i] = keep[i] && string(x) == string(y)
		}
		if nulls > 0 {
			cols[c] = key
		}
	}
	var rows []int32
	for i, ok := range keep {
		if ok {
			rows = append(rows, int32(i))
		}
	}
	out := batch.New(b.Schema, cols, b.Len())
	if len(rows) == b.Len() {
		return out
	}
	return out.Take(rows)
}

// Close implements connector.Lookup.
func (l *lookup) Close() error {
	l.src.client.http.CloseIdleConnections()
	return nil
}
