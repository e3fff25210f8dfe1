package pyudf

import (
	"encoding/json"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/plan/planpb"
)

// Describe says what function an attribute of a module is, for CREATE FUNCTION … AS
// 'module.attribute' LANGUAGE PYTHON.
func Describe(path string) (*planpb.Function, error) {
	f := &planpb.Function{}
	err := ask("describe", path, f)
	if err != nil {
		return nil, errs.Userf("function '%s' cannot be loaded", path).Wrap(err)
	}
	return f, nil
}

// DescribeConnector makes a source or sink of a class, for tables with 'connector' = 'python'; it is
// a connector.Describer.
func DescribeConnector(use, class string, args map[string]string) (*planpb.SourceOp, error) {
	request, err := json.Marshal(map[string]any{"use": use, "class": class, "args": args})
	if err != nil {
		return nil, err
	}
	op := &planpb.SourceOp{}
	if err := ask("describe_connector", string(request), op); err != nil {
		return nil, errs.Userf("the %s '%s' cannot be made", use, class).Wrap(err)
	}
	return op, nil
}

// ask calls a function of headrace.table._describe that takes text and gives the JSON of a message.
func ask(name, argument string, into proto.Message) error {
	return python.Do(func() error {
		function, err := python.ImportAttr("headrace.table._describe", name)
		if err != nil {
			return err
		}
		defer function.Drop()
		reply, err := function.Call(python.Str(argument))
		if err != nil {
			return err
		}
		defer reply.Drop()
		text, err := reply.Text()
		if err != nil {
			return err
		}
		return protojson.Unmarshal([]byte(text), into)
	})
}
