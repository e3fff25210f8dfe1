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

// CallClass calls a method of a class; it is a connector.Caller.
func CallClass(class string, parameters []string, method string, argument []byte) ([]byte, error) {
	request, err := json.Marshal(map[string]any{"class": class, "parameters": parameters,
		"method": method, "argument": json.RawMessage(argument)})
	if err != nil {
		return nil, err
	}
	answer, err := reply("call_class", string(request))
	if err != nil {
		return nil, errs.Userf("'%s' has failed", class).Wrap(err)
	}
	return []byte(answer), nil
}

// ask calls a function of headrace.table._describe that takes text and gives the JSON of a message.
func ask(name, argument string, into proto.Message) error {
	text, err := reply(name, argument)
	if err != nil {
		return err
	}
	return protojson.Unmarshal([]byte(text), into)
}

// reply calls a function of headrace.table._describe that takes text and gives text.
func reply(name, argument string) (text string, err error) {
	err = python.Do(func() error {
		function, err := python.ImportAttr("headrace.table._describe", name)
		if err != nil {
			return err
		}
		defer function.Drop()
		answer, err := function.Call(python.Str(argument))
		if err != nil {
			return err
		}
		defer answer.Drop()
		text, err = answer.Text()
		return err
	})
	return text, err
}
