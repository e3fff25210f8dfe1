package session

import (
	"context"
	"time"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/collect"
	"github.com/headrace/headrace/core/connector/pysource"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/lower"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/runtime/job"
)

// start runs a graph as a job of the session.
func (s *Session) start(g *plan.Graph, cfg map[string]string, results []*result) (string, error) {
	g.Config = config.Map(cfg)
	if _, err := config.PythonMode.Get(cfg); err != nil {
		return "", err
	}
	id, err := s.jobID(g, cfg, len(results))
	if err != nil {
		return "", err
	}
	cfg = recovering(cfg)
	g.Config = cfg
	if s.opts.Serve != nil {
		if err := s.opts.Serve(cfg, s); err != nil {
			return "", err
		}
	}
	o := job.Options{ID: id, Config: cfg, UDF: s.opts.UDF, Log: s.opts.Log}
	move, err := jumping(&o, cfg)
	if err != nil {
		return "", err
	}
	j, err := job.Start(context.Background(), g, o)
	if err != nil {
		return "", err
	}
	go move(j.Done())
	r := &running{job: j, results: results}
	s.jobs[id] = r
	go func() {
		<-j.Done()
		for _, res := range results {
			if res.stream != nil {
				res.stream.End(j.Err())
			}
		}
	}()
	return id, nil
}

// collectSink makes a sink whose rows come back under a handle.
func (s *Session) collectSink(handle string, cfg map[string]string) (connector.Sink, *result) {
	if handle == "" {
		handle = s.handle("result")
	}
	sink, rows := collect.New(resultBytes, checkpointing(cfg))
	r := &result{stream: rows}
	s.results[handle] = r
	return sink, r
}

func checkpointing(cfg map[string]string) bool {
	v := cfg["execution.checkpointing.interval"]
	return v != "" && v != "0" && v != "0 ms" && v != "0ms"
}

// execute runs a DataStream program.
func (s *Session) execute(_ context.Context, p *planpb.Program) (*Answer, error) {
	cfg := s.merged(p.GetConfig())
	env := &programEnv{s: s, cfg: cfg, batch: isBatch(cfg, p)}
	g, err := lower.Program(p, env)
	if err != nil {
		env.release()
		return nil, err
	}
	id, err := s.start(g, cfg, env.results)
	if err != nil {
		env.release()
		return nil, err
	}
	done := s.jobs[id].job.Done()
	go func() {
		<-done
		s.mu.Lock()
		defer s.mu.Unlock()
		env.release()
	}()
	return &Answer{Kind: "job", Job: id}, nil
}

func (s *Session) merged(over map[string]string) map[string]string {
	cfg := map[string]string{}
	for k, v := range s.config {
		cfg[k] = v
	}
	for k, v := range over {
		cfg[k] = v
	}
	return cfg
}

func isBatch(cfg map[string]string, _ *planpb.Program) bool {
	return cfg["execution.runtime-mode"] == "BATCH" || cfg["execution.runtime-mode"] == "batch"
}

// programEnv resolves what a program names.
type programEnv struct {
	s       *Session
	cfg     map[string]string
	batch   bool
	results []*result
	handles []string // of the rows that were put in for this program
}

// release gives back the rows of the program: each job is given its own.
func (e *programEnv) release() {
	for _, h := range e.handles {
		if src, ok := e.s.sources[h]; ok {
			delete(e.s.sources, h)
			src.Release()
		}
	}
}

// Source implements lower.Env.
func (e *programEnv) Source(n *planpb.Node) (connector.Source, error) {
	op := n.GetSource()
	if op.GetConnector() == "collection" || op.GetHandle() != "" {
		src, ok := e.s.sources[op.GetHandle()]
		if !ok {
			return nil, errs.Internalf("there are no rows under '%s'", op.GetHandle())
		}
		e.handles = append(e.handles, op.GetHandle())
		// Rows whose kinds are not all INSERT come as objects though their type has columns.
		schema := plan.StreamSchema(op.GetType())
		if c := src.Schema().Fields; len(c) == 1 &&
			(c[0].Type.Kind == types.Object) == (schema.Fields[0].Type.Kind == types.Object) {
			return src.WithSchema(schema), nil
		}
		return src, nil
	}
	if op.GetConnector() == "python" {
		return pysource.New(n.GetName(), op, plan.StreamSchema(op.GetType()))
	}
	return connector.NewSource(e.tableOf(n.GetName(), op.GetConnector(), op.GetOptions(),
		plan.StreamSchema(op.GetType())))
}

// Sink implements lower.Env.
func (e *programEnv) Sink(n *planpb.Node, schema *types.Schema) (connector.Sink, error) {
	op := n.GetSink()
	if op.GetConnector() == "collect" {
		sink, r := e.s.collectSink(op.GetHandle(), e.cfg)
		e.results = append(e.results, r)
		return sink, nil
	}
	return connector.NewSink(e.tableOf(n.GetName(), op.GetConnector(), op.GetOptions(), schema))
}

func (e *programEnv) tableOf(
	name, kind string, options map[string]string, schema *types.Schema,
) *connector.Table {
	o := map[string]string{"connector": kind}
	for k, v := range options {
		o[k] = v
	}
	return &connector.Table{Name: name, Schema: schema, Options: o, BatchMode: e.batch,
		Stream: true, Zone: zone(e.cfg), Stdout: e.s.opts.Stdout, Python: e.s.opts.DescribeConnector,
		Call: e.s.opts.CallClass}
}

// Table implements lower.Env.
func (e *programEnv) Table(l *lower.Lowering, op *planpb.TableOp) (*plan.Node, error) {
	return e.s.streamTable(l, op)
}

// Inserts implements lower.Env.
func (e *programEnv) Inserts(l *lower.Lowering, inserts []*planpb.Insert) error {
	sinks, err := e.s.insertsOf(e.s.binderOver(l), inserts)
	if err != nil {
		return err
	}
	_, err = e.s.planSinks(l.Graph, sinks)
	return err
}

func zone(cfg map[string]string) string {
	if z := cfg["table.local-time-zone"]; z != "" && z != "default" {
		return z
	}
	if tz := time.Local.String(); tz != "Local" {
		return tz
	}
	return "UTC"
}
