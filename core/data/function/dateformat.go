package function

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

const (
	dateTimePattern = "yyyy-MM-dd HH:mm:ss"
)

// formattedTime is the text of the times in [from, to), so that those near to one another, as times
// in a stream are, are not all formatted: nothing as long as the pattern is "".
type formattedTime struct {
	pattern  string
	from, to int64
	text     []byte
}

// formatTicks writes local time by a pattern; the offset is that of the session's zone.
func (c *call) formatTicks(ticks int64, unit int, pattern string) error {
	f := &c.formatted
	if pattern == f.pattern && ticks >= f.from && ticks < f.to {
		c.putBytes(f.text)
		return nil
	}
	p, err := c.ctx.DatePattern(pattern)
	if err != nil {
		return err
	}
	off := c.ctx.ToLocal(c.ctx.ToInstant(ticks, unit), unit) - c.ctx.ToInstant(ticks, unit)
	zone := "UTC"
	if c.ctx.Zone != nil {
		zone = c.ctx.Zone.String()
	}
	secs := int(off / kernel.ConvertUnit(1, 0, unit))
	f.text = p.Format(f.text[:0], kernel.CivilOf(ticks, unit), secs, zone)
	c.putBytes(f.text)
	f.pattern, f.from, f.to = pattern, ticks, ticks
	if span := kernel.ConvertUnit(p.Span(), 0, unit); span > 0 {
		f.from = ticks - (ticks%span+span)%span
		f.to = f.from + span
	}
	return nil
}

// dateFormat is DATE_FORMAT(timestamp, pattern).
func dateFormat(c *call, i int) error {
	t := c.args[0].Type()
	ticks := c.int64(0, i)
	if t.Kind == types.TimestampLTZ {
		ticks = c.ctx.ToLocal(ticks, t.Unit())
	}
	return c.formatTicks(ticks, t.Unit(), c.str(1, i))
}

// dateFormatText is DATE_FORMAT(text, pattern) of text that is yyyy-MM-dd HH:mm:ss.
func dateFormatText(c *call, i int) error {
	civil, ok, err := c.parsePattern(c.str(0, i), dateTimePattern)
	if err != nil || !ok {
		c.putNull()
		return err
	}
	ticks, _ := civil.Ticks(3)
	return c.formatTicks(ticks, 3, c.str(1, i))
}

// parsePattern reads a text by a pattern in the lenient way of Java's older formats.
func (c *call) parsePattern(text, pattern string) (kernel.Civil, bool, error) {
	p, err := c.ctx.DatePattern(pattern)
	if err != nil {
		return kernel.Civil{}, false, err
	}
	civil, ok := p.Parse(text, true)
	return civil, ok, nil
}

// parseStrict reads a text by a pattern, or else, whatever the pattern says, one that is
// yyyy-[m]m-[d]d or that and a time.
func (c *call) parseStrict(text, pattern string) (kernel.Civil, bool, error) {
	p, err := c.ctx.DatePattern(pattern)
	if err != nil {
		return kernel.Civil{}, false, err
	}
	if civil, ok := p.Parse(text, false); ok {
		return civil, true, nil
	}
	civil, ok := jdbcStamp(strings.TrimSpace(text))
	return civil, ok, nil
}

var jdbcEscape = regexp.MustCompile(
	`^(\d{4})-(\d{1,2})-(\d{1,2})(?: (\d+):(\d+):(\d+)(?:\.(\d{1,9}))?)?$`)

// jdbcStamp reads a time in JDBC's form. Months are 1 to 12 and days 1 to 31; what is beyond a
// month's end, or beyond a day's, runs over.
func jdbcStamp(text string) (kernel.Civil, bool) {
	m := jdbcEscape.FindStringSubmatch(text)
	if m == nil {
		return kernel.Civil{}, false
	}
	var v [6]int
	for i := range v {
		v[i], _ = strconv.Atoi(m[i+1])
	}
	if v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > 31 {
		return kernel.Civil{}, false
	}
	nano, _ := strconv.Atoi((m[7] + "000000000")[:9])
	days := kernel.Days(v[0], v[1], 1) + int64(v[2]-1)
	civil := kernel.CivilOf(days*86400+int64(v[3]*3600+v[4]*60+v[5]), 0)
	civil.Nano = nano
	return civil, true
}

func toDate(c *call, i int) error {
	if !c.has(1) {
		days, ok := kernel.ParseDate(c.str(0, i))
		if !ok {
			c.putNull()
			return nil
		}
		c.putInt(int(days))
		return nil
	}
	civil, ok, err := c.parsePattern(c.str(0, i), c.str(1, i))
	if err != nil || !ok {
		c.putNull()
		return err
	}
	c.putInt(int(kernel.Days(civil.Year, civil.Month, civil.Day)))
	return nil
}

