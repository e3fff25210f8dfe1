"""A process function with state of a million keys over a backlog."""
import bounded

bounded.process("backlog", 1_000_000, hybrid=True)
