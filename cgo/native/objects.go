package native

import (
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/data/batch"
)

// objectColumn makes an OBJECT column of the items of a list. What can be changed is copied: the
// program may go on to change its list, a job sees the elements as they were put.
func objectColumn(list python.Object) (*batch.Column, error) {
	if err := python.InitLoops(); err != nil {
		return nil, err
	}
	return python.ColumnOfList(list)
}
