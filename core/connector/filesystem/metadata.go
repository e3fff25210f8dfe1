package filesystem

import (
	"path"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// metadata makes a metadata column of n rows in the type that the table declares for it.
func (a *assembly) metadata(key string, t types.Type, n int) *batch.Column {
	own := batch.NewBuilder(metadata[key], 1)
	switch key {
	case metaPath:
		own.AppendString(a.split.path)
	case metaName:
		own.AppendString(path.Base(a.split.path))
	case metaSize:
		batch.Append(own, a.split.size)
	case metaTime:
		batch.Append(own, a.split.mod)
	}
	one := own.Finish()
	if !t.EqualIgnoringNull(one.Type) {
		v, err := kernel.Cast(castContext(), kernel.ColVec(one), 1, t, true)
		if err != nil {
			return batch.MakeNull(t, n)
		}
		one = v.Col
	}
	return batch.Take(one, make([]int32, n)).WithType(t)
}
