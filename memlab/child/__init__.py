"""The measured process: `python -P -m memlab.child SPEC`. Run, never imported by the rest of memlab.

It imports next to nothing of its own (kernel, recipe, the standard library, and a meter where one is asked for),
because whatever it holds is held by the process that is measured.
"""
