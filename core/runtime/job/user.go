package job

import (
	"io"
	"os"
	"sync"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/exchange"
	"github.com/headrace/headrace/core/udf"
)

// userCode is the host of one task's user functions, made on the task's thread when first asked
// for.
type userCode struct {
	job  *Job
	ctx  udf.Context
	host udf.Host
	open []io.Closer

	mu   sync.Mutex
	stop interface{ Interrupt() } // the host, if it can be interrupted and is not closed
	over bool                     // interrupted
}

func (u *userCode) get() (udf.Host, error) {
	if u.host != nil || u.job.opts.UDF == nil {
		return u.host, nil
	}
	host, err := u.job.opts.UDF(&u.ctx)
	if err != nil {
		return nil, err
	}
	u.host = host
	u.mu.Lock()
	defer u.mu.Unlock()
	u.stop, _ = host.(interface{ Interrupt() })
	if u.over && u.stop != nil {
		u.stop.Interrupt()
	}
	return host, nil
}

// processOf is the process that a host's functions run in.
func processOf(host udf.Host) int {
	if w, ok := host.(interface{ PID() int }); ok {
		return w.PID()
	}
	return os.Getpid()
}

// interrupt has a host that can do so break off what it runs, soon or by force: the job is being
// cancelled. Safe from any goroutine.
func (u *userCode) interrupt() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.over = true
	if u.stop != nil {
		u.stop.Interrupt()
	}
}

// close gives the host back; it is called on the task's thread when its operators are closed.
func (u *userCode) close() {
	for _, c := range u.open {
		if err := c.Close(); err != nil {
			u.job.log.Warn("closing user code", "task", u.ctx.TaskName, "error", err)
		}
	}
	if c, ok := u.host.(io.Closer); ok {
		if err := c.Close(); err != nil {
			u.job.log.Warn("closing the host of user code", "task", u.ctx.TaskName, "error", err)
		}
	}
	u.host, u.open = nil, nil
	u.mu.Lock()
	u.stop = nil
	u.mu.Unlock()
}

// custom routes by a partitioner of the user's.
type custom struct {
	user        *userCode
	edge        *plan.Edge
	partitioner udf.Partitioner
}

var _ exchange.Router = (*custom)(nil)

// Route implements exchange.Router.
func (c *custom) Route(b *batch.Batch, n int, targets []int32) ([]int32, error) {
	if c.partitioner == nil {
		if err := c.load(); err != nil {
			return nil, err
		}
	}
	for range b.Len() {
		targets = append(targets, 0)
	}
	at := max(b.Schema.Index(plan.ValueColumn), 0)
	return targets, c.partitioner.Partition(b.Cols[at], n, targets)
}

func (c *custom) load() error {
	h, err := c.user.get()
	if err != nil {
		return err
	}
	host, ok := h.(udf.ProcessHost)
	if !ok {
		return errs.Userf("a partitioner needs Python, which this process has not").
			Fix("run the job with headrace run or from python")
	}
	if c.partitioner, err = host.NewPartitioner(c.edge.Custom, c.edge.CustomKey); err != nil {
		return err
	}
	c.user.open = append(c.user.open, c.partitioner)
	return nil
}
