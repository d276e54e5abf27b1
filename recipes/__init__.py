"""memlab's own recipes, one module each; installed as the package `memlab_recipes`."""
