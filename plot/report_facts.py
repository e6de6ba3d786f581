"""What the report needs besides the CSV files: experiment.json, which says what was run, and finding.json, which says what
came of an experiment that was run by its name. Either may be missing; then the report has less to tell.
"""

import json
import os

EXPERIMENT_FILE = "experiment.json"
FINDING_FILE = "finding.json"


class Facts:
    """A JSON document, of which every part may be missing, or be something else than was thought.

        facts.text("versions", "libcurl")    "8.14.1", or "" where there is no such text or number
        facts.list("warnings")               Facts of each of its items
    """

    def __init__(self, value):
        self.value = value

    def at(self, *names):
        value = self.value
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def text(self, *names):
        value = self.at(*names)
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            return ""
        return value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)

    def number(self, *names):
        value = self.at(*names)
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None

    def list(self, *names):
        value = self.at(*names)
        return [Facts(item) for item in value] if isinstance(value, list) else []

    def texts(self, *names):
        return [text for item in self.list(*names) if (text := item.text())]

    def __bool__(self):
        return bool(self.value)


def read_facts(folder, name, warn):
    path = os.path.join(folder, name)
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            value = json.load(file)
    except FileNotFoundError:
        return Facts(None)
    except OSError as error:
        warn(f"{path}: {error.strerror.lower()}; the report lacks what it says")
        return Facts(None)
    except (ValueError, RecursionError):
        warn(f"{path}: it isn't JSON; the report lacks what it says: run the experiment again, or restore the file")
        return Facts(None)
    return Facts(value if isinstance(value, dict) else None)
