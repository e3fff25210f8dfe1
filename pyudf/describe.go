package pyudf

import (
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/plan/planpb"
)

// Describe says what function an attribute of a module is, for CREATE FUNCTION … AS
// 'module.attribute' LANGUAGE PYTHON.
func Describe(path string) (*planpb.Function, error) {
	f := &planpb.Function{}
	err := python.Do(func() error {
		describe, err := python.ImportAttr("headrace.table._describe", "describe")
		if err != nil {
			return err
		}
		defer describe.Drop()
		reply, err := describe.Call(python.Str(path))
		if err != nil {
			return errs.Userf("function '%s' cannot be loaded", path).Wrap(err)
		}
		defer reply.Drop()
		text, err := reply.Text()
		if err != nil {
			return err
		}
		return protojson.Unmarshal([]byte(text), f)
	})
	return f, err
}
