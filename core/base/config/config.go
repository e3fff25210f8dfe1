// Package config reads configuration: text values under Flink's keys, with their types, units and
// defaults. A key of a namespace that headrace owns must be known; others pass unread, as Flink's
// own do.
package config

import (
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/errs"
)

// Map is a configuration as the user gave it.
type Map map[string]string

// Option is a key with a type and a default.
type Option[T any] struct {
	Key     string
	Default T
	Doc     string
	old     []string // older names of the key, read when the key is not set
	parse   func(string) (T, error)
}

// Get returns the value in m or the default; a value that cannot be read is a user error that
// names the key.
func (o *Option[T]) Get(m Map) (T, error) {
	v, ok := o.lookup(m)
	if !ok {
		return o.Default, nil
	}
	t, err := o.parse(strings.TrimSpace(v))
	if err != nil {
		return o.Default, errs.Userf("value '%s' of configuration key '%s': %v", v, o.Key, err)
	}
	return t, nil
}

// IsSet says whether m gives a value.
func (o *Option[T]) IsSet(m Map) bool {
	_, ok := o.lookup(m)
	return ok
}

func (o *Option[T]) lookup(m Map) (string, bool) {
	if v, ok := m[o.Key]; ok {
		return v, true
	}
	for _, k := range o.old {
		if v, ok := m[k]; ok {
			return v, true
		}
	}
	return "", false
}

// Info describes a declared key, for the reference documentation.
type Info struct{ Key, Default, Doc string }

var declared = map[string]Info{}

func declare[T any](key string, def T, doc string, parse func(string) (T, error),
	old ...string) *Option[T] {
	for _, k := range append([]string{key}, old...) {
		if _, twice := declared[k]; twice {
			panic("config: key declared twice: " + k)
		}
		declared[k] = Info{Key: k, Default: fmt.Sprint(def), Doc: doc}
	}
	return &Option[T]{Key: key, Default: def, Doc: doc, parse: parse, old: old}
}

// Declared lists all keys by name.
func Declared() []Info {
	out := make([]Info, 0, len(declared))
	for _, i := range declared {
		out = append(out, i)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Key < out[j].Key })
	return out
}

// Bool declares a true/false key.
func Bool(key string, def bool, doc string, old ...string) *Option[bool] {
	return declare(key, def, doc, parseBool, old...)
}

// Int declares a whole-number key.
func Int(key string, def int, doc string, old ...string) *Option[int] {
	return declare(key, def, doc, func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil {
			return 0, errors.New("a whole number is needed")
		}
		return n, nil
	}, old...)
}

// Float declares a number key.
func Float(key string, def float64, doc string, old ...string) *Option[float64] {
	return declare(key, def, doc, func(s string) (float64, error) {
		x, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return 0, errors.New("a number is needed")
		}
		return x, nil
	}, old...)
}

// String declares a text key.
func String(key, def, doc string, old ...string) *Option[string] {
	return declare(key, def, doc, func(s string) (string, error) { return s, nil }, old...)
}

// Duration declares a time-span key ('10 s', '1 min', '200 ms', a bare number is milliseconds).
func Duration(key string, def time.Duration, doc string, old ...string) *Option[time.Duration] {
	return declare(key, def, doc, ParseDuration, old...)
}

// Memory declares a size key in bytes ('64mb', '1 gb', a bare number is bytes).
func Memory(key string, def int64, doc string, old ...string) *Option[int64] {
	return declare(key, def, doc, ParseMemory, old...)
}

// Enum declares a key with a fixed set of values; case and '-' against '_' do not matter.
func Enum(key, def string, values []string, doc string, old ...string) *Option[string] {
	return declare(key, def, doc, func(s string) (string, error) {
		for _, v := range values {
			if canonical(v) == canonical(s) {
				return v, nil
			}
		}
		e := errs.Userf("not one of %s", strings.Join(values, ", "))
		if fix := errs.DidYouMean(s, values); fix != "" {
			e = e.Fix("%s", fix)
		}
		return "", e
	}, old...)
}

func canonical(s string) string { return strings.ReplaceAll(strings.ToLower(s), "_", "-") }

func parseBool(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("not true or false")
}

// owned are the namespaces in which every key must be known.
var owned = []string{"headrace."}

// Check returns a user error for the first key (by name) of an owned namespace that nobody
// declared.
func Check(m Map) error {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		if _, ok := declared[k]; ok || !isOwned(k) {
			continue
		}
		e := errs.Userf("unknown configuration key '%s'", k)
		var names []string
		for d := range declared {
			if isOwned(d) {
				names = append(names, d)
			}
		}
		sort.Strings(names)
		if fix := errs.DidYouMean(k, names); fix != "" {
			return e.Fix("%s", fix)
		}
		return e.Fix("remove it; keys of headrace's own are listed in the configuration reference")
	}
	return nil
}

func isOwned(key string) bool {
	for _, ns := range owned {
		if strings.HasPrefix(key, ns) {
			return true
		}
	}
	return false
}
