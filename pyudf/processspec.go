package pyudf

import (
	"encoding/json"
	"strings"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/udf"
)

// The description of a chain as headrace._runtime.process.Process reads it.
type processJSON struct {
	Job            string            `json:"job"`
	TaskName       string            `json:"task_name"`
	Subtask        int               `json:"subtask"`
	Parallelism    int               `json:"parallelism"`
	MaxParallelism int               `json:"max_parallelism"`
	Attempt        int               `json:"attempt"`
	BatchMode      bool              `json:"batch_mode"`
	Keyed          bool              `json:"keyed"`
	Config         map[string]string `json:"config"`
	Stages         []stageJSON       `json:"stages"`
	// Outputs are the types of those outputs whose elements stay objects but have one.
	Outputs []*typeJSON `json:"outputs"`
}

type stageJSON struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	// Operator is the operator's unique id in the job.
	Operator string            `json:"operator"`
	Path     string            `json:"path"`
	Options  map[string]string `json:"options"`
	KeyType  *typeJSON         `json:"key_type"`
	Sides    []sideJSON        `json:"sides"`
}

type sideJSON struct {
	Tag    string `json:"tag"`
	Output int    `json:"output"`
}

type typeJSON struct {
	Kind     string      `json:"kind"`
	Children []*typeJSON `json:"children"`
	Names    []string    `json:"names"`
}

// keyedHead says whether the head of a chain has keyed state.
func keyedHead(kind string) bool { return kind == "reduce" || strings.HasPrefix(kind, "keyed_") }

func specOf(s *udf.ProcessSpec) *processJSON {
	out := &processJSON{
		Job: s.Job, TaskName: s.TaskName, Subtask: s.Subtask, Parallelism: s.Parallelism,
		MaxParallelism: s.MaxParallelism, Attempt: s.Attempt, BatchMode: s.BatchMode,
		Keyed: keyedHead(s.Stages[0].Kind), Config: s.Config,
	}
	if out.Config == nil {
		out.Config = map[string]string{}
	}
	for _, ti := range s.Outputs {
		var t *typeJSON
		if plan.ValueType(ti).Kind == types.Object {
			t = typeOf(ti)
		}
		out.Outputs = append(out.Outputs, t)
	}
	for _, st := range s.Stages {
		j := stageJSON{Kind: st.Kind, Name: st.Name, Operator: st.Operator,
			Path: st.Code.GetPath(), Options: st.Options, KeyType: typeOf(st.KeyType),
			Sides: []sideJSON{}}
		for _, side := range st.Sides {
			j.Sides = append(j.Sides, sideJSON(side))
		}
		out.Stages = append(out.Stages, j)
	}
	return out
}

func typeOf(t *planpb.TypeInfo) *typeJSON {
	if t == nil || t.GetKind() == "" {
		return nil
	}
	out := &typeJSON{Kind: t.GetKind(), Children: []*typeJSON{}, Names: t.GetNames()}
	for _, c := range t.GetChildren() {
		out.Children = append(out.Children, typeOf(c))
	}
	return out
}

// jsonObject hands a Go value to Python as what json.loads makes of it. The GIL is held.
func jsonObject(v any) (python.Object, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return python.Nil, err
	}
	loads, err := python.ImportAttr("json", "loads")
	if err != nil {
		return python.Nil, err
	}
	defer loads.Drop()
	return loads.Call(python.Bytes(text))
}
