// Package nexmark is a source of the events of the public Nexmark benchmark: people, auctions and
// bids of an auction house, in its proportions and distributions.
package nexmark

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

func init() {
	connector.Register(&connector.Factory{
		Name: "nexmark",
		Doc: "The events of the Nexmark benchmark. Columns: event_type INT (0 person, 1 auction, " +
			"2 bid), person ROW, auction ROW, bid ROW. An event follows from its number.",
		Options: []connector.Option{
			{Name: "events.num", Type: "int", Default: "0", Doc: "Events in all; 0: without end."},
			{Name: "first-event.rate", Type: "int", Default: "10000",
				Doc: "Events a second of event time."},
			{Name: "next-event.rate", Type: "int", Default: "10000",
				Doc: "Accepted; the rate is that of the first events."},
			{Name: "rate.limited", Type: "boolean", Default: "false",
				Doc: "Give events no faster than their rate."},
			{Name: "base-time", Type: "int", Default: "1436918400000",
				Doc: "Event time of event 0, ms since 1970."},
			{Name: "person.proportion", Type: "int", Default: "1", Doc: "Share of people."},
			{Name: "auction.proportion", Type: "int", Default: "3", Doc: "Share of auctions."},
			{Name: "bid.proportion", Type: "int", Default: "46", Doc: "Share of bids."},
			{Name: "person.avg-size", Type: "memory", Default: "200", Doc: "Bytes of a person."},
			{Name: "auction.avg-size", Type: "memory", Default: "500", Doc: "Bytes of an auction."},
			{Name: "bid.avg-size", Type: "memory", Default: "100", Doc: "Bytes of a bid."},
			{Name: "bid.hot-ratio.auctions", Type: "int", Default: "2",
				Doc: "One bid in so many is not for a hot auction."},
			{Name: "bid.hot-ratio.bidders", Type: "int", Default: "4",
				Doc: "One bid in so many is not of a hot bidder."},
			{Name: "auction.hot-ratio.sellers", Type: "int", Default: "4",
				Doc: "One auction in so many is not of a hot seller."},
			{Name: "keep-alive", Type: "boolean", Default: "false", Doc: "Accepted."},
			{Name: "rate.shape", Type: "enum(SQUARE|SINE)", Default: "SQUARE", Doc: "Accepted."},
			{Name: "rate.period", Type: "duration", Default: "10 min", Doc: "Accepted."},
		},
		NewSource: func(t *connector.Table) (connector.Source, error) { return newSource(t) },
	})
}

const (
	personType = "ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, " +
		"state STRING, `dateTime` TIMESTAMP(3), extra STRING>"
	auctionType = "ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, " +
		"reserve BIGINT, `dateTime` TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, " +
		"category BIGINT, extra STRING>"
	bidType = "ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, " +
		"`dateTime` TIMESTAMP(3), extra STRING>"
)

// Columns of the table.
const (
	typeColumn = iota
	personColumn
	auctionColumn
	bidColumn
)

// Source makes events.
type Source struct {
	config
	schema  *types.Schema // of the table
	columns []int
	events  int64
	paced   bool
}

