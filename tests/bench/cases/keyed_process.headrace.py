"""KeyedProcessFunction with a ValueState, 10,000 keys."""
import flinkapi

from headrace.common import Types
from headrace.datastream import KeyedProcessFunction
from headrace.datastream.state import ValueStateDescriptor


class Count(KeyedProcessFunction):
    def open(self, runtime_context):
        self.seen = runtime_context.get_state(ValueStateDescriptor("seen", Types.LONG()))

    def process_element(self, value, ctx):
        n = (self.seen.value() or 0) + 1
        self.seen.update(n)
        yield value, n


flinkapi.of_stream("headrace", lambda s: s.key_by(lambda x: x % 10_000).process(Count()), 1_000_000)
