"""requests, one after the other: a loop over a list, as in most scripts."""
import sys
import time

sys.path.insert(0, "..")
import participant
import requests_client

experiment = participant.Experiment(requests_client.CLIENT)
session = requests_client.make_session(experiment.task)
if experiment.task["warm"]:
    requests_client.run_lane(experiment, session, 0, None)
experiment.begin()
requests_client.run_lane(experiment, session, 0, time.sleep)
experiment.end()
