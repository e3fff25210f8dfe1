"""Two streams grouped at their end, in STREAMING mode."""
import bounded

bounded.co_group(windows=False, keys=100_000)
