"""What the report says of one folder, in the order of its page. Everything is as summary.csv and experiment.json have it."""

import functools
import os
import shlex
from dataclasses import dataclass, field

import report_pictures
import report_questions
import report_table
import style
import wording


@dataclass
class Part:
    """An experiment's folder: of one that was run by its name there may be several."""
    results: object
    facts: object         # of experiment.json
    name: str = ""        # where there are several
    pictures: list = field(default_factory=list)
    left_out: list = field(default_factory=list)  # (name of a chart, why it isn't there)

    @property
    def arms(self):
        return self.results.shown_arms

    @functools.cached_property
    def source(self):
        return report_pictures.source_of(self.results.folder)

    @property
    def headline(self):
        return wording.headline(self.results.ordered_arms)

    @property
    def not_ranked(self):
        """Beside the headline, which says it where none is ranked."""
        arms = self.results.ordered_arms
        return wording.not_ranked(arms, most=len(arms)) if any(arm.is_ranked for arm in arms) else ""

    @property
    def is_ranked(self):
        return any(arm.is_ranked for arm in self.arms)

    @property
    def first(self):
        """Those that share the first place, where there is another one."""
        return [arm for arm in self.arms if arm.standing.shares_first] if sum(arm.is_ranked for arm in self.arms) > 1 else []

    @property
    def compared(self):
        return [arm for arm in self.arms if arm.is_ranked and arm.reference is not None and arm.standing.verdict_text]

    @property
    def references(self):
        return list(dict.fromkeys(arm.reference.label for arm in self.compared))

    @property
    def one_verdict(self):
        """The words of all comparisons, where these are the same: too few rounds, as a rule."""
        words = {(arm.standing.verdict_text, arm.standing.cpu_verdict_text) for arm in self.compared}
        times, cpus = zip(*words) if len(words) == 1 else ((), ())
        return times[0] if times and cpus[0] == times[0] else ""

    @property
    def detectable(self):
        """A share below which a difference may have gone unnoticed, where the headline does not say it."""
        return None if "unnoticed" in self.headline else self.facts.number("smallest_detectable_difference")

    @property
    def columns(self):
        return report_table.columns_of(self.arms)

    @property
    def warnings(self):
        """None: it isn't known whether there are any."""
        if not isinstance(self.facts.at("warnings"), list):
            return None
        return [(warning.text("finding"), warning.text("advice")) for warning in self.facts.list("warnings")]

    @property
    def questions(self):
        requests, batches = (self.facts.number("requests", name) or 0 for name in ("requests", "batches"))
        seen = report_questions.Seen(self.results, {picture.name for picture in self.pictures}, has_batches=requests > batches)
        return report_questions.questions_of(seen)

    @property
    def is_cut_short(self):
        return self.facts.at("complete") is False

    @property
    def folder(self):
        return os.path.basename(os.path.realpath(self.results.folder))

    @property
    def command(self):
        words = self.facts.texts("command")
        return shlex.join([os.path.basename(words[0]), *map(style.one_line, words[1:])]) if words else ""

    @property
    def repeat(self):
        return shlex.join(["harness", "--repeat-from", style.one_line(self.folder)])

    @property
    def settings(self):
        """Those that have a value, of which False alone is none; of the workload more is said. None: nothing is known of them."""
        given = self.facts.at("settings")
        if not isinstance(given, dict):
            return None
        texts = {name: _setting(value) for name, value in given.items() if value is not False}
        return [(name, text) for name, text in texts.items() if text and name != "workload"]

    @property
    def load_averages(self):
        return ", ".join(f"{value:.2f}" for item in self.facts.list("machine", "load_averages") if (value := item.number()) is not None)

    @property
    def memory(self):
        kib = self.facts.number("machine", "memory_kib")
        return "" if kib is None else f"{style.significant(kib / 2 ** 20)} GiB"

    @property
    def summary_line(self):
        """What was run, for the head of the page."""
        trials = self.results.trials
        several = sorted({trial.requests for trial in trials})
        counts = style.plural(several[0], "request") if len(several) == 1 else f"{several[0]:,} to {several[-1]:,} requests"
        rounds = style.plural(len({trial.round for trial in trials}), "round")
        levels = style.listing(f"{level:,}" for level in sorted({arm.concurrency for arm in self.arms}))
        workloads = style.listing(sorted({style.short(trial.workload) for trial in trials}))
        return [("workload", workloads), ("each trial", counts), ("at once", levels), ("measured", rounds),
                *([("started", moment)] if (moment := _moment(self.facts.text("started_at"))) else [])]


def _moment(text):
    """2026-11-30T03:52:27.905Z to the minute."""
    return f"{text[:10]} {text[11:16]} UTC" if len(text) > 16 and text[10] == "T" and text.endswith("Z") else text


def _setting(value):
    if isinstance(value, list):
        return ", ".join(filter(None, map(_setting, value)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
