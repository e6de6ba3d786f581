"""requests in a pool of threads. Each has its own session: one for all would share a pool of 10 connections."""
import sys
import threading
import time

sys.path.insert(0, "..")
import participant
import requests_client


def work(experiment, lane, session, gates):
    for wait, gate in gates:
        gate.wait()
        requests_client.run_lane(experiment, session, lane, wait)
        gate.wait()


def main():
    experiment = participant.Experiment(requests_client.CLIENT)
    lanes = experiment.task["concurrency"]
    warm_up, timed = threading.Barrier(lanes + 1), threading.Barrier(lanes + 1)
    gates = [(time.sleep, timed)]
    if experiment.task["warm"]:
        gates.insert(0, (None, warm_up))
    for lane in range(lanes):
        session = requests_client.make_session(experiment.task)
        threading.Thread(target=work, args=(experiment, lane, session, gates), daemon=True).start()
    if experiment.task["warm"]:
        warm_up.wait()
        warm_up.wait()
    experiment.begin()
    timed.wait()
    timed.wait()
    experiment.end()


main()
