"""pycurl's CurlMulti: a handle for each lane, libcurl's own select in between."""
import sys

import pycurl

sys.path.insert(0, "..")
import participant

WORDS = {
    pycurl.E_OPERATION_TIMEDOUT: "timed out",
    pycurl.E_COULDNT_RESOLVE_HOST: "could not resolve",
    pycurl.E_COULDNT_CONNECT: "could not connect",
    pycurl.E_SSL_CONNECT_ERROR: "tls failed",
    pycurl.E_PEER_FAILED_VERIFICATION: "tls failed",
    pycurl.E_TOO_MANY_REDIRECTS: "too many redirects",
    pycurl.E_GOT_NOTHING: "connection lost",
    pycurl.E_PARTIAL_FILE: "connection lost",
    pycurl.E_RECV_ERROR: "connection lost",
    pycurl.E_SEND_ERROR: "connection lost",
}


class Lane:
    def __init__(self, experiment, number):
        self.experiment = experiment
        self.number = number
        self.handle = pycurl.Curl()
        self.handle.lane = self
        self.batch = self.place = self.started = None

    def _set(self, request):
        task, handle = self.experiment.task, self.handle
        body = participant.body_of(request)
        handle.reset()
        handle.setopt(pycurl.NOSIGNAL, 1)
        handle.setopt(pycurl.URL, request["url"])
        handle.setopt(pycurl.CUSTOMREQUEST, request["method"])
        handle.setopt(pycurl.NOBODY, request["method"] == "HEAD")
        handle.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" if value else f"{name};"
                                          for name, value in request["headers"]] + ["Expect:"])
        if body is not None:
            handle.setopt(pycurl.POSTFIELDS, body)
        handle.setopt(pycurl.WRITEFUNCTION, len)
        handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        handle.setopt(pycurl.FRESH_CONNECT, not task["reuse"])
        handle.setopt(pycurl.FORBID_REUSE, not task["reuse"])
        handle.setopt(pycurl.TIMEOUT_MS, int(task["timeout_s"] * 1000))
        handle.setopt(pycurl.CONNECTTIMEOUT_MS, int(task["connect_timeout_s"] * 1000))
        handle.setopt(pycurl.FOLLOWLOCATION, task["redirects"] > 0)
        handle.setopt(pycurl.MAXREDIRS, task["redirects"])
        handle.setopt(pycurl.PROXY, task["proxy"] or "")
        handle.setopt(pycurl.SSL_VERIFYPEER, task["verify"])
        handle.setopt(pycurl.SSL_VERIFYHOST, 2 if task["verify"] else 0)
        if task["ca_file"]:
            handle.setopt(pycurl.CAINFO, task["ca_file"])

    def start(self, multi):
        """The next request of its batch, or of the next batch; False: there is none left."""
        if self.batch is None or self.place == len(self.experiment.batch(self.batch)):
            self.batch, self.place = self.experiment.take(), 0
        if self.batch is None:
            return False
        self._set(self.experiment.batch(self.batch)[self.place])
        self.started = self.experiment.now()
        multi.add_handle(self.handle)
        return True

    def finish(self, multi, code=None, message=""):
        handle = self.handle
        error = f"{WORDS.get(code, 'bad response')}: {message}" if code else None
        status = None if code else handle.getinfo(pycurl.RESPONSE_CODE)
        goes_on = self.experiment.keep((self.batch, self.place), self.number, self.started, status,
                                       int(handle.getinfo(pycurl.SIZE_DOWNLOAD)), error)
        multi.remove_handle(handle)
        self.place += 1
        if not goes_on:
            self.batch = None


def collect(multi, under_way):
    """How many are under way after that, and how many have ended."""
    ended = []
    waiting = 1
    while waiting:
        waiting, succeeded, failed = multi.info_read()
        ended += [(handle.lane, None, "") for handle in succeeded] + [(handle.lane, *rest) for handle, *rest in failed]
    for lane, code, message in ended:
        lane.finish(multi, code, message)
        under_way -= not lane.start(multi)
    return under_way, len(ended)


def run(multi, lanes):
    under_way = sum(lane.start(multi) for lane in lanes)
    while under_way:
        multi.perform()
        under_way, ended = collect(multi, under_way)
        if not ended and under_way:
            timeout_ms = multi.timeout()
            multi.select(min(1.0, timeout_ms / 1000) if timeout_ms >= 0 else 1.0)


experiment = participant.Experiment(pycurl.version.split()[0])
if experiment.task["concurrency"] > 1000:
    experiment.refuse("pycurl waits with select, for fewer than 1,024 descriptors: use a concurrency of at most 1000")
curl_multi = pycurl.CurlMulti()
all_lanes = [Lane(experiment, number) for number in range(experiment.task["concurrency"])]
if experiment.task["warm"]:
    run(curl_multi, all_lanes)
experiment.begin()
run(curl_multi, all_lanes)
experiment.end()
