// Package nexmark is a source of the events of the public Nexmark benchmark: people, auctions and
// bids of an auction house, in its proportions and distributions.
package nexmark

import (
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
	splits := connector.StridedSplits(s.events, ctx.Parallelism)
	return connector.NewListEnumerator(splits, restored)
}

// NewReader implements connector.Source.
func (s *Source) NewReader(ctx *connector.ReaderContext) (connector.Reader, error) {
	rate := 0.0
	if s.paced {
		rate = float64(s.rate)
	}
	rows, buf := batch.NewRowBuilder(s.Schema(), 0), []byte(nil)
	return connector.NewStrided(ctx, s.events, rate, func(first, step int64, n int) *batch.Batch {
		for i, c := range s.columns {
			for k := range n {
				s.put(rows.Cols[i], c, first+int64(k)*step, &buf)
			}
		}
		if len(s.columns) == 0 {
			rows.Kinds = make([]types.RowKind, n)
		}
		return rows.Finish()
	}), nil
}

// put appends a column of an event.
func (s *Source) put(b *batch.Builder, column int, n int64, buf *[]byte) {
	kind := s.kind(n)
	switch {
	case column == typeColumn:
		batch.Append(b, int32(kind))
	case column != kind+personColumn:
		b.AppendNull()
	case column == personColumn:
		s.person(b, n, buf)
	case column == auctionColumn:
		s.auction(b, n, buf)
	default:
		s.bid(b, n, buf)
	}
}
