package cli

import (
	"context"
	"encoding/json"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/headrace/headrace/cgo/native"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/parser"
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
			return a.statements(text, file, settings, "")
		},
	}
	cmd.Flags().StringVarP(&text, "execute", "e", "", "statements, separated by semicolons")
	cmd.Flags().StringVarP(&file, "file", "f", "", "file of statements; - reads standard input")
	cmd.Flags().StringArrayVarP(&settings, "set", "D", nil, "a setting, KEY=VALUE; may be repeated")
	return cmd
}

// statements runs a script in a session of its own; prefix stands before each query ("EXPLAIN ").
func (a *app) statements(text, file string, settings []string, prefix string) error {
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
	session, err := openSession(config)
	if err != nil {
		return err
	}
	defer session.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	for _, s := range stmts {
		stmt := src[s.Pos():s.End()]
		if prefix != "" && explains(s) {
			stmt = prefix + stmt
		}
		if err := a.statement(ctx, session, stmt); err != nil {
			return err
		}
	}
	return nil
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

// answer is the reply to a request that runs a statement.
type answer struct {
	Kind   string `json:"kind"`
	Text   string `json:"text"`
	Job    string `json:"job"`
	Result string `json:"result"`
}

func (a *app) statement(ctx context.Context, session native.Session, stmt string) error {
	var reply answer
	err := call(ctx, session, &reply, &planpb.Request{Request: &planpb.Request_ExecuteSql{
		ExecuteSql: &planpb.ExecuteSql{Text: stmt}}})
	if err != nil {
		return err
	}
	switch {
	case reply.Result != "":
		return a.result(ctx, session, reply.Result)
	case reply.Job != "":
		return call(ctx, session, &reply, &planpb.Request{Request: &planpb.Request_Job{
			Job: &planpb.JobRequest{Id: reply.Job, Verb: "wait", TimeoutMs: -1}}})
	case reply.Text != "":
		_, err = a.out.Write([]byte(reply.Text + "\n"))
	}
	return err
}

// result prints the rows of a query as they come.
func (a *app) result(ctx context.Context, session native.Session, handle string) error {
	var table *tableau.Writer
	for {
		b, more, err := session.Fetch(ctx, handle)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if table == nil {
			table = tableau.NewWriter(a.out, nil, b.Kinds != nil)
		}
		err = table.Write(b)
		b.Release()
		if err != nil {
			return err
		}
	}
	if table == nil {
		table = tableau.NewWriter(a.out, nil, false)
	}
	return table.Close()
}

func call(ctx context.Context, s native.Session, reply *answer, req *planpb.Request) error {
	raw, err := protojson.Marshal(req)
	if err != nil {
		return err
	}
	out, err := s.Call(ctx, raw)
	if err != nil || len(out) == 0 {
		return err
	}
	*reply = answer{}
	return json.Unmarshal(out, reply)
}
