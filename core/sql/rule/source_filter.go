package rule

import (
	"slices"
	"strings"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/sql/logical"
)

// FilterIntoSource tells a source the conditions right above it that compare columns with
// constants: it leaves out files and row groups in which no row can hold. The filter stays, since
// the rest of their rows comes. Sources of changes are not told: the old row of an update may hold
// where the new one does not. Scans that could be one, with
// different conditions, stay one and are told what holds of the rows of any of them.
var FilterIntoSource = Rule{Name: "filter-into-source", Forest: filterIntoSource}

func filterIntoSource(roots []logical.Rel, o Options) []logical.Rel {
	if o.KeepFilters {
		return roots
	}
	shared := sharedConditions(roots, o)
	rule := Rule{Apply: func(r logical.Rel, o Options) logical.Rel {
		f, s, ok := filteredScan(r)
		if !ok {
			return r
		}
		src, ok := sourceOf(s, o).(connector.FilterPushDown)
		if !ok || !insertOnly(src.(connector.Source)) {
			return r
		}
		list, texts := conditions(expr.Conjuncts(f.Condition))
		text := strings.Join(texts, " AND ")
		if all, ok := shared[scanKey(s)]; ok {
			list, text = all, hullText(s.Out.Names(), all)
		}
		if len(list) == 0 {
			return r
		}
		out, err := src.Filter(list)
		if err != nil {
			return r
		}
		return f.WithInputs([]logical.Rel{pushed(s, out, "filter=["+text+"]")})
	}}
	return rule.apply(roots, o)
}

// sharedConditions are, by key, what scans that could be one are told together where their own
// conditions differ: nothing when one of them wants all rows.
func sharedConditions(roots []logical.Rel, o Options) map[string][]connector.Condition {
	shared := map[string][]connector.Condition{}
	if o.Apart {
		return shared
	}
	count := map[string]int{} // scans
	columns := map[string]string{}
	lists := map[string][][]connector.Condition{} // of those that are filtered
	texts := map[string][]string{}
	scans(roots, func(s *logical.Scan) {
		key, names := scanKey(s), strings.Join(s.Out.Names(), "\n")
		if count[key]++; count[key] > 1 && columns[key] != names {
			names = "" // their columns differ: conditions cannot be compared
		}
		columns[key] = names
	})
	eachFilteredScan(roots, func(s *logical.Scan, e expr.Expr) {
		list, text := conditions(expr.Conjuncts(e))
		key := scanKey(s)
		lists[key], texts[key] = append(lists[key], list), append(texts[key], strings.Join(text, ", "))
	})
	for key, list := range lists {
		switch {
		case len(list) < count[key]:
			shared[key] = nil
		case len(slices.Compact(slices.Sorted(slices.Values(texts[key])))) > 1:
			shared[key] = nil
			if columns[key] != "" {
				shared[key] = hull(list)
			}
		}
	}
	return shared
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
