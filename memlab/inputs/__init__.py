"""Makes what a recipe's inputs are described as, and reads a user's own folder of pictures.

Nothing here knows of plans or trials: a description goes in, files on disk with their tiny twins for the
warm-up come out.
"""

from memlab.inputs.folder import read_folder
from memlab.inputs.made import MadeInputs
from memlab.inputs.photos import make_photos
from memlab.inputs.provision import provide

__all__ = ["MadeInputs", "make_photos", "provide", "read_folder"]
