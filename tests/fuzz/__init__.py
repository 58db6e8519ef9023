"""What must never break, whatever it is fed: answers, files of a folder, configurations.

Each target is a function of bytes; the test suite feeds it by Hypothesis, `make fuzz` by a coverage-guided fuzzer.
"""
