package rule

import (
	"strings"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/sql/logical"
)

// FilterIntoSource tells a source the conditions right above it that compare columns with
// constants: it leaves out files and row groups in which no row can hold. The filter stays, since
// the rest of their rows comes. Sources of changes are not told: the old row of an update may hold
// where the new one does not. Scans that could be one, with different conditions, stay one.
var FilterIntoSource = Rule{Name: "filter-into-source", Forest: filterIntoSource}

func filterIntoSource(roots []logical.Rel, o Options) []logical.Rel {
	count := map[string]int{}    // scans by key
	same := map[string]int{}     // of them, those with the conditions that came first
	first := map[string]string{} // those conditions
	conds := map[string]bool{}   // keys whose scans are filtered
	eachFilteredScan(roots, func(s *logical.Scan, e expr.Expr) {
		_, text := conditions(expr.Conjuncts(e))
		key, all := scanKey(s), strings.Join(text, ", ")
		if !conds[key] {
			conds[key], first[key] = true, all
		}
		if first[key] == all {
			same[key]++
		}
	})
	scans(roots, func(s *logical.Scan) { count[scanKey(s)]++ })
	if o.KeepFilters {
		return roots
	}
	rule := Rule{Apply: func(r logical.Rel, o Options) logical.Rel {
		f, s, ok := filteredScan(r)
		if !ok {
			return r
		}
		if key := scanKey(s); !o.Apart && same[key] != count[key] {
			return r
		}
		src, ok := sourceOf(s, o).(connector.FilterPushDown)
		if !ok || !insertOnly(src.(connector.Source)) {
			return r
		}
		list, text := conditions(expr.Conjuncts(f.Condition))
		if len(list) == 0 {
			return r
		}
		out, err := src.Filter(list)
		if err != nil {
			return r
		}
		return f.WithInputs([]logical.Rel{
			pushed(s, out, "filter=["+strings.Join(text, " AND ")+"]")})
	}}
	return rule.apply(roots, o)
}

func filteredScan(r logical.Rel) (*logical.Filter, *logical.Scan, bool) {
	f, ok := r.(*logical.Filter)
	if !ok {
		return nil, nil, false
	}
	s, ok := f.Input.(*logical.Scan)
	return f, s, ok
}

func eachFilteredScan(roots []logical.Rel, visit func(s *logical.Scan, cond expr.Expr)) {
	for _, r := range roots {
		if f, s, ok := filteredScan(r); ok {
			visit(s, f.Condition)
		}
		eachFilteredScan(r.Inputs(), visit)
	}
}
