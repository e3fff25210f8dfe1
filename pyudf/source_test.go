package pyudf

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	_ "github.com/headrace/headrace/core/connector/pysource" // registers itself
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/udf"
)

const numbersSource = `
from headrace.datastream.connectors.base import Source, SourceReader

class Numbers(Source):
    def __init__(self, splits: int = 1, count: int = 1) -> None:
        super().__init__()
        self.split_count, self.count = splits, count

    def splits(self):
        return range(self.split_count)

    def create_reader(self, context):
        return Reader(self.count)

class Reader(SourceReader):
    def __init__(self, count):
        self.count = count

    def read(self, split, position):
        for i in range(position or 0, self.count - split):
            yield (100 * split + i, f"s{i}"), i + 1
`

// hosted gives readers the host of functions, as the engine does.
type hosted struct {
	connector.Source
	host udf.Host
}

func (h hosted) NewReader(ctx *connector.ReaderContext) (connector.Reader, error) {
	ctx.UDF = h.host
	return h.Source.NewReader(ctx)
}

// A source in Python is read whole and in pieces, restored at every position and rescaled.
func TestPythonSourceConforms(t *testing.T) {
	runtime.LockOSThread() // the source is pinned
	defer runtime.UnlockOSThread()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "numbers_source.py"), []byte(numbersSource), 0o666); err != nil {
		t.Fatal(err)
	}
	err := python.Do(func() error {
		path, err := python.ImportAttr("sys", "path")
		if err != nil {
			return err
		}
		defer path.Drop()
		none, err := path.CallMethod("append", python.Str(dir))
		if err != nil {
			return err
		}
		none.Drop()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	h := host(t)
	open := func(splits, count int) func() connector.Source {
		return func() connector.Source {
			src, err := connector.NewSource(&connector.Table{Name: "t", Python: DescribeConnector,
				Schema: types.NewSchema(types.F("n", types.Of(types.BigInt)), types.F("s", types.String())),
				Options: map[string]string{"connector": "python", "python.class": "numbers_source:Numbers",
					"python.args.splits": fmt.Sprint(splits), "python.args.count": fmt.Sprint(count)}})
			if err != nil {
				t.Fatal(err)
			}
			return hosted{src, h}
		}
	}
	var want []string
	for split := range 3 {
		for i := range 12 - split {
			want = append(want, fmt.Sprintf("+I|%d|s%d", 100*split+i, i))
		}
	}
	connectortest.Bounded(t, open(3, 12), want, 5)
	connectortest.Bounded(t, open(3, 0), nil, 1)
}
