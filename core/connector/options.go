package connector

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
)

// Options reads the values of options with their types. It keeps the first error, so that a
// constructor asks once, at the end.
type Options struct {
	table  string
	prefix string
	values map[string]string
	err    error
}

// NewOptions reads the options of the named table; prefix is put before each name ("csv.").
func NewOptions(table, prefix string, values map[string]string) *Options {
	return &Options{table: table, prefix: prefix, values: values}
}

// OptionReader reads the table's own options.
func (t *Table) OptionReader() *Options { return NewOptions(t.Name, "", t.Options) }

// Err is the first error found.
func (o *Options) Err() error { return o.err }

// Has says whether the option is set.
func (o *Options) Has(name string) bool {
	_, ok := o.values[o.prefix+name]
	return ok
}

// Fail records that the value of an option is wrong; need says what is right.
func (o *Options) Fail(name, need string) {
	if o.err == nil {
		o.err = errs.Userf("table '%s': option '%s' = '%s' is not %s", o.table, o.prefix+name,
			o.values[o.prefix+name], need)
	}
}

// String returns the value, or def.
func (o *Options) String(name, def string) string {
	if v, ok := o.values[o.prefix+name]; ok {
		return v
	}
	return def
}

// Bool reads true or false in any case.
func (o *Options) Bool(name string, def bool) bool {
	v, ok := o.values[o.prefix+name]
	if !ok {
		return def
	}
	switch strings.ToLower(strings.TrimSpace(v)) {
	case "true":
		return true
	case "false":
		return false
	}
	o.Fail(name, "true or false")
	return def
}

// Int reads a whole number of at least low.
func (o *Options) Int(name string, def, low int64) int64 {
	v, ok := o.values[o.prefix+name]
	if !ok {
		return def
	}
	n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
	if err != nil {
		o.Fail(name, "a whole number")
		return def
	}
	if n < low {
		o.Fail(name, "at least "+strconv.FormatInt(low, 10))
		return def
	}
	return n
}

// Float reads a number.
func (o *Options) Float(name string, def float64) float64 {
	v, ok := o.values[o.prefix+name]
	if !ok {
		return def
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
	if err != nil {
		o.Fail(name, "a number")
		return def
	}
	return f
}

// Duration reads '10 s', '1 min' and the like.
func (o *Options) Duration(name string, def time.Duration) time.Duration {
	v, ok := o.values[o.prefix+name]
	if !ok {
		return def
	}
	d, err := config.ParseDuration(v)
	if err != nil {
		o.Fail(name, "a duration like '10 s' or '1 min'")
		return def
	}
	return d
}

// Memory reads '128 mb' and the like as bytes.
func (o *Options) Memory(name string, def int64) int64 {
	v, ok := o.values[o.prefix+name]
	if !ok {
		return def
	}
	n, err := config.ParseMemory(v)
	if err != nil {
		o.Fail(name, "a size like '128 mb'")
		return def
	}
	return n
}

// Enum reads one of the allowed words, case ignored; the answer is spelled as in allowed.
func (o *Options) Enum(name, def string, allowed ...string) string {
	v, ok := o.values[o.prefix+name]
	if !ok {
		return def
	}
	i := slices.IndexFunc(allowed, func(a string) bool { return strings.EqualFold(a, v) })
	if i < 0 {
		if o.err == nil {
			o.err = errs.Userf("table '%s': option '%s' = '%s' is not one of %s", o.table,
				o.prefix+name, v, strings.Join(allowed, ", ")).Fix("%s", errs.DidYouMean(v, allowed))
		}
		return def
	}
	return allowed[i]
}

// Char reads a single ASCII character; \t, \n and \\ are understood.
func (o *Options) Char(name string, def byte) byte {
	v, ok := o.values[o.prefix+name]
	if !ok {
		return def
	}
	switch v {
	case `\t`:
		return '\t'
	case `\n`:
		return '\n'
	case `\\`:
		return '\\'
	}
	if len(v) != 1 || v[0] >= utf8.RuneSelf {
		o.Fail(name, "one ASCII character")
		return def
	}
	return v[0]
}
