"""Measure functions from Python: in fresh processes like `memlab compare`, or a block of code in this one."""
