"""Questions for a class: open ones, chosen by what an experiment shows, each to be answered from its charts."""

from dataclasses import dataclass


@dataclass
class Question:
    text: str
    charts: tuple  # where the answer is to be looked for


@dataclass
class Seen:
    """What there is to ask about."""
    results: object
    charts: set       # the names of those that are in the report
    has_batches: bool  # of several requests, which have an order

    @property
    def arms(self):
        return [arm for arm in self.results.arms if not arm.sends_nothing]

    def families(self):
        return {arm.family for arm in self.arms}

    def verdicts(self):
        return {arm.standing.verdict for arm in self.arms}

    def has(self, *families):
        return set(families) <= self.families()


MOST = 6

# (is it of interest, question, the charts that answer it); the first ones are asked first.
QUESTIONS = [
    (lambda seen: any(arm.failed_trials for arm in seen.arms),
     "Some requests failed. A failure is often answered faster than a success: what would the table claim if failed requests counted "
     "like the others, and why is a strategy with failures not ranked at all?", ("total-time", "timeline")),
    (lambda seen: seen.results.is_open_loop and any(arm.standing.saturated for arm in seen.arms),
     "One strategy could not keep up with the rate. How do the times of its requests change from the beginning of a trial to its "
     "end, and what would they be if the trial went on for twice as long?", ("open-loop", "heat-map")),
    (lambda seen: seen.results.is_open_loop,
     "Here requests come when they are due, not when the one before is answered, and their times count from then. When the server "
     "stops for a moment, which requests get longer, and what would a test have shown that waits for each answer first?",
     ("open-loop", "request-times")),
    (lambda seen: "scaling" in seen.charts,
     "From which level of concurrency on does the throughput fall behind the ideal line? Decide from the other panels what it runs "
     "into: the longest batch, the processor, or the server.", ("scaling",)),
    (lambda seen: seen.has_batches,
     "Some batches have several requests, which have to be sent in their order. Find one in the timeline: what would be gained by "
     "sending its requests at once, and why may a client not do so?", ("timeline",)),
    (lambda seen: len(seen.families() - {"blocking"}) > 0 and seen.has("blocking"),
     "By what factor do several requests at once shorten the total time, and how many may be under way at once? What keeps the "
     "factor from being just as large?", ("total-time", "timeline")),
    (lambda seen: seen.has("threads", "event loop"),
     "A thread for each request, or one loop for all: where do they differ more, in time or in cost? Name what the threads wait "
     "for, and when the difference would decide which of them you use.", ("cost", "total-time")),
    (lambda seen: {"no-difference", "equivalent"} & seen.verdicts(),
     "“No difference was found” and “they are equal” are not the same. Which of the two do the intervals show here, and what would "
     "you change about the experiment to find a smaller difference?", ("ratios",)),
    (lambda seen: "no-interval" in seen.verdicts(),
     "There were too few rounds for a verdict. Look at how much the rounds of one strategy differ: how far apart would two "
     "strategies have to be for you to believe it all the same?", ("stability", "total-time")),
    (lambda seen: len({trial.start for trial in seen.results.trials}) > 1 or len({trial.reuse for trial in seen.results.trials}) > 1,
     "How much of a request is the opening of its connection? Compare the rows that open connections with those that keep them, and "
     "say for which users of a real service each of the two is true.", ("request-times", "cost")),
    (lambda seen: len(seen.arms) > 1,
     "The curves of request times may look alike although the total times differ. What decides the total time of a strategy beside "
     "the time of each of its requests?", ("request-times", "in-flight")),
    (lambda seen: not seen.results.is_open_loop and any(arm.standing.lower_bound_s for arm in seen.arms),
     "No order of these batches can beat the lower bound. Which strategy comes closest, and what is it doing in the time that is "
     "left between the two?", ("total-time", "in-flight")),
    (lambda seen: len(seen.arms) > 0,
     "What happens at the end of a trial, when there is less left to begin than there are lanes? What order of the batches would "
     "make that part shorter?", ("in-flight", "timeline")),
    (lambda seen: len(seen.arms) > 0,
     "Find the slowest requests. Do they come at one moment, which points at the machine or the server, or all through the trial, "
     "which points at the requests themselves?", ("heat-map", "stability")),
]


def questions_of(seen):
    """Those that the charts in the report can answer."""
    asked = [Question(text, tuple(chart for chart in charts if chart in seen.charts))
             for is_of_interest, text, charts in QUESTIONS if charts[0] in seen.charts and is_of_interest(seen)]
    return asked[:MOST]
