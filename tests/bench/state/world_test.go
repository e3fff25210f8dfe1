package state

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync/atomic"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/blackhole"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/compile"
	"github.com/headrace/headrace/core/runtime/job"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

var (
	bigint = types.Of(types.BigInt)
	schema = types.NewSchema(types.F("k", bigint), types.F("v", bigint))
)

// updates is a source: first every key once, in order, then random ones of the hot keys.
type updates struct {
	keys, hot int64
	rows      int64
	// loaded is closed by the source when every key has been sent once.
	loaded chan struct{}
	sent   *atomic.Int64
	worked *atomic.Int64 // rows that the keyed operator is done with
}

func (*updates) Schema() *types.Schema { return schema }
func (*updates) Bounded() bool         { return true }

func (s *updates) NewEnumerator(_ *connector.EnumeratorContext, restored []byte,
) (connector.Enumerator, error) {
	return connector.NewListEnumerator([]connector.Split{
		{ID: "0", State: binary.AppendUvarint(nil, 0)}}, restored)
}

func (s *updates) NewReader(*connector.ReaderContext) (connector.Reader, error) {
	return &reader{src: s, rnd: rand.New(rand.NewPCG(1, 1))}, nil
}

type reader struct {
	src    *updates
	rnd    *rand.Rand
	at     int64
	active bool
	done   bool
}

func (r *reader) Add(splits []connector.Split) error {
	at, _ := binary.Uvarint(splits[0].State)
	r.at, r.active = int64(at), true
	return nil
}

func (r *reader) NoMoreSplits() { r.done = true }

func (r *reader) Poll(maxRows, _ int) (connector.Polled, error) {
	if !r.active {
		if r.done {
			return connector.Polled{Status: connector.Done}, nil
		}
		return connector.Polled{Status: connector.Starved}, nil
	}
	s := r.src
	n := int(min(int64(maxRows), s.rows-r.at))
	k, v := make([]int64, n), make([]int64, n)
	for i := range n {
		if k[i] = r.at; r.at >= s.keys {
			k[i] = r.rnd.Int64N(s.hot) * (s.keys / s.hot)
		}
		v[i] = r.at
		if r.at++; r.at == s.keys && s.loaded != nil {
			close(s.loaded)
		}
	}
	s.sent.Add(int64(n))
	r.active = r.at < s.rows
	b := batch.New(schema, []*batch.Column{batch.MakeFixed(bigint, k, nil),
		batch.MakeFixed(bigint, v, nil)}, n)
	return connector.Polled{Batch: b, Split: "0"}, nil
}

func (r *reader) Snapshot() ([]connector.Split, error) {
	if !r.active {
		return nil, nil
	}
	return []connector.Split{{ID: "0", State: binary.AppendUvarint(nil, uint64(r.at))}}, nil
}

func (r *reader) Close() error { return nil }

// keep is a keyed operator that keeps 100 bytes a key and changes them with every row.
type keep struct{ worked *atomic.Int64 }

// Kind implements plan.Op.
func (*keep) Kind() string { return "Keep" }

type keepOp struct {
	operator.Base
	value *state.Bytes
	keys  state.Keys
	done  *atomic.Int64
}

func (o *keepOp) Open(ctx *operator.Context) error {
	o.Ctx, o.value = ctx, state.NewBytes(state.Evolution{})
	return ctx.Keyed.Register("value", o.value)
}

const valueBytes = 100

func (o *keepOp) Process(_ int, b *batch.Batch, out operator.Output) error {
	if err := state.EncodeKeys(b.Cols[:1], o.Ctx.MaxParallelism, &o.keys); err != nil {
		return err
	}
	slots, err := o.Ctx.Keyed.Resolve(&o.keys, nil)
	if err != nil {
		return err
	}
	v := batch.Values[int64](b.Cols[1])
	var buf [valueBytes]byte
	for i, s := range slots {
		old, ok := o.value.Get(s)
		if ok {
			copy(buf[:], old)
		} else {
			fill(buf[:], v[i])
		}
		binary.LittleEndian.PutUint64(buf[:], uint64(v[i]))
		o.value.Set(s, buf[:])
	}
	o.Ctx.Keyed.MarkDirty(slots)
	o.done.Add(int64(len(slots)))
	b.Retain()
	out.Emit(0, b)
	return nil
}

// fill makes bytes that do not compress, as values of real jobs hardly do.
func fill(b []byte, seed int64) {
	r := rand.NewPCG(uint64(seed), 7)
	for i := 0; i+8 <= len(b); i += 8 {
		binary.LittleEndian.PutUint64(b[i:], r.Uint64())
	}
}

func init() {
	compile.Register(func(_ *plan.Node, k *keep, _ *compile.Env) (operator.Operator, error) {
		return &keepOp{done: k.worked}, nil
	})
}

// start runs updates → keep → nowhere.
func start(src *updates, dir string, cfg config.Map) (*job.Job, error) {
	src.sent, src.worked = &atomic.Int64{}, &atomic.Int64{}
	g := &plan.Graph{Name: "state"}
	in := g.Add(&plan.Node{Name: "updates", UID: "in", Parallelism: 1, Schema: schema,
		Op: &plan.Source{Source: src}})
	op := g.Add(&plan.Node{Name: "keep", UID: "keep", Parallelism: 1, Schema: schema, Op: &keep{src.worked}})
	out := g.Add(&plan.Node{Name: "out", UID: "out", Parallelism: 1, Schema: schema,
		Op: &plan.Sink{Sink: blackhole.Sink{}}})
	g.Connect(in, op, plan.Hash, 0)
	g.Connect(op, out, plan.Forward)
	all := config.Map{"parallelism.default": "1", "execution.runtime-mode": "STREAMING"}
	for k, v := range cfg {
		all[k] = v
	}
	return job.Start(context.Background(), g, job.Options{ID: "state", Config: all,
		Dir: fmt.Sprint(dir, "/work")})
}
