"""\x1b[31mNames\x1b[0m that would like to be \u202eobeyed.\x07

\x1b]0;title\x07
"""

from memlab import Recipe

recipe = Recipe()


def plain(_paths):
    """\x1b[2J"""
    print("\x1b[2Jcleared")
    return 1


def named(name, mark):
    def function(_paths):
        """\x9b31m"""
        return 1

    function.__name__ = name
    mark(function)


named("../../escape", recipe.baseline)
named("\x1b[2J\x1b[31mred\x07", recipe.technique)
named("a" * 10_000, recipe.technique)
named("line\nbreak\r\x00", recipe.technique)
named("\u202eright to left", recipe.technique)
named("<script>alert(1)</script>|`[x](y)", recipe.technique)
