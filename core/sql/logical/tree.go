package logical

import "github.com/headrace/headrace/core/data/types"

// Schema implements Rel.
func (r *Scan) Schema() *types.Schema { return r.Out }

// Schema implements Rel.
func (r *StreamScan) Schema() *types.Schema { return r.Out }

// Schema implements Rel.
func (r *Values) Schema() *types.Schema { return r.Out }

// Schema implements Rel.
func (r *Project) Schema() *types.Schema { return r.Out }

// Schema implements Rel.
func (r *Filter) Schema() *types.Schema { return r.Input.Schema() }

// Schema implements Rel.
func (r *Watermark) Schema() *types.Schema { return r.Out }

// Schema implements Rel.
func (r *Join) Schema() *types.Schema { return r.Out }

// Schema implements Rel.
func (r *MultiJoin) Schema() *types.Schema { return r.Out }

// Schema implements Rel.
func (r *Snapshot) Schema() *types.Schema { return r.Input.Schema() }

// Schema implements Rel.
func (r *Correlate) Schema() *types.Schema { return r.Out }

// Schema implements Rel.
func (r *Aggregate) Schema() *types.Schema { return r.Out }

// Schema implements Rel.
func (r *WindowTable) Schema() *types.Schema { return r.Out }

// Schema implements Rel.
func (r *Over) Schema() *types.Schema { return r.Out }

// Schema implements Rel.
func (r *Rank) Schema() *types.Schema { return r.Out }

// Schema implements Rel.
func (r *SetOp) Schema() *types.Schema { return r.Out }

// Schema implements Rel.
func (r *Distinct) Schema() *types.Schema { return r.Input.Schema() }

// Schema implements Rel.
func (r *Sort) Schema() *types.Schema { return r.Input.Schema() }

// Schema implements Rel.
func (r *Match) Schema() *types.Schema { return r.Out }

// Schema implements Rel.
func (r *SingleRow) Schema() *types.Schema { return r.Input.Schema() }

// Schema implements Rel.
func (r *Sink) Schema() *types.Schema { return r.Input.Schema() }

// Inputs implements Rel.
func (r *Scan) Inputs() []Rel { return nil }

// Inputs implements Rel.
func (r *StreamScan) Inputs() []Rel { return nil }

// Inputs implements Rel.
func (r *Values) Inputs() []Rel { return nil }

// Inputs implements Rel.
func (r *Project) Inputs() []Rel { return []Rel{r.Input} }

// Inputs implements Rel.
func (r *Filter) Inputs() []Rel { return []Rel{r.Input} }

// Inputs implements Rel.
func (r *Watermark) Inputs() []Rel { return []Rel{r.Input} }

// Inputs implements Rel.
func (r *Join) Inputs() []Rel { return []Rel{r.Left, r.Right} }

// Inputs implements Rel.
func (r *MultiJoin) Inputs() []Rel { return r.Rels }

// Inputs implements Rel.
func (r *Snapshot) Inputs() []Rel { return []Rel{r.Input} }

// Inputs implements Rel.
func (r *Correlate) Inputs() []Rel { return []Rel{r.Input} }

// Inputs implements Rel.
func (r *Aggregate) Inputs() []Rel { return []Rel{r.Input} }

// Inputs implements Rel.
func (r *WindowTable) Inputs() []Rel { return []Rel{r.Input} }

// Inputs implements Rel.
func (r *Over) Inputs() []Rel { return []Rel{r.Input} }

// Inputs implements Rel.
func (r *Rank) Inputs() []Rel { return []Rel{r.Input} }

// Inputs implements Rel.
func (r *SetOp) Inputs() []Rel { return r.Rels }

// Inputs implements Rel.
func (r *Distinct) Inputs() []Rel { return []Rel{r.Input} }

// Inputs implements Rel.
func (r *Sort) Inputs() []Rel { return []Rel{r.Input} }

// Inputs implements Rel.
func (r *Match) Inputs() []Rel { return []Rel{r.Input} }

// Inputs implements Rel.
func (r *SingleRow) Inputs() []Rel { return []Rel{r.Input} }

// Inputs implements Rel.
func (r *Sink) Inputs() []Rel { return []Rel{r.Input} }

// WithInputs implements Rel.
func (r *Scan) WithInputs([]Rel) Rel { return r }

// WithInputs implements Rel.
func (r *StreamScan) WithInputs([]Rel) Rel { return r }

// WithInputs implements Rel.
func (r *Values) WithInputs([]Rel) Rel { return r }

// WithInputs implements Rel.
func (r *Project) WithInputs(in []Rel) Rel { c := *r; c.Input = in[0]; return &c }

// WithInputs implements Rel.
func (r *Filter) WithInputs(in []Rel) Rel { c := *r; c.Input = in[0]; return &c }

// WithInputs implements Rel.
func (r *Watermark) WithInputs(in []Rel) Rel { c := *r; c.Input = in[0]; return &c }

// WithInputs implements Rel.
func (r *Join) WithInputs(in []Rel) Rel { c := *r; c.Left, c.Right = in[0], in[1]; return &c }

// WithInputs implements Rel.
func (r *MultiJoin) WithInputs(in []Rel) Rel { c := *r; c.Rels = in; return &c }

// WithInputs implements Rel.
func (r *Snapshot) WithInputs(in []Rel) Rel { c := *r; c.Input = in[0]; return &c }

// WithInputs implements Rel.
func (r *Correlate) WithInputs(in []Rel) Rel { c := *r; c.Input = in[0]; return &c }

// WithInputs implements Rel.
func (r *Aggregate) WithInputs(in []Rel) Rel { c := *r; c.Input = in[0]; return &c }

// WithInputs implements Rel.
func (r *WindowTable) WithInputs(in []Rel) Rel { c := *r; c.Input = in[0]; return &c }

// WithInputs implements Rel.
func (r *Over) WithInputs(in []Rel) Rel { c := *r; c.Input = in[0]; return &c }

// WithInputs implements Rel.
func (r *Rank) WithInputs(in []Rel) Rel { c := *r; c.Input = in[0]; return &c }

// WithInputs implements Rel.
func (r *SetOp) WithInputs(in []Rel) Rel { c := *r; c.Rels = in; return &c }

// WithInputs implements Rel.
func (r *Distinct) WithInputs(in []Rel) Rel { return &Distinct{Input: in[0]} }

// WithInputs implements Rel.
func (r *Sort) WithInputs(in []Rel) Rel { c := *r; c.Input = in[0]; return &c }

// WithInputs implements Rel.
func (r *Match) WithInputs(in []Rel) Rel { c := *r; c.Input = in[0]; return &c }

// WithInputs implements Rel.
func (r *SingleRow) WithInputs(in []Rel) Rel { c := *r; c.Input = in[0]; return &c }

// WithInputs implements Rel.
func (r *Sink) WithInputs(in []Rel) Rel { c := *r; c.Input = in[0]; return &c }

// Rewrite rebuilds the tree from the leaves up with f; what f returns takes the node's place.
func Rewrite(r Rel, f func(Rel) Rel) Rel {
	old := r.Inputs()
	changed := false
	in := make([]Rel, len(old))
	for i, c := range old {
		in[i] = Rewrite(c, f)
		changed = changed || in[i] != c
	}
	if changed {
		r = r.WithInputs(in)
	}
	return f(r)
}
