package function

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

var (
	ltz3T   = types.WithPrecision(types.TimestampLTZ, 3)
	ts3T    = types.WithPrecision(types.Timestamp, 3)
	timeT   = types.WithPrecision(types.Time, 0)
	symbol  = str // a unit or the like, as a text constant
	instant = keep(ltz3T, func(t types.Type) bool { return t.IsTemporal() })
)

func timeScalar(name, syntax, doc, example string, list ...sig) *Scalar {
	return def(Scalar{Name: name, Category: "temporal", Syntax: syntax, Doc: doc, Example: example},
		list...)
}

// now declares a function of the current time, given in milliseconds and in the session's zone.
func now(name, doc string, d Determinism, t types.Type, value func(ctx *kernel.Context) int64,
) *Scalar {
	f := timeScalar(name, name, doc, "", on().with(notNull).returns(t,
		func(ctx *kernel.Context, _ []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
			return kernel.ConstVec(kernel.MakeTicks(t, []int64{value(ctx)}, nil)), nil
		}))
	f.Determinism, f.Niladic = d, true
	return f
}

func local(ctx *kernel.Context, ms int64) int64 { return ctx.ToLocal(ms, 3) }

const msPerDay = 86_400_000

func nowFunctions() []*Scalar {
	clock := func(ctx *kernel.Context) int64 {
		ms := local(ctx, ctx.Now())
		return (ms%msPerDay + msPerDay) % msPerDay / 1000 * 1000
	}
	day := func(ctx *kernel.Context) int64 {
		ms := local(ctx, ctx.Now())
		return (ms - (ms%msPerDay+msPerDay)%msPerDay) / msPerDay
	}
	row := now("CURRENT_ROW_TIMESTAMP", "The time when the row is processed.", PerRow, ltz3T,
		func(ctx *kernel.Context) int64 { return ctx.Clock.NowMs() })
	row.Syntax, row.Niladic = "CURRENT_ROW_TIMESTAMP()", false
	proc := now("PROCTIME", "Processing time, as a time attribute.", PerRow,
		ltz3T.WithAttr(types.ProcTime), func(ctx *kernel.Context) int64 { return ctx.Clock.NowMs() })
	proc.Syntax, proc.Niladic = "PROCTIME()", false
	nowf := now("NOW", "CURRENT_TIMESTAMP.", PerQuery, ltz3T, (*kernel.Context).Now)
	nowf.Syntax = "NOW()"
	return []*Scalar{
		now("LOCALTIME", "The time of day in the session's zone.", PerQuery, timeT, clock),
		now("LOCALTIMESTAMP", "The date and time in the session's zone.", PerQuery, ts3T,
			func(ctx *kernel.Context) int64 { return local(ctx, ctx.Now()) }),
		now("CURRENT_TIME", "LOCALTIME.", PerQuery, timeT, clock),
		now("CURRENT_DATE", "The date in the session's zone.", PerQuery, dateT, day),
		now("CURRENT_TIMESTAMP", "The current instant: the start of the query in batch mode.",
			PerQuery, ltz3T, (*kernel.Context).Now),
		nowf, row, proc,
	}
}

// localTicks reads a temporal vector as local time with its unit (0 for dates, in seconds).
func localTicks(ctx *kernel.Context, v kernel.Vec, n int) ([]int64, int) {
	in, t := kernel.Ticks(v, n), v.Type()
	switch t.Kind {
	case types.Date:
		out := make([]int64, len(in))
		for i, d := range in {
			out[i] = d * 86400
		}
		return out, 0
	case types.TimestampLTZ:
		out := make([]int64, len(in))
		for i, x := range in {
			out[i] = ctx.ToLocal(x, t.Unit())
		}
		return out, t.Unit()
	}
	return in, t.Unit()
}

func unknownUnit(unit string) error {
	return errs.Userf("'%s' is no unit of time here", unit).
		Fix("use YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND or MILLISECOND")
}

// extractKernel gives the part of argument at that unit (or, unit "", argument 0) names.
func extractKernel(unit string, at int) Kernel {
	return func(ctx *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
		u := unit
		if u == "" && n > 0 {
			u = args[0].Col.Str(0)
		}
		v := args[at]
		if v.AllNull() || v.Type().Kind == types.Null {
			return kernel.NullVec(t.Nullable(true)), nil
		}
		if v.Type().IsInterval() {
			return extractInterval(u, v, n, t)
		}
		in, tick := localTicks(ctx, v, n)
		out := make([]int64, n)
		for i, x := range in {
			var ok bool
			if out[i], ok = kernel.Extract(u, x, tick); !ok {
				return kernel.Vec{}, unknownUnit(u)
			}
		}
		return kernel.ColVec(batch.MakeFixed(t, out, kernel.Valid(n, v))), nil
	}
}

