package connector

import (
	"context"
	"log/slog"
	"strings"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// LookupSource finds rows by key: the right side of a lookup join, FOR SYSTEM_TIME AS OF a
// processing time. Factory.NewLookup makes it.
//
// The engine does the rest: it asks for each key of a batch once, caches (lookup.cache,
// lookup.partial-cache.*), retries (lookup.max-retries, the LOOKUP hint), keeps order, and joins.
type LookupSource interface {
	// Schema is that of the rows found.
	Schema() *types.Schema
	// Project keeps the columns at the positions, in that order, in a new LookupSource.
	Project(columns []int) (LookupSource, error)
	NewLookup(ctx *LookupContext) (Lookup, error)
}

// LookupContext is what a Lookup gets.
type LookupContext struct {
	// Keys are the columns of Schema that rows are found by, ascending.
	Keys                 []int
	Subtask, Parallelism int
	Clock                clock.Clock
	Log                  *slog.Logger
	FS                   fsys.FS // the disk; nil: the machine's
	// Concurrency is how many calls of Find may run at once; 1 without async lookups.
	Concurrency int
}

// Lookup finds rows. Its calls run beside the engine's threads, so they may block.
type Lookup interface {
	// Find returns the rows that have the keys. The columns of keys are those of
	// LookupContext.Keys, in that order and with their types; its rows differ from each other and
	// none has a NULL. It is called from up to Concurrency goroutines and returns early when ctx
	// is done. Errors marked errs.Transient are worth another try.
	Find(ctx context.Context, keys *batch.Batch) (Found, error)
	Close() error
}

// Found is the answer to a batch of keys.
type Found struct {
	// Rows have the source's schema; nil: there is none.
	Rows *batch.Batch
	// Of says for each of Rows which key it answers, as a row of the keys' batch; in any order.
	// The rows of one key keep the order that they have here.
	Of []int32
}

// LookupOptions are the options that every table with lookups has: a connector that can be looked
// up appends them to its own. The engine reads them.
var LookupOptions = []Option{
	{Name: "lookup.cache", Type: "enum(NONE|PARTIAL|FULL)", Default: "NONE",
		Doc: "What a lookup join keeps in memory: nothing, the rows of keys that were asked for, " +
			"or the whole table, which is read again from time to time."},
	{Name: "lookup.max-retries", Type: "int", Default: "3",
		Doc: "How often a lookup that failed is tried again."},
	{Name: "lookup.partial-cache.max-rows", Type: "int",
		Doc: "Rows in the cache; the least recently used ones go first."},
	{Name: "lookup.partial-cache.expire-after-write", Type: "duration",
		Doc: "How long after it was read an entry is good."},
	{Name: "lookup.partial-cache.expire-after-access", Type: "duration",
		Doc: "How long an entry stays that nobody asks for."},
	{Name: "lookup.partial-cache.cache-missing-key", Type: "boolean", Default: "true",
		Doc: "Remember too that there is no row of a key."},
	{Name: "lookup.full-cache.reload-strategy", Type: "enum(PERIODIC|TIMED)",
		Default: "PERIODIC", Doc: "Read the table again at an interval, or at a time of day."},
	{Name: "lookup.full-cache.periodic-reload.interval", Type: "duration",
		Doc: "Interval of PERIODIC; not set: the table is read once."},
	{Name: "lookup.full-cache.periodic-reload.schedule-mode",
		Type: "enum(FIXED_DELAY|FIXED_RATE)", Default: "FIXED_DELAY",
		Doc: "The interval counts from the end of a reload, or from its begin."},
	{Name: "lookup.full-cache.timed-reload.iso-time", Type: "string",
		Doc: "Time of day of TIMED: 10:15 in the session's time zone, 10:15Z, 10:15+07:00."},
	{Name: "lookup.full-cache.timed-reload.interval-in-days", Type: "int", Default: "1",
		Doc: "Days between two reloads of TIMED."},
}

// FullCache says whether lookups in the table are answered from a copy of the whole table, which
// the engine reads through the connector's Source: a bounded one, and no Lookup, is all it takes.
func FullCache(t *Table) bool { return strings.EqualFold(t.Options["lookup.cache"], "FULL") }

// CanLookUp says whether rows of the table can be found by key.
func CanLookUp(t *Table) bool {
	f, err := Find(t)
	return err == nil && (f.NewLookup != nil || FullCache(t))
}

// NewLookup makes the lookup source of a table.
func NewLookup(t *Table) (LookupSource, error) {
	f, err := Find(t)
	if err != nil {
		return nil, err
	}
	if f.NewLookup == nil {
		return nil, errs.Userf("table '%s': connector '%s' cannot look up rows by key", t.Name,
			f.Name).Fix("set 'lookup.cache' = 'FULL', or join FOR SYSTEM_TIME AS OF a row time")
	}
	if err := Validate(f, t); err != nil {
		return nil, err
	}
	return f.NewLookup(t)
}
