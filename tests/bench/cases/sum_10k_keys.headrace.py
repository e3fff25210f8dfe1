"""The sum of 10,000 keys in BATCH mode."""
import bounded

bounded.sums("batch", 10_000)
