"""The sum of 5 million keys in STREAMING mode."""
import bounded

bounded.sums("streaming", bounded.ROWS // 2)