func extractInterval(unit string, v kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
	divide := map[string][2]int64{"DAY": {msPerDay, 0}, "HOUR": {3_600_000, 24},
		"MINUTE": {60_000, 60}, "SECOND": {1000, 60}, "MILLISECOND": {1, 1000}, "EPOCH": {1000, 0}}
	if v.Type().Kind == types.IntervalYM {
		divide = map[string][2]int64{"YEAR": {12, 0}, "QUARTER": {3, 4}, "MONTH": {1, 12}}
	}
	d, ok := divide[unit]
	if !ok {
		return kernel.Vec{}, unknownUnit(unit)
	}
	out := make([]int64, n)
	for i, x := range kernel.Ticks(v, n) {
		if out[i] = x / d[0]; d[1] > 0 {
			out[i] %= d[1]
		}
	}
	return kernel.ColVec(batch.MakeFixed(t, out, kernel.Valid(n, v))), nil
}

// truncKernel is FLOOR(time TO unit), or CEIL; the unit is argument 1.
func truncKernel(up bool) Kernel {
	return func(ctx *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
		v := args[0]
		if v.AllNull() || n == 0 {
			return kernel.NullVec(t.Nullable(true)), nil
		}
		unit := args[1].Col.Str(0)
		in, tick := localTicks(ctx, v, n)
		out := make([]int64, n)
		for i, x := range in {
			r, ok := kernel.TruncTime(unit, x, tick, up)
			if !ok {
				return kernel.Vec{}, unknownUnit(unit)
			}
			switch t.Kind {
			case types.Date:
				r /= 86400
			case types.TimestampLTZ:
				r = ctx.ToInstant(r, tick)
			}
			out[i] = r
		}
		return kernel.ColVec(kernel.MakeTicks(t, out, kernel.Valid(n, v))), nil
	}
}

// unitInterval is the interval type and factor of a unit.
func unitInterval(unit string) (t types.Type, factor int64, ok bool) {
	months := map[string]int64{"YEAR": 12, "QUARTER": 3, "MONTH": 1}
	ms := map[string]int64{"WEEK": 7 * msPerDay, "DAY": msPerDay, "HOUR": 3_600_000,
		"MINUTE": 60_000, "SECOND": 1000, "MILLISECOND": 1}
	if f, ok := months[unit]; ok {
		return types.Of(types.IntervalYM), f, true
	}
	f, ok := ms[unit]
	return types.Of(types.IntervalDT), f, ok
}

// makeInterval multiplies an integer vector into an interval.
func makeInterval(ctx *kernel.Context, v kernel.Vec, n int, unit string) (kernel.Vec, error) {
	t, factor, ok := unitInterval(unit)
	if !ok {
		return kernel.Vec{}, unknownUnit(unit)
	}
	big, err := kernel.Cast(ctx, v, n, bigintT, false)
	if err != nil {
		return big, err
	}
	by := kernel.ConstVec(batch.MakeFixed(bigintT, []int64{factor}, nil))
	if big, err = kernel.Arith(kernel.Mul, big, by, n, bigintT); err != nil {
		return big, err
	}
	return kernel.Cast(ctx, big, n, t.Nullable(!v.Type().NotNull), false)
}

// inferInterval binds INTERVAL number unit.
func inferInterval(args []Arg) (Bound, error) {
	const syntax = "INTERVAL number unit"
	if len(args) != 2 || !args[0].Type.IsNumeric() {
		return Bound{}, mismatch("INTERVAL", syntax, args)
	}
	unit, ok := args[1].Text()
	t, _, known := unitInterval(unit)
	if !ok || !known {
		return Bound{}, unknownUnit(unit)
	}
	k := func(ctx *kernel.Context, args []kernel.Vec, n int, _ types.Type) (kernel.Vec, error) {
		return makeInterval(ctx, args[0], n, unit)
	}
	return Bound{Args: []types.Type{bigintT.Nullable(!args[0].Type.NotNull), args[1].Type},
		Result: t.Nullable(!args[0].Type.NotNull), Kernel: k}, nil
}

// inferTimestampAdd binds TIMESTAMPADD(unit, count, time); hours of a DATE give a TIMESTAMP.
func inferTimestampAdd(args []Arg) (Bound, error) {
	const syntax = "TIMESTAMPADD(unit, count, time)"
	if len(args) != 3 || !args[1].Type.IsNumeric() || !args[2].Type.IsTemporal() {
		return Bound{}, mismatch("TIMESTAMPADD", syntax, args)
	}
	unit, _ := args[0].Text()
	iv, factor, ok := unitInterval(unit)
	if !ok {
		return Bound{}, unknownUnit(unit)
	}
	t := args[2].Type.WithAttr(types.NoTime)
	if t.Kind == types.Date && iv.Kind == types.IntervalDT && factor%msPerDay != 0 {
		t = types.WithPrecision(types.Timestamp, 0)
	}
	k := func(ctx *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
		by, err := makeInterval(ctx, args[1], n, unit)
		if err != nil {
			return by, err
		}
		return kernel.AddInterval(ctx, args[2], by, n, 1, t), nil
	}
	null := !args[1].Type.NotNull || !args[2].Type.NotNull
	return Bound{Args: []types.Type{args[0].Type, bigintT.Nullable(!args[1].Type.NotNull),
		t.Nullable(!args[2].Type.NotNull)}, Result: t.Nullable(null), Kernel: k}, nil
}

