package spill_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/spill"
	"github.com/headrace/headrace/core/data/types"
)

var schema = types.NewSchema(types.F("n", types.Of(types.BigInt)), types.F("s", types.String()),
	types.F("d", types.DecimalOf(15, 2)), types.F("m", types.Of(types.IntervalYM)),
	types.F("b", types.Of(types.Boolean)),
	types.F("a", types.ArrayOf(types.Of(types.Int))))

func rows(from, n int) *batch.Batch {
	b := batch.NewRowBuilder(schema, n)
	for i := from; i < from+n; i++ {
		batch.Append(b.Cols[0], int64(i))
		if i%3 == 0 {
			b.Cols[1].AppendNull()
		} else {
			b.Cols[1].AppendString(strings.Repeat("x", i%50))
		}
		batch.Append(b.Cols[2], batch.DecimalFromWords(0, uint64(i)))
		batch.Append(b.Cols[3], int32(i))
		b.Cols[4].AppendBool(i%2 == 0)
		for k := range i % 4 {
			batch.Append(b.Cols[5].Child(0), int32(k))
		}
		b.Cols[5].CloseList()
	}
	return b.Finish()
}

func TestRowsComeBack(t *testing.T) {
	for _, size := range []int{1, 7, 1000, 20_000} {
		fs := fsys.NewMem()
		dir := spill.NewDir(fs, "/work/spill")
		w, err := dir.Create(schema)
		if err != nil {
			t.Fatal(err)
		}
		const n = 20_000
		all := rows(0, n)
		for from := 0; from < n; from += size {
			if err := w.Write(all.Slice(from, min(from+size, n))); err != nil {
				t.Fatal(err)
			}
		}
		f, err := w.Finish()
		if err != nil {
			t.Fatal(err)
		}
		if f.Rows != n || f.Bytes < n*30 {
			t.Errorf("%d rows, %d bytes", f.Rows, f.Bytes)
		}
		for range 2 { // it can be read again
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			at := 0
			for {
				b, err := r.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				for i := range b.Len() {
					for c := range b.Cols {
						if !batch.EqualAt(b.Cols[c], i, all.Cols[c], at) {
							t.Fatalf("row %d, column %d differs", at, c)
						}
					}
					at++
				}
			}
			if at != n {
				t.Errorf("%d rows came back", at)
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if err := dir.Close(); err != nil {
			t.Fatal(err)
		}
		if left, err := fs.List("/work/spill"); err == nil {
			t.Errorf("left behind: %v", left)
		}
	}
}

func TestNoColumns(t *testing.T) {
	none := &types.Schema{}
	dir := spill.NewDir(fsys.NewMem(), "/s")
	w, err := dir.Create(none)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := w.Write(batch.New(none, nil, 5)); err != nil {
			t.Fatal(err)
		}
	}
	f, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for {
		b, err := r.Next()
		if err != nil {
			break
		}
		n += b.Len()
	}
	if n != 15 {
		t.Errorf("%d rows", n)
	}
}

func TestFullDiskIsSaid(t *testing.T) {
	fs := fsys.NewMem()
	fs.Fault = func(op fsys.Op, _ string, _ int) (int, error) {
		if op == fsys.OpWrite {
			return 0, syscall.ENOSPC
		}
		return -1, nil
	}
	dir := spill.NewDir(fs, "/s")
	w, err := dir.Create(schema)
	if err != nil {
		t.Fatal(err)
	}
	err = w.Write(rows(0, 50_000))
	if err == nil {
		_, err = w.Finish()
	}
	if err == nil || !strings.Contains(err.Error(), "/s failed") ||
		!strings.Contains(fmt.Sprint(err), "free space") || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v", err)
	}
	w.Abandon()
	fs.Fault = nil
	if err := dir.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestDamageIsFound(t *testing.T) {
	fs := fsys.NewMem()
	dir := spill.NewDir(fs, "/s")
	w, err := dir.Create(schema)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(rows(0, 1000)); err != nil {
		t.Fatal(err)
	}
	f, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	fs.Corrupt("/s/1.spill", 3000)
	r, err := f.Open()
	for err == nil {
		_, err = r.Next()
	}
	if errs.MarkOf(err) != errs.Corrupt {
		t.Errorf("%v", err)
	}
}

func TestNoDisk(t *testing.T) {
	_, err := spill.NewDir(nil, "").Create(schema)
	if err == nil || !strings.Contains(err.Error(), "taskmanager.memory.managed.size") {
		t.Errorf("%v", err)
	}
}
