package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/headrace/headrace/cgo/native"
	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/session"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/parser"
	"github.com/headrace/headrace/core/supervisor"
	"github.com/headrace/headrace/core/tableau"
)

func (a *app) sql() *cobra.Command {
	var text, file string
	var settings []string
	cmd := &cobra.Command{
		Use:   "sql (-e 'SQL' | -f FILE)",
		Short: "Run SQL statements and print their results",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return a.statements("sql", text, file, settings)
		},
	}
	cmd.Flags().StringVarP(&text, "execute", "e", "", "statements, separated by semicolons")
	cmd.Flags().StringVarP(&file, "file", "f", "", "file of statements; - reads standard input")
	cmd.Flags().StringArrayVarP(&settings, "set", "D", nil, "a setting, KEY=VALUE; may be repeated")
	return cmd
}

// statements runs a script in a session of its own for the verb sql or explain.
func (a *app) statements(verb, text, file string, settings []string) error {
	src, err := script(text, file)
	if err != nil {
		return err
	}
	config, err := configOf(settings)
	if err != nil {
		return err
	}
	stmts, err := parser.Parse(src)
	if err != nil {
		return err
	}
	if a.mode == Standalone && needsPython(stmts) {
		return a.inPython(verb, src, settings)
	}
	session, err := openSession(config)
	if err != nil {
		return err
	}
	defer session.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	for _, s := range stmts {
		stmt := src[s.Pos():s.End()]
		if verb == explainVerb && explains(s) {
			stmt = "EXPLAIN " + stmt
		}
		if err := a.statement(ctx, session, stmt); err != nil {
			return err
		}
	}
	return nil
}

// needsPython says whether the script makes functions written in Python.
func needsPython(stmts []ast.Statement) bool {
	for _, s := range stmts {
		if f, ok := s.(*ast.CreateFunction); ok && f.Language == "PYTHON" {
			return true
		}
	}
	return false
}

// inPython runs the verb in a child that embeds a Python.
func (a *app) inPython(verb, src string, settings []string) error {
	args := []string{"-m", "headrace", verb, "-e", src}
	for _, s := range settings {
		args = append(args, "-D", s)
	}
	child, err := a.child(args)
	if err != nil {
		return err
	}
	code, err := supervisor.Run(supervisor.Options{Command: child, Log: a.err,
		Clock: clock.System{}})
	if err != nil {
		return err
	}
	return a.exit(code)
}

func configOf(settings []string) ([]byte, error) {
	config := map[string]string{}
	for _, s := range settings {
		key, value, ok := strings.Cut(s, "=")
		if !ok {
			return nil, errs.Userf("the setting %q has no value", s).Fix("write -D key=value")
		}
		config[key] = value
	}
	return json.Marshal(config)
}

func (a *app) statement(ctx context.Context, session native.Session, stmt string) error {
	reply, err := call(ctx, session, &planpb.Request{Request: &planpb.Request_ExecuteSql{
		ExecuteSql: &planpb.ExecuteSql{Text: stmt}}})
	switch {
	case err != nil:
		return err
	case reply.Handle != "":
		return a.result(ctx, session, reply)
	case reply.Job != "":
		_, err = call(ctx, session, &planpb.Request{Request: &planpb.Request_Job{
			Job: &planpb.JobRequest{Id: reply.Job, Verb: "wait", TimeoutMs: -1}}})
	case reply.Text != "":
		_, err = fmt.Fprintln(a.out, reply.Text)
	}
	return err
}

// result prints the rows of a query as they come.
func (a *app) result(ctx context.Context, s native.Session, reply *session.Answer) error {
	table := tableau.NewWriter(a.out, nil, reply.Streams)
	for {
		b, more, err := s.Fetch(ctx, reply.Handle)
		if err != nil {
			return err
		}
		if !more {
			return table.Close()
		}
		err = table.Write(b)
		b.Release()
		if err != nil {
			return err
		}
	}
}

func call(ctx context.Context, s native.Session, r *planpb.Request) (*session.Answer, error) {
	raw, err := protojson.Marshal(r)
	if err != nil {
		return nil, err
	}
	out, err := s.Call(ctx, raw)
	if err != nil {
		return nil, err
	}
	reply := &session.Answer{}
	return reply, json.Unmarshal(out, reply)
}