func newSource(t *connector.Table) (*Source, error) {
	o := t.OptionReader()
	s := &Source{schema: t.Schema, paced: o.Bool("rate.limited", false), config: config{
		rate: o.Int("first-event.rate", 10000, 1), base: o.Int("base-time", 1436918400000, 0),
		people:      o.Int("person.proportion", 1, 1),
		auctions:    o.Int("auction.proportion", 3, 1),
		bids:        o.Int("bid.proportion", 46, 0),
		personSize:  o.Memory("person.avg-size", 200),
		auctionSize: o.Memory("auction.avg-size", 500),
		bidSize:     o.Memory("bid.avg-size", 100),
		hotAuctions: o.Int("bid.hot-ratio.auctions", 2, 1),
		hotBidders:  o.Int("bid.hot-ratio.bidders", 4, 1),
		hotSellers:  o.Int("auction.hot-ratio.sellers", 4, 1),
	}}
	if s.events = o.Int("events.num", 0, 0); s.events == 0 {
		s.events = math.MaxInt64
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	want := []string{"INT", personType, auctionType, bidType}
	for i, f := range t.Schema.Fields {
		if i >= len(want) || !sameShape(f.Type, types.MustParse(want[i])) {
			return nil, errs.Userf("table '%s': column '%s' of connector 'nexmark' is not as "+
				"expected", t.Name, f.Name).Fix("declare (event_type INT, person %s, auction %s, bid %s)",
				personType, auctionType, bidType)
		}
		s.columns = append(s.columns, i)
	}
	return s, nil
}

// sameShape compares kinds only: names and lengths are the user's.
func sameShape(a, b types.Type) bool {
	if a.Kind != b.Kind || len(a.Fields) != len(b.Fields) || a.IsTimestamp() && a.Unit() != 3 {
		return false
	}
	for i := range a.Fields {
		if !sameShape(a.Fields[i].Type, b.Fields[i].Type) {
			return false
		}
	}
	return true
}

// Schema implements connector.Source.
func (s *Source) Schema() *types.Schema { return connector.ProjectSchema(s.schema, s.columns) }

// Bounded implements connector.Source.
func (s *Source) Bounded() bool { return s.events != math.MaxInt64 }

// Project implements connector.ProjectionPushDown.
func (s *Source) Project(columns []int) (connector.Source, error) {
	out := *s
	out.columns = nil
	for _, c := range columns {
		out.columns = append(out.columns, s.columns[c])
	}
	return &out, nil
}

// NewEnumerator implements connector.Source: reader i of n makes the events i, i+n, …
func (s *Source) NewEnumerator(
	ctx *connector.EnumeratorContext, restored []byte,
) (connector.Enumerator, error) {
	n := int64(max(ctx.Parallelism, 1))
	var splits []connector.Split
	for i := range min(n, s.events) {
		p := part{next: i, step: n}
		splits = append(splits, connector.Split{ID: fmt.Sprint(i), State: p.encode()})
	}
	return connector.NewListEnumerator(splits, restored)
}

type part struct {
	id         string
	next, step int64
}

func (p part) encode() []byte {
	return binary.AppendVarint(binary.AppendVarint(nil, p.next), p.step)
}

// NewReader implements connector.Source.
func (s *Source) NewReader(ctx *connector.ReaderContext) (connector.Reader, error) {
	r := &reader{src: s, ctx: ctx, rows: batch.NewRowBuilder(s.Schema(), 0)}
	if s.paced {
		r.pace.PerSecond = float64(s.rate) / float64(max(ctx.Parallelism, 1))
	}
	return r, nil
}

type reader struct {
	src    *Source
	ctx    *connector.ReaderContext
	parts  []part
	turn   int
	noMore bool
	pace   connector.Pace
	rows   *batch.RowBuilder
	buf    []byte
}

func (r *reader) Add(splits []connector.Split) error {
	for _, s := range splits {
		next, k := binary.Varint(s.State)
		if k <= 0 {
			return errs.Corruptf("split '%s' of a generator cannot be read", s.ID)
		}
		step, _ := binary.Varint(s.State[k:])
		r.parts = append(r.parts, part{s.ID, next, step})
	}
	return nil
}

func (r *reader) NoMoreSplits() { r.noMore = true }

func (r *reader) Poll(maxRows, _ int) (connector.Polled, error) {
	if len(r.parts) == 0 {
		if r.noMore {
			return connector.Polled{Status: connector.Done}, nil
		}
		return connector.Polled{Status: connector.Starved}, nil
	}
	r.turn = (r.turn + 1) % len(r.parts)
	p := &r.parts[r.turn]
	left := (r.src.events-p.next-1)/p.step + 1 // rounded up; never beyond an int64
	n, wait := r.pace.Allow(int(min(int64(maxRows), left)), r.ctx.Clock.NowNs())
	if n == 0 {
		r.ctx.Clock.AfterFunc(wait, r.ctx.Wake)
		return connector.Polled{Status: connector.Waiting}, nil
	}
	for i, c := range r.src.columns {
		for k := range n {
			r.put(r.rows.Cols[i], c, p.next+int64(k)*p.step)
		}
	}
	if len(r.src.columns) == 0 {
		r.rows.Kinds = make([]types.RowKind, n)
	}
	p.next += int64(n) * p.step
	id := p.id
	if p.next >= r.src.events {
		r.parts = append(r.parts[:r.turn], r.parts[r.turn+1:]...)
	}
	return connector.Polled{Batch: r.rows.Finish(), Split: id}, nil
}

// put appends a column of an event.
func (r *reader) put(b *batch.Builder, column int, n int64) {
	kind := r.src.kind(n)
	switch {
	case column == typeColumn:
		batch.Append(b, int32(kind))
	case column != kind+personColumn:
		b.AppendNull()
	case column == personColumn:
		r.src.person(b, n, &r.buf)
	case column == auctionColumn:
		r.src.auction(b, n, &r.buf)
	default:
		r.src.bid(b, n, &r.buf)
	}
}

func (r *reader) Snapshot() ([]connector.Split, error) {
	out := make([]connector.Split, len(r.parts))
	for i, p := range r.parts {
		out[i] = connector.Split{ID: p.id, State: p.encode()}
	}
	return out, nil
}

func (r *reader) Close() error { return nil }
