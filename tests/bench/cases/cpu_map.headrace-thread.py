"""The same in two threads, which share the interpreter's lock."""
import cpu

cpu.of_headrace(2, "thread")
