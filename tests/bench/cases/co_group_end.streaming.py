"""The same in an event-time window."""
import bounded

bounded.co_group(windows=True, keys=100_000)
