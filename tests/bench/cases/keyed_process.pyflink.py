"""KeyedProcessFunction with a ValueState, 10,000 keys."""
import flinkapi

from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction
from pyflink.datastream.state import ValueStateDescriptor


class Count(KeyedProcessFunction):
    def open(self, runtime_context):
        self.seen = runtime_context.get_state(ValueStateDescriptor("seen", Types.LONG()))

    def process_element(self, value, ctx):
        n = (self.seen.value() or 0) + 1
        self.seen.update(n)
        yield value, n


flinkapi.of_stream("pyflink", lambda s: s.key_by(lambda x: x % 10_000).process(Count()), 1_000_000)
