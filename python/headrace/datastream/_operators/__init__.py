"""Operators in pure Python, run by the engine's keyed and non-keyed operator machinery.

headrace._runtime says what the machinery calls and what its context offers. Nothing here runs in
the program that builds a job: the operators are pickled with the user's functions inside.
"""