// parseStamp reads the text of argument 0, by the pattern of argument 1 if there is one.
func (c *call) parseStamp(i int) (ms int64, ok bool, err error) {
	civil, ok := kernel.Civil{}, false
	if c.has(1) {
		civil, ok, err = c.parseStrict(c.str(0, i), c.str(1, i))
	} else {
		civil, ok = kernel.ParseTimestamp(c.str(0, i))
	}
	if err != nil || !ok {
		return 0, false, err
	}
	ms, ok = civil.Ticks(3)
	return ms, ok, nil
}

func toTimestamp(c *call, i int) error {
	ms, ok, err := c.parseStamp(i)
	if err != nil || !ok {
		c.putNull()
		return err
	}
	c.putInt64(ms)
	return nil
}

// toLTZText is TO_TIMESTAMP_LTZ(text [, pattern [, zone]]); the zone is UTC if not given.
func toLTZText(c *call, i int) error {
	ms, ok, err := c.parseStamp(i)
	if !ok && err == nil && !c.has(1) {
		err = errs.Dataf("'%s' is no date and time (yyyy-MM-dd HH:mm:ss)", c.str(0, i)).
			Fix("TO_TIMESTAMP_LTZ(text, format) gives NULL for such text")
	}
	if err != nil || !ok {
		c.putNull()
		return err
	}
	if c.has(2) {
		zone, err := c.ctx.ZoneNamed(c.str(2, i))
		if err != nil {
			c.putNull()
			return nil
		}
		ms = zone.ToInstant(ms, 3)
	}
	c.putInt64(ms)
	return nil
}

// inferToLTZ binds TO_TIMESTAMP_LTZ(number [, precision]): seconds (0), milliseconds (3) or other
// fractions of a second since 1970.
func inferToLTZ(args []Arg) (Bound, error) {
	const syntax = "TO_TIMESTAMP_LTZ(number[, precision]), TO_TIMESTAMP_LTZ(text[, format[, zone]])"
	if len(args) == 0 || len(args) > 3 ||
		!args[0].Type.IsNumeric() && args[0].Type.Kind != types.Null {
		return sigs(on(str, str, str).optional(2).with(nullable).returns(ltz3T, rows(toLTZText)))(
			"TO_TIMESTAMP_LTZ", syntax)(args)
	}
	precision := int64(3)
	if len(args) == 2 {
		var ok bool
		if precision, ok = args[1].Int(); !ok || precision < 0 || precision > 9 {
			return Bound{}, errs.Userf("the precision of TO_TIMESTAMP_LTZ must be a constant of 0 to 9")
		}
	}
	if len(args) > 2 {
		return Bound{}, mismatch("TO_TIMESTAMP_LTZ", syntax, args)
	}
	result := types.WithPrecision(types.TimestampLTZ, max(3, int(precision)))
	k := func(ctx *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
		if args[0].Col.Type.IsApprox() {
			return approxToLTZ(ctx, args[0], n, int(precision), t)
		}
		by := kernel.ConstVec(batch.MakeFixed(bigintT,
			[]int64{kernel.ConvertUnit(1, int(precision), t.Unit())}, nil))
		v, err := kernel.Cast(ctx, args[0], n, bigintT, false)
		if err != nil {
			return v, err
		}
		if v, err = kernel.Arith(kernel.Mul, v, by, n, bigintT); err != nil || v.AllNull() {
			return v, err
		}
		out := kernel.MakeTicks(t, kernel.Ticks(v, n), kernel.Valid(n, v))
		return kernel.Vec{Col: out, Const: v.Const}, nil
	}
	b := Bound{Result: result, Kernel: k}
	for _, a := range args {
		b.Args = append(b.Args, a.Type)
	}
	return b, nil
}

// The years that a number may stand for in TO_TIMESTAMP_LTZ, 0 to 9999, as seconds since 1970.
const (
	minEpochSeconds = -62167219200
	maxEpochSeconds = 253402300799
)

// approxToLTZ is TO_TIMESTAMP_LTZ of a FLOAT or DOUBLE: its fraction counts, to the nanosecond, and
// nanoseconds beyond BIGINT are the last ones, as in Flink.
func approxToLTZ(ctx *kernel.Context, arg kernel.Vec, n, precision int, t types.Type) (kernel.Vec,
	error) {
	v, err := kernel.Cast(ctx, arg, n, doubleT, false)
	if err != nil {
		return v, err
	}
	col := v.Column(n)
	in, out := batch.Values[float64](col), batch.NewBuilder(t, n)
	scale := math.Pow10(precision)
	for i := range n {
		x := in[i] / scale // seconds
		if col.IsNull(i) || x < minEpochSeconds || x > maxEpochSeconds {
			out.AppendNull()
			continue
		}
		nanos := kernel.SaturateLong(in[i] * math.Pow10(9-precision))
		per := int64(math.Pow10(9 - t.Unit()))
		ticks := nanos / per
		if nanos%per < 0 {
			ticks--
		}
		batch.Append(out, ticks)
	}
	return kernel.ColVec(out.Finish()), nil
}

