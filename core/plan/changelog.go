package plan

import "strings"

// ChangelogMode is the set of row kinds that an edge may carry.
type ChangelogMode uint8

// The kinds of a mode. InsertOnly streams are append-only; Upsert ones have a key and no -U.
const (
	HasInsert ChangelogMode = 1 << iota
	HasUpdateBefore
	HasUpdateAfter
	HasDelete

	InsertOnly = HasInsert
	Retract    = HasInsert | HasUpdateBefore | HasUpdateAfter | HasDelete
	Upsert     = HasInsert | HasUpdateAfter | HasDelete
)

// Has says whether all the kinds are in the mode.
func (m ChangelogMode) Has(kinds ChangelogMode) bool { return m&kinds == kinds }

// IsInsertOnly says whether nothing is ever taken back or changed.
func (m ChangelogMode) IsInsertOnly() bool { return m&^HasInsert == 0 }

// String is the mode as EXPLAIN CHANGELOG_MODE writes it: "I,UB,UA,D".
func (m ChangelogMode) String() string {
	var parts []string
	for i, name := range []string{"I", "UB", "UA", "D"} {
		if m&(1<<i) != 0 {
			parts = append(parts, name)
		}
	}
	return strings.Join(parts, ",")
}
