package plan

import "github.com/headrace/headrace/core/data/types"

// RuntimeFilterSchema is that of the row of a RuntimeFilterBuild.
var RuntimeFilterSchema = types.NewSchema(types.F("filter", types.Of(types.Varbinary)))

// RuntimeFilterBuild gives, at the end of its input, one row with a set of the hashes of the keys
// that it saw. Rows is how many keys there are thought to be: the set's size.
type RuntimeFilterBuild struct {
	Keys []int
	Rows int64
}

// Kind implements Op.
func (*RuntimeFilterBuild) Kind() string { return "RuntimeFilterBuilder" }

// RuntimeFilter lets rows of port 0 pass whose keys may be in the sets of port 1, which comes first;
// Rows as in RuntimeFilterBuild.
type RuntimeFilter struct {
	Keys []int
	Rows int64
}

// Kind implements Op.
func (*RuntimeFilter) Kind() string { return "RuntimeFilter" }
