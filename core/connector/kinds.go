package connector

import (
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan/planpb"
)

// Kinds is a set of row kinds: bit k stands for types.RowKind k, as in plan.ChangelogMode.
type Kinds uint8

// Sets of row kinds.
const (
	InsertOnly Kinds = 1 << types.Insert
	UpsertOnly       = InsertOnly | 1<<types.UpdateAfter | 1<<types.Delete
	AllKinds         = UpsertOnly | 1<<types.UpdateBefore
)

// ChangelogSource is a Source whose rows are not all inserts.
type ChangelogSource interface {
	// Kinds is the set of kinds that the source may give.
	Kinds() Kinds
}

// ChangelogSink is a Sink that takes more than inserts.
type ChangelogSink interface {
	// Accepts is the set of kinds that the sink can write.
	Accepts() Kinds
}

// KindsOf returns the kinds that a source gives; InsertOnly when it does not say.
func KindsOf(s Source) Kinds {
	if c, ok := s.(ChangelogSource); ok {
		return c.Kinds()
	}
	return InsertOnly
}

// AcceptedBy returns the kinds that a sink takes; InsertOnly when it does not say.
func AcceptedBy(s Sink) Kinds {
	if c, ok := s.(ChangelogSink); ok {
		return c.Accepts()
	}
	return InsertOnly
}

// UserSink is a Sink that is an operator of user code: planners put that in its place, so that its
// writers run where user code does.
type UserSink interface {
	Operator() *planpb.PythonOp
}
