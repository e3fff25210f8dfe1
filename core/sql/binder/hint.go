package binder

import (
	"slices"
	"strings"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/logical"
)

// queryHint is a hint behind SELECT; it holds for the joins and the aggregation of its query block.
// What it names must be tables of the block.
type queryHint struct {
	*ast.Hint
	name    string
	args    []string
	options map[string]string
	used    map[string]bool
}

// knownHints are the hints of a query block. The last three change nothing here.
var knownHints = []string{"BROADCAST", "SHUFFLE_HASH", "SHUFFLE_MERGE", "NEST_LOOP", "MULTI_JOIN",
	"STATE_TTL", "LOOKUP", "AGG_STRATEGY", "RESOURCE", "OPTIONS"}

// joinStrategies say how a join is done in batch mode.
var joinStrategies = []string{"BROADCAST", "SHUFFLE_HASH", "SHUFFLE_MERGE", "NEST_LOOP"}

// multiJoinHint has joins of streams made one operator.
const multiJoinHint = "MULTI_JOIN"

// queryHints checks the hints of a query block.
func (b *binding) queryHints(hints []*ast.Hint) ([]*queryHint, error) {
	var out []*queryHint
	for i, h := range b.hints(hints) {
		at := hints[i]
		if !slices.Contains(knownHints, h.Name) {
			return nil, b.at(at, errs.Userf("there is no hint %s", h.Name).
				Fix("%s", errs.DidYouMean(h.Name, knownHints)))
		}
		q := &queryHint{Hint: at, name: h.Name, args: h.Args, options: h.Options,
			used: map[string]bool{}}
		switch {
		case slices.Contains(joinStrategies, h.Name) && len(h.Args) == 0:
			return nil, b.errorf(at, "invalid hint %s: it needs at least one table or view",
				h.Name)
		case h.Name == multiJoinHint && len(h.Args) < 2:
			return nil, b.errorf(at, "invalid hint %s: it needs at least two tables or views",
				h.Name)
		case h.Name == "STATE_TTL":
			for _, o := range at.Options {
				if _, err := config.ParseDuration(o.Value); err != nil {
					return nil, b.at(o, errs.Userf("invalid STATE_TTL hint value '%s'", o.Value).
						Fix("write a duration like '1d' or '12 h'"))
				}
			}
			if len(at.Options) == 0 {
				return nil, b.errorf(at, "invalid STATE_TTL hint: it needs 'table' = 'duration'")
			}
		case h.Name == "LOOKUP":
			if err := checkLookupHint(h.Options); err != nil {
				return nil, b.at(at, err)
			}
		}
		out = append(out, q)
	}
	return out, nil
}

// names lists the tables that a hint names.
func (q *queryHint) names() []string {
	switch {
	case q.name == "STATE_TTL":
		out := make([]string, 0, len(q.options))
		for _, o := range q.Hint.Options {
			out = append(out, o.Key)
		}
		return out
	case q.name == "LOOKUP":
		return []string{q.options["table"]}
	case slices.Contains(joinStrategies, q.name), q.name == multiJoinHint:
		return q.args
	}
	return nil
}

// unmatched refuses hints that name no table of the block.
func (b *binding) unmatched(hints []*queryHint) error {
	for _, q := range hints {
		for _, n := range q.names() {
			if !q.used[n] {
				return b.at(q.Hint, errs.Userf("the options of following hints cannot match the "+
					"name of input tables or views: `%s` in `%s`", n, q.name).
					Fix("name a table of FROM, or its alias"))
			}
		}
	}
	return nil
}

// tableOf is the table that a scope consists of; "" when it has several.
func tableOf(s *scope) string {
	name := ""
	for i, c := range s.cols {
		if i > 0 && c.table != name {
			return ""
		}
		name = c.table
	}
	return name
}

