"""The sum of 5 million keys in BATCH mode."""
import bounded

bounded.sums("batch", bounded.ROWS // 2)