// inferTimestampDiff binds TIMESTAMPDIFF(unit, a, b): whole units from a to b.
func inferTimestampDiff(args []Arg) (Bound, error) {
	const syntax = "TIMESTAMPDIFF(unit, time1, time2)"
	if len(args) != 3 {
		return Bound{}, mismatch("TIMESTAMPDIFF", syntax, args)
	}
	t, ok := commonOf(args[1:])
	if !ok || !t.IsTemporal() {
		return Bound{}, mismatch("TIMESTAMPDIFF", syntax, args)
	}
	unit, _ := args[0].Text()
	if _, ok := kernel.TimestampDiff(unit, 0, 0, 3); !ok {
		return Bound{}, unknownUnit(unit)
	}
	k := func(ctx *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
		if args[1].AllNull() || args[2].AllNull() {
			return kernel.NullVec(t.Nullable(true)), nil
		}
		a, tick := localTicks(ctx, args[1], n)
		b, _ := localTicks(ctx, args[2], n)
		out := make([]int32, n)
		for i := range out {
			v, _ := kernel.TimestampDiff(unit, a[args[1].At(i)], b[args[2].At(i)], tick)
			out[i] = int32(v)
		}
		return kernel.ColVec(batch.MakeFixed(t, out, kernel.Valid(n, args[1], args[2]))), nil
	}
	return Bound{Args: []types.Type{args[0].Type, t.Nullable(!args[1].Type.NotNull),
		t.Nullable(!args[2].Type.NotNull)}, Result: intT.Nullable(!t.NotNull), Kernel: k}, nil
}

// overlaps is (a, b) OVERLAPS (c, d) where the second of each pair is a time.
func overlaps(c *call, i int) error {
	var v [4]int64
	for k := range v {
		if at := c.at(k, i); c.col(k).Type.Kind == types.Date || c.col(k).Type.Kind == types.Time &&
			c.col(k).Type.Unit() == 3 {
			v[k] = int64(batch.Values[int32](c.col(k))[at])
		} else {
			v[k] = batch.Values[int64](c.col(k))[at]
		}
	}
	from1, to1 := min(v[0], v[1]), max(v[0], v[1])
	from2, to2 := min(v[2], v[3]), max(v[2], v[3])
	c.putBool(from1 <= to2 && from2 <= to1)
	return nil
}

// inferOverlaps turns intervals into end points and brings the four times to one type.
func inferOverlaps(args []Arg) (Bound, error) {
	const syntax = "(time1, end1) OVERLAPS (time2, end2)"
	if len(args) != 4 {
		return Bound{}, mismatch("OVERLAPS", syntax, args)
	}
	times := []Arg{args[0], args[2]}
	for _, k := range []int{1, 3} {
		if !args[k].Type.IsInterval() {
			times = append(times, args[k])
		}
	}
	t, ok := commonOf(times)
	if !ok || !t.IsTemporal() {
		return Bound{}, mismatch("OVERLAPS", syntax, args)
	}
	compare := rows(overlaps)
	k := func(ctx *kernel.Context, args []kernel.Vec, n int, res types.Type) (kernel.Vec, error) {
		ends := append([]kernel.Vec(nil), args...)
		for _, k := range []int{1, 3} {
			if args[k].Type().IsInterval() {
				ends[k] = kernel.AddInterval(ctx, args[k-1], args[k], n, 1, t)
			}
		}
		return compare(ctx, ends, n, res)
	}
	b := Bound{Result: boolT, Kernel: k}
	notNull := true
	for _, a := range args {
		notNull = notNull && a.Type.NotNull
		if a.Type.IsInterval() {
			b.Args = append(b.Args, a.Type)
		} else {
			b.Args = append(b.Args, t.Nullable(!a.Type.NotNull))
		}
	}
	b.Result.NotNull = notNull
	return b, nil
}

// knowsUnit has a function whose first argument is a unit refuse unknown ones before it is called.
func knowsUnit(f *Scalar) *Scalar {
	infer := f.Infer
	f.Infer = func(args []Arg) (Bound, error) {
		b, err := infer(args)
		if err != nil {
			return b, err
		}
		if unit, ok := args[0].Text(); ok {
			if _, known := kernel.Extract(unit, 0, 0); !known {
				return b, unknownUnit(unit)
			}
		}
		return b, nil
	}
	return f
}

