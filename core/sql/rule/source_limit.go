package rule

import (
	"fmt"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/sql/logical"
)

// LimitIntoSource tells a source how many rows a LIMIT without ORDER BY wants: no reader needs to
// give more. The limit stays. Only projections may lie between the two, and no other scan of the
// table, which could be the same one, may want all rows.
var LimitIntoSource = Rule{Name: "limit-into-source", Forest: limitIntoSource}

func limitIntoSource(roots []logical.Rel, o Options) []logical.Rel {
	count := map[string]int{}
	scans(roots, func(s *logical.Scan) { count[scanKey(s)]++ })
	rule := Rule{Apply: func(r logical.Rel, o Options) logical.Rel {
		sort, ok := r.(*logical.Sort)
		if !ok || len(sort.Keys) > 0 || sort.Fetch < 0 {
			return r
		}
		in, ok := limited(sort.Input, sort.Offset+sort.Fetch, count, o)
		if !ok {
			return r
		}
		return sort.WithInputs([]logical.Rel{in})
	}}
	return rule.apply(roots, o)
}

func limited(r logical.Rel, n int64, count map[string]int, o Options) (logical.Rel, bool) {
	switch r := r.(type) {
	case *logical.Project:
		in, ok := limited(r.Input, n, count, o)
		if !ok {
			return r, false
		}
		return r.WithInputs([]logical.Rel{in}), true
	case *logical.Scan:
		src, ok := sourceOf(r, o).(connector.LimitPushDown)
		if !ok || !insertOnly(src.(connector.Source)) || count[scanKey(r)] > 1 && !o.Apart {
			return r, false
		}
		out, err := src.Limit(n)
		if err != nil {
			return r, false
		}
		return pushed(r, out, fmt.Sprintf("limit=[%d]", n)), true
	}
	return r, false
}