// joinHints are the hints for a join of two scopes; sides are named LEFT and RIGHT.
func (b *binding) joinHints(left, right *scope) []logical.Hint {
	var out []logical.Hint
	sides := []struct{ name, table string }{{"LEFT", tableOf(left)}, {"RIGHT", tableOf(right)}}
	for _, q := range b.blockHints {
		h := logical.Hint{Name: q.name, Options: map[string]string{}}
		if q.name == multiJoinHint {
			if q.mentions(left) && q.mentions(right) {
				h.Args = []string{"LEFT", "RIGHT"}
				out = append(out, h)
			}
			continue
		}
		for _, side := range sides {
			if side.table == "" || !slices.Contains(q.names(), side.table) {
				continue
			}
			q.used[side.table] = true
			switch q.name {
			case "STATE_TTL":
				h.Options[side.name] = q.options[side.table]
			case "LOOKUP":
				if side.name == "RIGHT" {
					h.Options = q.options
				}
			default:
				h.Args = append(h.Args, side.name)
			}
		}
		if len(h.Args)+len(h.Options) > 0 {
			out = append(out, h)
		}
	}
	return out
}

// mentions says whether a table of a scope is one that the hint names, and notes those that are.
func (q *queryHint) mentions(s *scope) bool {
	any := false
	for _, c := range s.cols {
		if slices.Contains(q.args, c.table) {
			q.used[c.table], any = true, true
		}
	}
	return any
}

// aggregateHints are the hints for the aggregation over a scope.
func (b *binding) aggregateHints(in *scope) []logical.Hint {
	table := tableOf(in)
	var out []logical.Hint
	for _, q := range b.blockHints {
		if ttl, ok := q.options[table]; ok && q.name == "STATE_TTL" && table != "" {
			q.used[table] = true
			out = append(out, logical.Hint{Name: q.name, Options: map[string]string{"": ttl}})
		}
	}
	return out
}

// The options of a LOOKUP hint.
var lookupOptions = []string{"table", "async", "output-mode", "capacity", "timeout",
	"retry-predicate", "retry-strategy", "fixed-delay", "max-attempts", "shuffle"}

func checkLookupHint(o map[string]string) error {
	if o["table"] == "" {
		return errs.Userf("invalid LOOKUP hint: incomplete required option(s): 'table'").
			Fix("write LOOKUP('table' = 'name', …)")
	}
	for k := range o {
		if !slices.Contains(lookupOptions, k) {
			return errs.Userf("invalid LOOKUP hint: there is no option '%s'", k).
				Fix("%s", errs.DidYouMean(k, lookupOptions))
		}
	}
	retry := 0
	for _, k := range []string{"retry-predicate", "retry-strategy", "fixed-delay",
		"max-attempts"} {
		if o[k] != "" {
			retry++
		}
	}
	if retry != 0 && retry != 4 {
		return errs.Userf("invalid LOOKUP hint: retry options can be both null or all not null").
			Fix("set retry-predicate, retry-strategy, fixed-delay and max-attempts")
	}
	one := func(key string, allowed ...string) error {
		if v, ok := o[key]; ok && !slices.Contains(allowed, strings.ToLower(v)) {
			return errs.Userf("invalid LOOKUP hint: '%s' = '%s' is not one of %s", key, v,
				strings.Join(allowed, ", "))
		}
		return nil
	}
	for _, err := range []error{
		one("async", "true", "false"), one("output-mode", "ordered", "allow_unordered"),
		one("retry-predicate", "lookup_miss"), one("retry-strategy", "fixed_delay"),
		one("shuffle", "true", "false"),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// behindTable says what to write instead of a hint behind a table.
func behindTable(name string) string {
	if slices.Contains(knownHints, name) {
		return "write it behind SELECT"
	}
	return "write OPTIONS('key' = 'value')"
}

func (b *binding) hints(hints []*ast.Hint) []logical.Hint {
	var out []logical.Hint
	for _, h := range hints {
		n := logical.Hint{Name: upper(h.Name), Options: map[string]string{}}
		for _, a := range h.Args {
			n.Args = append(n.Args, a.Text)
		}
		for _, o := range h.Options {
			n.Options[o.Key] = o.Value
		}
		out = append(out, n)
	}
	return out
}