func temporalFunctions() []*Scalar {
	part := func(name, unit, doc, example string) *Scalar {
		return timeScalar(name, name+"(time)", doc, example,
			on(instant).returns(bigintT, extractKernel(unit, 0)))
	}
	timeOrInterval := keep(ts3T, func(t types.Type) bool { return t.IsTemporal() || t.IsInterval() })
	return append(nowFunctions(),
		knowsUnit(timeScalar("EXTRACT", "EXTRACT(unit FROM time)", "A part of a time or interval: YEAR, "+
			"QUARTER, MONTH, WEEK (ISO), DAY, HOUR, MINUTE, SECOND, MILLISECOND, MICROSECOND, "+
			"NANOSECOND, DOY, DOW (Sunday is 1), ISODOW, ISOYEAR, EPOCH, DECADE, CENTURY, MILLENNIUM.",
			"EXTRACT('DAY', DATE '2006-06-05') → 5",
			on(symbol, timeOrInterval).returns(bigintT, extractKernel("", 1)))),
		part("YEAR", "YEAR", "The year.", "YEAR(DATE '1994-09-27') → 1994"),
		part("QUARTER", "QUARTER", "The quarter, 1 to 4.", "QUARTER(DATE '1994-09-27') → 3"),
		part("MONTH", "MONTH", "The month, 1 to 12.", "MONTH(DATE '1994-09-27') → 9"),
		part("WEEK", "WEEK", "The ISO week, 1 to 53.", "WEEK(DATE '1994-09-27') → 39"),
		part("DAYOFYEAR", "DOY", "The day of the year.", "DAYOFYEAR(DATE '1994-09-27') → 270"),
		part("DAYOFMONTH", "DAY", "The day of the month.", "DAYOFMONTH(DATE '1994-09-27') → 27"),
		part("DAYOFWEEK", "DOW", "The day of the week; Sunday is 1.",
			"DAYOFWEEK(DATE '1994-09-27') → 3"),
		part("HOUR", "HOUR", "The hour.", "HOUR(TIMESTAMP '1994-09-27 13:14:15') → 13"),
		part("MINUTE", "MINUTE", "The minute.", "MINUTE(TIMESTAMP '1994-09-27 13:14:15') → 14"),
		part("SECOND", "SECOND", "The second.", "SECOND(TIMESTAMP '1994-09-27 13:14:15') → 15"),
		&Scalar{Name: "OVERLAPS", Category: "temporal",
			Syntax:  "(time1, end1) OVERLAPS (time2, end2)",
			Doc:     "TRUE if the two periods, given by start and end or start and length, meet.",
			Example: "OVERLAPS(TIME '2:55:00', TIME '3:55:00', TIME '3:30:00', TIME '5:30:00') → TRUE",
			Infer:   inferOverlaps},
		&Scalar{Name: "TIMESTAMPADD", Category: "temporal", Syntax: "TIMESTAMPADD(unit, count, time)",
			Doc:     "The time moved by a count of units.",
			Example: "TIMESTAMPADD('WEEK', 1, DATE '2003-01-02') → 2003-01-09",
			Infer:   inferTimestampAdd},
		&Scalar{Name: "TIMESTAMPDIFF", Category: "temporal",
			Syntax: "TIMESTAMPDIFF(unit, time1, time2)",
			Doc:    "The number of whole units from time1 to time2.",
			Example: "TIMESTAMPDIFF('DAY', TIMESTAMP '2003-01-02 10:00:00', " +
				"TIMESTAMP '2003-01-03 10:00:00') → 1", Infer: inferTimestampDiff},
		&Scalar{Name: "INTERVAL", Category: "temporal", Syntax: "INTERVAL number unit",
			Doc: "An interval of a number of units.", Example: "INTERVAL(3, 'DAY') → +3 00:00:00.000",
			Infer: inferInterval},
		timeScalar("CURRENT_WATERMARK", "CURRENT_WATERMARK(rowtime)",
			"The watermark in force, NULL before the first one.", "",
			on(stamp).with(nullable).returnsFn(first, currentWatermark)).perRow(),
	)
}

func (f *Scalar) perRow() *Scalar {
	f.Determinism = PerRow
	return f
}

func currentWatermark(ctx *kernel.Context, _ []kernel.Vec, _ int, t types.Type,
) (kernel.Vec, error) {
	if ctx.Watermark == batch.NoTime {
		return kernel.NullVec(t.Nullable(true)), nil
	}
	ms := ctx.Watermark
	ticks := kernel.ConvertUnit(ms, 3, t.Unit())
	return kernel.ConstVec(kernel.MakeTicks(t, []int64{ticks}, nil)), nil
}
