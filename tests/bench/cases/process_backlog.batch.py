"""The same in BATCH mode."""
import bounded

bounded.process("batch", 1_000_000, hybrid=True)
