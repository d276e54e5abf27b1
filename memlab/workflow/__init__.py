"""The steps in a row, one module a task: what the command line, pytest and notebooks call."""
