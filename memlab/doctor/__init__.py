"""Can the meters on this machine be trusted? Programs of known memory, what they are held against, and what else
there is to know of the machine. Nothing is run from here: `memlab.workflow.doctor` gives the specs to the runner.
"""
