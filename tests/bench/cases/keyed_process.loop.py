"""Floor: the same in a plain Python loop with a dict."""
import counting

counting.loop(1_000_000)
