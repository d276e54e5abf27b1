"""A host: sets something up, has a function measured, and tears it down."""

MIB = 1 << 20


def run(arguments, measured):
    held = bytearray(arguments["held"])

    def function():
        block = bytearray(arguments["taken"])
        if arguments["does"] == "raises":
            raise KeyError("lost")
        return len(block)

    if arguments["does"] == "nothing":
        return
    try:
        print("the value:", measured(function))
    except KeyError as error:
        print("passed on:", error)
    later = bytearray(arguments["held"])
    if arguments["does"] == "measures twice":
        measured(function)
    if arguments["does"] == "fails afterwards":
        raise OSError("can't be torn down")
    del held, later
