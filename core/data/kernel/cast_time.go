package kernel

import (
	"math"
	"strings"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// temporal converts between DATE, TIME, TIMESTAMP and TIMESTAMP_LTZ. A TIME becomes a timestamp
// of 1970-01-01. Fractions finer than the target's precision are cut.
func (c *caster) temporal() (*batch.Column, error) {
	from, to := c.from, c.to
	in := Ticks(ColVec(c.v.Col), c.n)
	out := make([]int64, c.n)
	zone := c.ctx.zone()
	valid := Valid(c.n, ColVec(c.v.Col))
	most := mostTicks(from, to)
	var beyond []int
	for i, x := range in {
		if valid != nil && !batch.Bit(valid, i) {
			continue
		}
		if x > most || x < -most {
			if err := c.fail(string(AppendText(nil, c.v.Col, i, zone))); err != nil {
				return nil, err
			}
			beyond = append(beyond, i)
			continue
		}
		unit := from.Unit()
		switch from.Kind {
		case types.Date:
			unit = to.Unit()
			x *= 86400 * pow10[unit]
		case types.TimestampLTZ:
			if to.Kind != types.TimestampLTZ {
				x = zone.ToLocal(x, unit)
			}
		}
		switch to.Kind {
		case types.Date:
			out[i] = floorDiv(x, 86400*pow10[unit])
			continue
		case types.Time:
			x = floorMod(x, 86400*pow10[unit])
		}
		x = ConvertUnit(x, unit, to.Unit())
		x = cutPrecision(x, to.Unit(), to.Precision)
		if to.Kind == types.TimestampLTZ && from.Kind != types.TimestampLTZ {
			x = zone.ToInstant(x, to.Unit())
		}
		out[i] = x
	}
	return MakeTicks(to, out, without(valid, c.n, beyond)), nil
}

// mostTicks is the largest value of a type that another one holds: nanoseconds reach from 1677 to
// 2262 only. A day is kept for what a time zone adds.
func mostTicks(from, to types.Type) int64 {
	const all = math.MaxInt64
	switch {
	case to.Kind == types.Date || to.Kind == types.Time:
		return all
	case from.Kind == types.Date:
		return all/(86400*pow10[to.Unit()]) - 1
	case to.Unit() > from.Unit():
		return all/pow10[to.Unit()-from.Unit()] - 86400*pow10[from.Unit()]
	}
	return all
}

// without is a validity bitmap in which some of n rows are NULL too.
func without(valid []byte, n int, rows []int) []byte {
	if len(rows) == 0 {
		return valid
	}
	out := make([]byte, (n+7)/8)
	for i := range n {
		if valid == nil || batch.Bit(valid, i) {
			batch.SetBit(out, i)
		}
	}
	for _, i := range rows {
		batch.ClearBit(out, i)
	}
	return out
}

// MakeTicks makes a column of a temporal or interval type from int64 values.
func MakeTicks(t types.Type, ticks []int64, valid []byte) *batch.Column {
	switch {
	case t.Kind == types.Date, t.Kind == types.Time && t.Unit() == 3, t.Kind == types.IntervalYM:
		out := make([]int32, len(ticks))
		for i, x := range ticks {
			out[i] = int32(x)
		}
		return batch.MakeFixed(t, out, valid)
	}
	return batch.MakeFixed(t, ticks, valid)
}

// epochSeconds is a timestamp as seconds since 1970.
func (c *caster) epochSeconds() *batch.Column {
	in := Ticks(ColVec(c.v.Col), c.n)
	out := make([]int64, c.n)
	for i, x := range in {
		out[i] = floorDiv(x, pow10[c.from.Unit()])
	}
	secs := batch.MakeFixed(types.Of(types.BigInt), out, Valid(c.n, ColVec(c.v.Col)))
	return castNumeric(ColVec(secs), c.n, c.to)
}

// interval converts an interval to its count of months or milliseconds, or back.
func (c *caster) interval() *batch.Column {
	as := func(t types.Type) types.Type {
		switch t.Kind {
		case types.IntervalYM:
			return types.Of(types.Int)
		case types.IntervalDT:
			return types.Of(types.BigInt)
		}
		return t
	}
	in := Relabel(ColVec(c.v.Col), as(c.from).Nullable(!c.from.NotNull))
	out := castNumeric(in, c.n, as(c.to).Nullable(!c.to.NotNull))
	return Relabel(ColVec(out), c.to).Col
}

// ParseMonths reads an INTERVAL YEAR TO MONTH as CAST prints it: [+-]years-months.
func ParseMonths(s string) (int64, bool) {
	neg, s := cutSign(trimSpace(s))
	ys, ms, ok := strings.Cut(s, "-")
	if !ok {
		return 0, false
	}
	y, ok1 := digits(ys)
	m, ok2 := digits(ms)
	v := int64(y)*12 + int64(m)
	if neg {
		v = -v
	}
	return v, ok1 && ok2 && m < 12
}

// ParseInterval reads an INTERVAL DAY TO SECOND as CAST prints it: [+-]days hh:mm:ss[.fff].
func ParseInterval(s string) (int64, bool) {
	neg, s := cutSign(trimSpace(s))
	ds, clock, ok := strings.Cut(s, " ")
	if !ok {
		return 0, false
	}
	d, ok1 := digits(ds)
	ns, ok2 := ParseTime(clock)
	v := int64(d)*msPerDay + ns/1_000_000
	if neg {
		v = -v
	}
	return v, ok1 && ok2
}

func cutSign(s string) (neg bool, rest string) {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		return s[0] == '-', s[1:]
	}
	return false, s
}
