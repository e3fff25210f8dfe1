package job

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/colcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/compile"
	"github.com/headrace/headrace/core/runtime/exchange"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/udf"
)

// results are what regions leave for those behind blocking links.
type results struct {
	dir    string
	codec  exchange.Codec
	budget *state.Budget
	held   *memory.Account
	made   map[*compile.Link]map[int]*exchange.Result // by producing subtask
	lost   []bool                                     // by region: they have to be made anew
	used   bool                                       // dir may be there
}

// shuffleBytes is what results may hold in memory at least, unless all managed memory is less.
const shuffleBytes = 64 << 20

func (x *execution) newResults() (*results, error) {
	j := x.job
	limit, err := config.BatchShuffleMemory.Get(j.cfg)
	if err != nil {
		return nil, err
	}
	codec, err := config.CompressionCodec.Get(j.cfg)
	if limit == 0 {
		limit = max(shuffleBytes, j.memory.budget.Limit()/8)
	}
	held := j.memory.budget.Open("results of stages of " + j.Name)
	return &results{codec: exchange.Codec(codec), held: held,
		budget: state.NewBudget(limit).Under(held),
		dir:    filepath.Join(j.workRoot(), j.ID, fmt.Sprintf("results-%d", x.attempt)),
		made:   map[*compile.Link]map[int]*exchange.Result{},
		lost:   make([]bool, len(x.shape.regions))}, err
}

// blockingLinks marks the links that separate stages.
func blockingLinks(l *compile.Layout, cfg config.Map) error {
	mode, err := config.BatchShuffleMode.Get(cfg)
	if err != nil {
		return err
	}
	if !l.Batch {
		endOfStreamLinks(l)
		return nil
	}
	if mode != "ALL_EXCHANGES_BLOCKING" {
		return nil
	}
	for _, link := range l.Links {
		link.Blocking = !link.Edge.Pipelined
	}
	return nil
}

// schemaOf is what goes over a link.
func schemaOf(l *compile.Link) *types.Schema {
	n := l.From.Nodes[l.From.Index(l.Edge.From)]
	if o := l.Edge.Output; o > 0 {
		return n.SideSchemas[o-1]
	}
	return n.Schema
}

// partsOf is how many parts the result of a producing subtask has, and which one a consumer reads.
func partsOf(l *compile.Link, producer int) (n int, of func(consumer int) int) {
	if l.Partition == plan.Broadcast {
		return 1, func(int) int { return 0 }
	}
	first := -1
	for c := range l.To.Parallelism {
		if feeds(l, producer, c) {
			if n++; first < 0 {
				first = c
			}
		}
	}
	return n, func(consumer int) int { return consumer - first }
}

// result makes the result of a producing subtask, instead of that of an attempt before.
func (x *execution) result(l *compile.Link, r *run, user *userCode) *exchange.Result {
	byTask := x.results.made[l]
	if byTask == nil {
		byTask = map[int]*exchange.Result{}
		x.results.made[l] = byTask
	}
	x.drop(byTask[r.subtask])
	parts, _ := partsOf(l, r.subtask)
	byTask[r.subtask] = exchange.NewResult(parts, exchange.ResultSpec{FS: x.job.opts.FS,
		Path: filepath.Join(x.results.dir, fmt.Sprintf("%d-%d-%d-%d", l.From.ID, l.To.ID,
			r.subtask, r.attempt)+fmt.Sprintf("-%d", linkNumber(l))),
		Codec: x.results.codec, Budget: x.results.budget, MaxRows: x.rows, Objects: user.objects})
	x.results.used = true
	return byTask[r.subtask]
}

// linkNumber tells the links between two vertices apart.
func linkNumber(l *compile.Link) int {
	for i, o := range l.From.Outputs {
		if o == l {
			return i
		}
	}
	return -1
}

// stored makes the channel by which a consumer reads pieces of a producer's result, its own part
// unless there are any; ended: the consumer was through with it in the snapshot that it starts from.
func (x *execution) stored(l *compile.Link, producer, consumer int, user *userCode, ended bool,
	pieces []exchange.Piece,
) *exchange.Channel {
	n, part := partsOf(l, producer)
	made := x.results.made[l][producer]
	if ended {
		made = exchange.NewResult(n, exchange.ResultSpec{}) // it was read to its end
	}
	reader := made.Reader(part(consumer))
	if len(pieces) > 0 && !ended {
		reader = made.Pieces(pieces)
	}
	reader.Objects = user.objects
	again := x.job.restart != (noRestart{}) || len(pieces) > 0 ||
		l.Partition == plan.Broadcast && l.To.Parallelism > 1
	if again && schemaOf(l).HasObjects() {
		reader.Copy = user.copyObjects
	}
	reader.Once = !again
	return exchange.NewStored(reader)
}

// objects handles live objects, on the task's thread.
func (u *userCode) objects() (colcodec.Objects, error) {
	h, err := u.get()
	if err != nil {
		return nil, err
	}
	host, ok := h.(udf.ProcessHost)
	if !ok {
		return nil, errs.Internalf("live objects are exchanged without a host of user code")
	}
	return host.Objects(), nil
}

// blame notes whose result a task could not read.
func (x *execution) blame(err error) {
	var lost *exchange.LostError
	if !errors.As(err, &lost) {
		return
	}
	for l, byTask := range x.results.made {
		for producer, r := range byTask {
			if r == lost.Result {
				x.results.lost[x.shape.of[taskID{l.From.ID, producer}]] = true
			}
		}
	}
}

// release drops the results that nobody needs any more.
func (x *execution) release() {
	for l, byTask := range x.results.made {
		for producer, r := range byTask {
			g := x.shape.of[taskID{l.From.ID, producer}]
			if x.states[g] == regionFinished && x.shape.unneeded(g, x.states) {
				x.results.lost[g] = true
				x.drop(r)
			}
		}
	}
}

func (x *execution) drop(r *exchange.Result) {
	if r == nil {
		return
	}
	if err := r.Dispose(); err != nil {
		x.job.log.Warn("the result of a stage could not be removed", "job", x.job.ID, "error", err)
	}
}

// dispose drops all results.
func (x *execution) dispose() {
	for _, byTask := range x.results.made {
		for _, r := range byTask {
			x.drop(r)
		}
	}
	x.results.held.Close()
	if x.results.used {
		x.results.used = false
		if err := x.job.opts.FS.RemoveAll(x.results.dir); err != nil {
			x.job.log.Warn("results of stages could not be removed", "job", x.job.ID, "error", err)
		}
	}
}
