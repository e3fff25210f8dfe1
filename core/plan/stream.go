package plan

import (
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan/planpb"
)

// ValueColumn and KeyColumn name the columns of a DataStream: each element is one row with the
// column "value"; behind a key_by two more columns follow, "key" (the key as the user's object or
// typed value) and "keybytes" (BYTES, its canonical encoding, which hashing and state go by).
const (
	ValueColumn    = "value"
	KeyColumn      = "key"
	KeyBytesColumn = "keybytes"
)

// Source reads a connector. Watermarks, when set, are made per split.
type Source struct {
	Source     connector.Source
	Label      string
	Watermarks *Watermarks
}

// Kind implements Op.
func (*Source) Kind() string { return "Source" }

// Watermarks says how event times and watermarks come about: from a column of a typed batch
// (Expr gives the watermark of each row, in ms, Column the row's time), or as Python says.
type Watermarks struct {
	Column              int                 // index of the row-time column, -1 for Python
	Expr                expr.Expr           // watermark of a row
	Python              *planpb.WatermarkOp // strategy of a DataStream
	Untimed             bool                // rows without an event time pass
	IdleMs              int64
	Group               string // watermark alignment
	DriftMs, IntervalMs int64
}

// WatermarkAssigner assigns event times and watermarks in the middle of a stream.
type WatermarkAssigner struct{ Watermarks Watermarks }

// Kind implements Op.
func (*WatermarkAssigner) Kind() string { return "WatermarkAssigner" }

// Sink writes a connector.
type Sink struct {
	Sink  connector.Sink
	Label string
}

// Kind implements Op.
func (*Sink) Kind() string { return "Sink" }

// Python is a DataStream operator in Python: planpb.PythonOp says which.
type Python struct {
	Spec    *planpb.PythonOp
	Output  *planpb.TypeInfo
	Sides   []*planpb.SideOutput
	Keyed   []bool // which ports are keyed
	Element types.Type
}

// Kind implements Op.
func (p *Python) Kind() string { return p.Spec.GetKind() }

// CommitsOption is the option of a Python operator that is a sink in two phases.
const CommitsOption = "commits"

// Commits says that the operator is a sink: it makes visible what it wrote when it is told that a
// checkpoint, or the end of a batch region, is complete.
func (p *Python) Commits() bool { return p.Spec.GetOptions()[CommitsOption] == "true" }

// EndOfStream is an Op that may give nothing before all its input has come, and to which the order
// of rows of different keys does not matter then.
type EndOfStream interface {
	Op
	EndOfStream() bool
}

// EndOfStream implements EndOfStream.
func (p *Python) EndOfStream() bool { return p.Spec.GetOptions()["end-of-stream"] == "true" }
