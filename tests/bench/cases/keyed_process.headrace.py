"""KeyedProcessFunction with a ValueState, 10,000 keys."""
import counting

counting.run("headrace", 1_000_000, {})
