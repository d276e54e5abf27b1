"""Does not come to an end while it is imported."""

import time

while True:
    time.sleep(1)
