package kernel

import (
	"math/rand/v2"
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/batch"
)

// Context is what an evaluation knows besides its rows. It belongs to one goroutine; it caches
// compiled patterns, so keep it as long as the operator.
type Context struct {
	// Zone is table.local-time-zone.
	Zone *time.Location
	// QueryStart is the time (ms since 1970) that CURRENT_TIMESTAMP and NOW give in batch mode.
	QueryStart int64
	// Streaming makes CURRENT_TIMESTAMP and its like the time of each batch, as Flink makes them
	// the time of each record.
	Streaming bool
	// Clock gives processing time.
	Clock clock.Clock
	// Watermark is the watermark in force, batch.NoTime before the first one.
	Watermark int64
	// Database and Catalog are the current ones.
	Database, Catalog string
	// Config holds the job's configuration.
	Config map[string]string
	// Rand is the source of RAND and UUID.
	Rand *rand.Rand

	cache       map[cacheKey]any
	sessionZone *Zone
	random      map[any]*JavaRandom
}

type cacheKey struct{ kind, text string }

// NewContext makes a context in UTC for a query that starts now; RAND is seeded with that time.
func NewContext(c clock.Clock) *Context {
	start := c.NowMs()
	return &Context{
		Zone: time.UTC, QueryStart: start, Clock: c, Watermark: batch.NoTime,
		Database: "default_database", Catalog: "default_catalog",
		Rand: rand.New(rand.NewPCG(uint64(start), 0)),
	}
}

// Now is the time (ms since 1970) of the functions that give the current time: the start of the
// query in batch mode, processing time in streaming mode.
func (c *Context) Now() int64 {
	if c.Streaming {
		return c.Clock.NowMs()
	}
	return c.QueryStart
}

// cacheLimit bounds each context's cache of compiled patterns.
const cacheLimit = 1024

// cached returns the value made for (kind, text) earlier, or makes and keeps it. Errors are
// remembered like values.
func cached[T any](c *Context, kind, text string, make_ func(string) (T, error)) (T, error) {
	type result struct {
		v   T
		err error
	}
	k := cacheKey{kind, text}
	if r, ok := c.cache[k]; ok {
		return r.(result).v, r.(result).err
	}
	if c.cache == nil || len(c.cache) >= cacheLimit {
		c.cache = map[cacheKey]any{}
	}
	text = strings.Clone(text) // it may be a view of a column
	v, err := make_(text)
	c.cache[cacheKey{kind, text}] = result{v, err}
	return v, err
}
