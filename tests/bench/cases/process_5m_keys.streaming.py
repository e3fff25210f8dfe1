"""A process function with state of 5 million keys in STREAMING mode."""
import bounded

bounded.process("streaming", bounded.ROWS // 2)
