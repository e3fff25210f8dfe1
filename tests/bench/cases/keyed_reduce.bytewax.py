"""The same as a bytewax dataflow: stateful_map."""
import bytewax.operators as op
import bytewaxapi


def add(state, e):
    state = e if state is None else (state[0], state[1] + e[1])
    return state, state


def build(s):
    s = op.map("make", s, lambda x: (x % 10_000, x))
    return op.stateful_map("add", op.key_on("key", s, lambda e: str(e[0])), add)


bytewaxapi.of_numbers(build, 1_000_000)
