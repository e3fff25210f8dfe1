package compile

import (
	"fmt"
	"reflect"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/runtimefilter"
	"github.com/headrace/headrace/core/runtime/operator/source"
	"github.com/headrace/headrace/core/runtime/watermark"
)

// Env is what the maker of an operator may need besides its description. What belongs to a
// subtask (state, user code, metrics) comes later, in operator.Context.
type Env struct {
	Graph  *plan.Graph
	Config config.Map
	Batch  bool
	// Whole says that all input of the operator is there before it starts.
	Whole bool
	Clock clock.Clock
	// Coordinator is that of a plan.Source.
	Coordinator *source.Coordinator
	// Groups are the alignment groups of the job's sources, by name; shared by its operators.
	Groups map[string]*watermark.Group
	// Bounds are what runtime filters tell the sources in front of them, by node of the filter; shared.
	Bounds map[int]*runtimefilter.Bounds
}

// bounds returns those of a runtime filter, nil for no filter.
func (e *Env) bounds(filter *plan.Node) *runtimefilter.Bounds {
	if filter == nil || e.Bounds == nil {
		return nil
	}
	if e.Bounds[filter.ID] == nil {
		e.Bounds[filter.ID] = runtimefilter.NewBounds()
	}
	return e.Bounds[filter.ID]
}

// Group returns the alignment group of a name.
func (e *Env) Group(name string) *watermark.Group {
	if e.Groups[name] == nil {
		if e.Groups == nil {
			e.Groups = map[string]*watermark.Group{}
		}
		e.Groups[name] = &watermark.Group{}
	}
	return e.Groups[name]
}

// Maker makes the operator of a node, for one subtask.
type Maker func(n *plan.Node, env *Env) (operator.Operator, error)

var makers = map[reflect.Type]Maker{}

// Register says how operators described by T are made. A family registers its own in an init
// function of a file of this package, named after the family.
func Register[T plan.Op](make func(n *plan.Node, op T, env *Env) (operator.Operator, error)) {
	t := reflect.TypeFor[T]()
	if makers[t] != nil {
		panic(fmt.Sprintf("compile: %s registered twice", t))
	}
	makers[t] = func(n *plan.Node, env *Env) (operator.Operator, error) {
		return make(n, n.Op.(T), env)
	}
}

// Operator makes the operator of a node.
func Operator(n *plan.Node, env *Env) (operator.Operator, error) {
	m := makers[reflect.TypeOf(n.Op)]
	if m == nil {
		return nil, errs.Internalf("nothing makes the operator '%s' of kind %s", n.Name,
			n.Op.Kind())
	}
	return m(n, env)
}
