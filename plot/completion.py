"""What may be typed next, for the completion of shells: harness/cli/complete.h has the lines and what they mean."""

FOLDERS = ":folders"


def offer(candidates, word, begin=""):
    """`candidates` are pairs of a text and its description; `begin` is what the word has before them."""
    return ["\t".join(filter(None, (begin + text, meaning)))
            for text, meaning in candidates if (begin + text).startswith(word)]


def values(action, meanings, word, begin=""):
    if action.metavar == "FOLDER":
        return [f"{FOLDERS}\t{begin}"]
    return offer([(choice, meanings.get(choice, "")) for choice in action.choices or ()], word, begin)


def complete(parser, meanings, typed):
    """The lines for the words `typed`, of which the last one is to be completed; `meanings` are those of choices."""
    *before, word = typed or [""]
    actions = parser._actions  # argparse shows them nowhere else
    options = {name: action for action in actions for name in action.option_strings}
    asking = options.get(before[-1]) if before else None
    if asking is not None and asking.nargs != 0:
        return values(asking, meanings, word)
    name, equals, _ = word.partition("=")
    if equals and name in options:
        return values(options[name], meanings, word, name + equals)
    if word.startswith("-"):
        long = [(name, action) for name, action in options.items() if name.startswith("--")]
        return offer([(name, parser._get_formatter()._expand_help(action).partition(";")[0]) for name, action in long], word)
    positional = [action for action in actions if not action.option_strings]
    return values(positional[0], meanings, word)
