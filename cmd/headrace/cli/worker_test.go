package cli

import "testing"

// The workers of a job that the binary runs are the binary with the same Python in it.
func TestRunHasWorkers(t *testing.T) {
	if venv() == "" {
		t.Skip("HEADRACE_PYTHON names no Python with pyarrow and cloudpickle (make venv)")
	}
	path := job(t, `
import os, sys
from headrace import _core
from headrace.common import Configuration
from headrace.datastream import StreamExecutionEnvironment

class Seen:
    def __init__(self, value): self.value, self.pid = value, os.getpid()

def look(value):
    from headrace import _core
    return Seen(value), _core._native.__name__, sys.prefix

config = Configuration()
config.set_string("python.execution-mode", "process")
env = StreamExecutionEnvironment.get_execution_environment(config)
env.set_parallelism(2)
with env.from_collection([1, 2, 3]).rebalance().map(look).execute_and_collect() as results:
    found = list(results)
assert sorted(s.value for s, _, _ in found) == [1, 2, 3] and type(found[0][0]) is Seen
assert {name for _, name, _ in found} == {_core._native.__name__} == {"_headrace_native"}
assert {prefix for _, _, prefix in found} == {sys.prefix}
assert os.getpid() not in {s.pid for s, _, _ in found}
print("fine")
`)
	out, errText, code := headrace(t, "run", path)
	if code != 0 || out != "fine\n" || errText != "" {
		t.Errorf("code %d\n%s%s", code, out, errText)
	}
}