func convertTz(c *call, i int) error {
	civil, ok, err := c.parsePattern(c.str(0, i), dateTimePattern)
	if err != nil || !ok {
		c.putNull()
		return err
	}
	from, err := c.ctx.ZoneNamed(c.str(1, i))
	if err != nil {
		return err
	}
	to, err := c.ctx.ZoneNamed(c.str(2, i))
	if err != nil {
		return err
	}
	ms, _ := civil.Ticks(3)
	p, _ := c.ctx.DatePattern(dateTimePattern)
	ms = to.ToLocal(from.ToInstant(ms, 3), 3)
	c.putBytes(p.Format(nil, kernel.CivilOf(ms, 3), 0, ""))
	return nil
}

func fromUnixtime(c *call, i int) error {
	pattern := dateTimePattern
	if c.has(1) {
		pattern = c.str(1, i)
	}
	return c.formatTicks(c.ctx.ToLocal(c.int64(0, i), 0), 0, pattern)
}

// unixTimestamp is UNIX_TIMESTAMP(text [, pattern]); text that cannot be read gives the least
// BIGINT, as in Flink.
func unixTimestamp(c *call, i int) error {
	pattern := dateTimePattern
	if c.has(1) {
		pattern = c.str(1, i)
	}
	p, err := c.ctx.DatePattern(pattern)
	if err != nil {
		return err
	}
	civil, offset, ok := p.ParseZoned(c.str(0, i), true)
	if !ok {
		c.putInt64(math.MinInt64)
		return nil
	}
	secs, _ := civil.Ticks(0)
	if offset != nil {
		c.putInt64(secs - int64(*offset))
	} else {
		c.putInt64(c.ctx.ToInstant(secs, 0))
	}
	return nil
}

func dateFormatFunctions() []*Scalar {
	unix := timeScalar("UNIX_TIMESTAMP", "UNIX_TIMESTAMP(), UNIX_TIMESTAMP(text[, format])",
		"Seconds since 1970: now, or those of a date and time in the session's zone.",
		"UNIX_TIMESTAMP('1970-01-01 00:00:10') → 10",
		on().with(notNull).returns(bigintT, func(ctx *kernel.Context, _ []kernel.Vec, n int,
			t types.Type) (kernel.Vec, error) {
			secs := ctx.Now() / int64(time.Second/time.Millisecond)
			return kernel.ConstVec(batch.MakeFixed(t, []int64{secs}, nil)), nil
		}),
		on(str, str).optional(1).returns(bigintT, rows(unixTimestamp)))
	unix.Determinism = PerQuery
	return []*Scalar{
		timeScalar("DATE_FORMAT", "DATE_FORMAT(timestamp, format)",
			"The time in a format of Java (yyyy-MM-dd HH:mm:ss).",
			"DATE_FORMAT(TIMESTAMP '2024-05-15 12:34:56', 'dd.MM.yy') → 15.05.24",
			on(stamp, str).with(nullable).returns(stringT, rows(dateFormat)),
			on(str, str).with(nullable).returns(stringT, rows(dateFormatText))).raises(),
		timeScalar("TO_DATE", "TO_DATE(text[, format])",
			"The date that the text is in the format (yyyy-MM-dd); NULL if it is none.",
			"TO_DATE('15.05.2024', 'dd.MM.yyyy') → 2024-05-15",
			on(str, str).optional(1).with(nullable).returns(dateT, rows(toDate))).raises(),
		timeScalar("TO_TIMESTAMP", "TO_TIMESTAMP(text[, format])",
			"The TIMESTAMP(3) that the text is in the format (yyyy-MM-dd HH:mm:ss); NULL if it is "+
				"none.", "TO_TIMESTAMP('2024-05-15 12:34:56') → 2024-05-15 12:34:56.000",
			on(str, str).optional(1).with(nullable).returns(ts3T, rows(toTimestamp))).raises(),
		{Name: "TO_TIMESTAMP_LTZ", Category: "temporal", Raises: true,
			Syntax: "TO_TIMESTAMP_LTZ(number[, precision]), TO_TIMESTAMP_LTZ(text[, format[, zone]])",
			Doc: "The instant of a number of seconds (precision 0), milliseconds (3) or other fractions " +
				"(up to 9) since 1970, or of a text in a format and zone (UTC).",
			Example: "TO_TIMESTAMP_LTZ(100, 0) → 1970-01-01 00:01:40.000", Infer: inferToLTZ},
		timeScalar("CONVERT_TZ", "CONVERT_TZ(text, from, to)", "A date and time "+
			"(yyyy-MM-dd HH:mm:ss) of one time zone in another.",
			"CONVERT_TZ('1970-01-01 00:00:00', 'UTC', 'America/Los_Angeles') → 1969-12-31 16:00:00",
			on(str, str, str).with(nullable).returns(stringT, rows(convertTz))).raises(),
		timeScalar("FROM_UNIXTIME", "FROM_UNIXTIME(seconds[, format])",
			"The date and time of seconds since 1970 in the session's zone.",
			"FROM_UNIXTIME(44) → 1970-01-01 00:00:44",
			on(i64, str).optional(1).with(nullable).returns(stringT, rows(fromUnixtime))).raises(),
		unix,
	}
}
