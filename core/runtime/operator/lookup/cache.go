package lookup

import (
	"container/list"
	"time"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

// options are the lookup.* options of a table, with the names that connectors had for them before.
type options struct {
	partial                     bool
	maxRows                     int64
	afterWriteMs, afterAccessMs int64
	keepMissing                 bool
	maxRetries                  int
	timed, fixedRate            bool
	interval                    time.Duration
	isoTime                     string
	days                        int64
}

func readOptions(name string, values map[string]string) (options, error) {
	r := connector.NewOptions(name, "lookup.", values)
	o := options{
		partial:       r.Enum("cache", "NONE", "NONE", "PARTIAL", "FULL") == "PARTIAL",
		maxRows:       r.Int("partial-cache.max-rows", -1, 1),
		afterWriteMs:  r.Duration("partial-cache.expire-after-write", 0).Milliseconds(),
		afterAccessMs: r.Duration("partial-cache.expire-after-access", 0).Milliseconds(),
		keepMissing:   r.Bool("partial-cache.cache-missing-key", true),
		maxRetries:    int(r.Int("max-retries", 3, 0)),
		timed: r.Enum("full-cache.reload-strategy", "PERIODIC", "PERIODIC", "TIMED") ==
			"TIMED",
		interval: r.Duration("full-cache.periodic-reload.interval", 0),
		fixedRate: r.Enum("full-cache.periodic-reload.schedule-mode", "FIXED_DELAY",
			"FIXED_DELAY", "FIXED_RATE") == "FIXED_RATE",
		isoTime: r.String("full-cache.timed-reload.iso-time", ""),
		days:    r.Int("full-cache.timed-reload.interval-in-days", 1, 1),
	}
	if !o.partial && !r.Has("cache") && (r.Has("cache.max-rows") || r.Has("cache.ttl")) {
		o.partial = true // older names: both must be set for a cache
		o.maxRows = r.Int("cache.max-rows", -1, 1)
		o.afterWriteMs = r.Duration("cache.ttl", 0).Milliseconds()
		o.keepMissing = r.Bool("cache.caching-missing-key", true)
	}
	return o, r.Err()
}

// cache keeps the rows of keys that were asked for. It belongs to the operator's thread.
type cache struct {
	o      *options
	clock  clock.Clock
	byKey  map[string]*list.Element
	recent *list.List // of *entry, most recently used first
	rows   int64
}

type entry struct {
	key               string
	rows              [][]byte
	writtenMs, usedMs int64
}

func (e *entry) size() int64 { return int64(max(1, len(e.rows))) }

func newCache(o *options, c clock.Clock) *cache {
	return &cache{o: o, clock: c, byKey: map[string]*list.Element{}, recent: list.New()}
}

func (c *cache) get(key string) ([][]byte, bool) {
	at := c.byKey[key]
	if at == nil {
		return nil, false
	}
	e := at.Value.(*entry)
	now := c.clock.NowMs()
	if c.o.afterWriteMs > 0 && now-e.writtenMs >= c.o.afterWriteMs ||
		c.o.afterAccessMs > 0 && now-e.usedMs >= c.o.afterAccessMs {
		c.drop(at)
		return nil, false
	}
	e.usedMs = now
	c.recent.MoveToFront(at)
	return e.rows, true
}

func (c *cache) put(key string, rows [][]byte) {
	if at := c.byKey[key]; at != nil {
		c.drop(at)
	}
	if len(rows) == 0 && !c.o.keepMissing {
		return
	}
	now := c.clock.NowMs()
	e := &entry{key: key, rows: rows, writtenMs: now, usedMs: now}
	c.byKey[key] = c.recent.PushFront(e)
	for c.rows += e.size(); c.o.maxRows > 0 && c.rows > c.o.maxRows && c.recent.Len() > 1; {
		c.drop(c.recent.Back())
	}
}

func (c *cache) drop(at *list.Element) {
	e := c.recent.Remove(at).(*entry)
	delete(c.byKey, e.key)
	c.rows -= e.size()
}

// nextReload is when a full cache is read again after begin and end of a reading; ok false: never.
func (o *options) nextReload(beginMs, endMs int64, zone *time.Location) (int64, bool, error) {
	if !o.timed {
		if o.interval <= 0 {
			return 0, false, nil
		}
		if o.fixedRate {
			return max(beginMs+o.interval.Milliseconds(), endMs), true, nil
		}
		return endMs + o.interval.Milliseconds(), true, nil
	}
	for _, layout := range []string{"15:04Z07:00", "15:04:05Z07:00", "15:04", "15:04:05"} {
		t, err := time.ParseInLocation(layout, o.isoTime, zone)
		if err != nil {
			continue
		}
		if t.Location() != zone {
			zone = t.Location()
		}
		end := time.UnixMilli(endMs).In(zone)
		next := time.Date(end.Year(), end.Month(), end.Day(), t.Hour(), t.Minute(), t.Second(), 0,
			zone)
		if !next.After(end) {
			next = next.AddDate(0, 0, int(o.days))
		}
		return next.UnixMilli(), true, nil
	}
	return 0, false, errs.Userf("option 'lookup.full-cache.timed-reload.iso-time' = '%s' is no "+
		"time of day", o.isoTime).Fix("write 10:15, 10:15Z or 10:15+07:00")
}
