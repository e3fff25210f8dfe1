package filesystem

import (
	"net/url"
	"strings"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// partitionValues reads the values of the partition keys from a path's "key=value" parts; ok
// false marks NULL or a key that the path does not have.
func (l *layout) partitionValues(p string) map[string]string {
	if len(l.table.PartitionKeys) == 0 {
		return nil
	}
	values := map[string]string{}
	for _, part := range strings.Split(p, "/") {
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			continue
		}
		if v, err := url.PathUnescape(value); err == nil {
			value = v
		}
		for _, k := range l.table.PartitionKeys {
			if k == key && value != l.nullPart {
				values[k] = value
			}
		}
	}
	return values
}

// constant makes a column of n times the value, converted from text as CAST does.
func constant(column string, t types.Type, value string, null bool, n int) (*batch.Column, error) {
	if null {
		return batch.MakeNull(t, n), nil
	}
	b := batch.NewBuilder(types.String(), 1)
	b.AppendString(value)
	one := b.Finish()
	if !t.IsString() {
		v, err := kernel.Cast(castContext(), kernel.ColVec(one), 1, t.Nullable(true), true)
		if err != nil || v.Col.IsNull(0) {
			return nil, errs.Dataf("partition '%s=%s' is not a %s", column, value, t)
		}
		one = v.Col
	}
	return batch.Take(one, make([]int32, n)).WithType(t), nil
}

// castContext is for casts that ask for neither time nor zone.
func castContext() *kernel.Context { return kernel.NewContext(clock.NewManual(0)) }

// escapeValue writes a partition value as part of a path: what a path cannot hold becomes %XX.
func escapeValue(v []byte) string {
	const bad = "\"#%'*/:=?\\\x7f{[]^"
	var b strings.Builder
	for _, c := range v {
		if c < ' ' || strings.IndexByte(bad, c) >= 0 {
			const hex = "0123456789ABCDEF"
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}
