"""The same in STREAMING mode, where the past is no backlog."""
import bounded

bounded.process("streaming", 1_000_000, hybrid=True)
