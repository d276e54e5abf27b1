"""The supervisor: `python -P -m memlab.supervisor`. Run, never imported by the rest of memlab.

One small process, and a process of its own: as a child subreaper inside pytest or Jupyter it would adopt its host's
orphans. It starts trials, reads marks, times out, reaps, and when its control pipe ends kills everything below it.
"""
