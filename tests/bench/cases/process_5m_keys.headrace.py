"""A process function with state of 5 million keys in BATCH mode."""
import bounded

bounded.process("batch", bounded.ROWS // 2)
