package pyudf

import (
	"encoding/hex"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/headrace/headrace/cgo/python"
)

// goldenKeys are keys and their canonical bytes of version 1, which never change: state is found
// by them.
var goldenKeys = [][2]string{
	{"None", "0100"},
	{"False", "0101"},
	{"True", "0102"},
	{"0", "010300"},
	{"1", "01030101"},
	{"-1", "010301ff"},
	{"128", "0103028000"},
	{"-129", "0103027fff"},
	{"2**63 - 1", "010308ffffffffffffff7f"},
	{"-2**63", "0103080000000000000080"},
	{"2**63", "010309000000000000008000"},
	{"-2**80", "01030b00000000000000000000ff"},
	{"1.0", "01043ff0000000000000"},
	{"-0.0", "01048000000000000000"},
	{"'1'", "01050131"},
	{"'\\u00e9\\U0001f600'", "010506c3a9f09f9880"},
	{"'\\ud800'", "010503eda080"},
	{"b'1'", "01060131"},
	{"()", "010700"},
	{"(1, ('a', None))", "010702030101070205016100"},
	{"datetime.date(2024, 2, 29)", "0110000b4681"},
	{"datetime.time(1, 2, 3, 4)", "011100000000dde878c40000"},
	{"datetime.datetime(2024, 2, 29, 1, 2, 3, 4, fold=1)", "0112000b468100000000dde878c40100"},
	{"datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone.utc)",
		"0112000b4681000000000000000000010000000000000000"},
	{"datetime.datetime(2024, 2, 29, tzinfo=zoneinfo.ZoneInfo('UTC'))",
		"0112000b46810000000000000000000203555443"},
	{"datetime.timedelta(-1, 5, 6)", "0113ffffffff0000000500000006"},
	{"decimal.Decimal('1.50')", "011404312e3530"},
	{"http.HTTPStatus.OK", "0115050468747470050a4854545053746174757305024f4b"},
	{"uuid.UUID(int=258)", "011700000000000000000000000000000102"},
	{"Row(a=1, b='x')", "01160007020501610501620702030101050178"},
	{"Row(1, 'x')", "011600000702030101050178"},
	{"(decimal.Decimal('1'), 1)", "010702140131030101"},
	{"[1, 'a', 'a']", "017f178004950c000000000000005d284b018c01618c0161652e"},
}

const keyImports = `
import datetime, decimal, http, uuid, warnings, zoneinfo
from headrace._runtime import keys
from headrace.common.types import Row
warnings.simplefilter("ignore")
`

func TestGoldenKeys(t *testing.T) {
	h := host(t)
	var program strings.Builder
	program.WriteString(keyImports + "f = [\n")
	for _, g := range goldenKeys {
		program.WriteString("  (" + g[0] + ",),\n")
	}
	program.WriteString("]\n")
	cases := code(t, "keys", "", program.String())
	err := h.do(func() error {
		if err := python.InitLoops(); err != nil {
			return err
		}
		list, err := python.Loads(cases.GetPickled())
		if err != nil {
			return err
		}
		defer list.Drop()
		native, err := python.Import("headrace._runtime.native")
		if err != nil {
			return err
		}
		defer native.Drop()
		i := 0
		return list.Each(func(pair python.Object) error {
			want := goldenKeys[i]
			i++
			raw, err := native.CallMethod("encode_key", pair.TupleItem(0).Keep())
			if err != nil {
				return err
			}
			view, err := raw.View()
			if err != nil {
				return err
			}
			if got := hex.EncodeToString(view); got != want[1] {
				t.Errorf("%s is %s, want %s", want[0], got, want[1])
			}
			back, err := native.CallMethod("decode_key", raw)
			if err != nil {
				return err
			}
			defer back.Drop()
			if back.Repr() != pair.TupleItem(0).Repr() {
				t.Errorf("%s came back as %s", want[0], back.Repr())
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestGoldenKeysInEveryPython runs the Python half, which knows the whole format, in the versions
// of Python that are installed.
func TestGoldenKeysInEveryPython(t *testing.T) {
	// keys need neither package, and an interpreter of the system may have none
	program := "import sys, types\n" +
		"for n in ('pyarrow', 'cloudpickle'): sys.modules.setdefault(n, types.ModuleType(n))\n" +
		keyImports + "import headrace\n"
	for _, g := range goldenKeys {
		program += "assert keys.encode(" + g[0] + ").hex() == '" + g[1] + "', " +
			"keys.encode(" + g[0] + ").hex()\n"
	}
	for _, name := range []string{"python3.10", "python3.11", "python3.12", "python3.13"} {
		path, err := exec.LookPath(name)
		if err != nil || exec.Command(path, "--version").Run() != nil {
			t.Logf("%s is not installed", name)
			continue
		}
		cmd := exec.Command(path, "-c", program)
		cmd.Env = append(os.Environ(),
			"PYTHONPATH="+pythonSources())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
