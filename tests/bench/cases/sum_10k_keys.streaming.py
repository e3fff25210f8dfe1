"""The sum of 10,000 keys in STREAMING mode."""
import bounded

bounded.sums("streaming", 10_000)
