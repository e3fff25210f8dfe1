package kernel

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// AddMonths moves a date by months; a day beyond the end of the month becomes its last day.
func AddMonths(days, months int64) int64 {
	y, m, d := CivilDate(days)
	total := int64(y)*12 + int64(m-1) + months
	y, m = int(floorDiv(total, 12)), int(floorMod(total, 12))+1
	return Days(y, m, min(d, DaysIn(y, m)))
}

// AddMonthsTicks is AddMonths for a local timestamp in ticks of the unit.
func AddMonthsTicks(ticks int64, unit int, months int64) int64 {
	per := 86400 * pow10[unit]
	days := floorDiv(ticks, per)
	return AddMonths(days, months)*per + (ticks - days*per)
}

// AddInterval adds sign times an interval to a DATE, TIME or timestamp, with a result of type t
// (the type of a). Months of a TIMESTAMP_LTZ are counted in UTC, as Flink does; a TIME wraps
// around midnight; a DATE takes whole days.
func AddInterval(ctx *Context, a, iv Vec, n int, sign int64, t types.Type) Vec {
	if a.AllNull() || iv.AllNull() {
		return NullVec(t.Nullable(true))
	}
	if a.Const && iv.Const {
		n = 1
	}
	in, by := Ticks(a, n), Ticks(iv, n)
	ma, mb := a.mask(), iv.mask()
	months := iv.Type().Kind == types.IntervalYM
	unit := t.Unit()
	valid := Valid(n, a, iv)
	if t.IsTimestamp() && !months && iv.Const && !a.Const {
		out := batch.Uninit[int64](n)
		d := ConvertUnit(sign*by[0], 3, unit)
		for i, x := range in {
			out[i] = x + d
		}
		return Vec{Col: MakeTicks(t, out, valid)}
	}
	out := make([]int64, n)
	for i := range out {
		if valid != nil && !batch.Bit(valid, i) {
			continue
		}
		x, d := in[i&ma], sign*by[i&mb]
		switch {
		case t.Kind == types.Date && months:
			x = AddMonths(x, d)
		case t.Kind == types.Date:
			x = floorDiv(x*msPerDay+d, msPerDay)
		case t.Kind == types.Time:
			if !months {
				x = floorMod(x+ConvertUnit(d, 3, unit), 86400*pow10[unit])
			}
		case months:
			x = AddMonthsTicks(x, unit, d)
		default:
			x += ConvertUnit(d, 3, unit)
		}
		out[i] = x
	}
	return Vec{Col: MakeTicks(t, out, valid), Const: a.Const && iv.Const}
}

// SubtractTimes is a - b as an INTERVAL DAY TO SECOND; both have one type.
func SubtractTimes(a, b Vec, n int, t types.Type) Vec {
	if a.AllNull() || b.AllNull() {
		return NullVec(t.Nullable(true))
	}
	x, y := Ticks(a, n), Ticks(b, n)
	ma, mb := a.mask(), b.mask()
	out := make([]int64, n)
	for i := range out {
		d := x[i&ma] - y[i&mb]
		if a.Type().Kind == types.Date {
			out[i] = d * msPerDay
		} else {
			out[i] = ConvertUnit(d, a.Type().Unit(), 3)
		}
	}
	return ColVec(batch.MakeFixed(t, out, Valid(n, a, b)))
}
