"""What the two participants that use requests have in common."""
import requests

import participant

CLIENT = f"requests {requests.__version__}"


def make_session(task):
    session = requests.Session()
    session.trust_env = False  # no proxy of the environment
    session.verify = task["ca_file"] or task["verify"]
    session.max_redirects = task["redirects"] or 1  # it counts those that it is not to follow, too
    if task["proxy"]:
        session.proxies = {"http": task["proxy"], "https": task["proxy"]}
    return session


def error_of(error):
    if isinstance(error, requests.Timeout):
        return "timed out"
    if isinstance(error, requests.exceptions.SSLError):
        return f"tls failed: {error}"
    if isinstance(error, requests.TooManyRedirects):
        return "too many redirects"
    if isinstance(error, requests.ConnectionError):
        text = str(error)
        if "NameResolutionError" in text or "Name or service not known" in text or "Temporary failure in name" in text:
            return f"could not resolve: {text}"
        if "Failed to establish a new connection" in text:
            return f"could not connect: {text}"
        return f"connection lost: {text}"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return f"connection lost: {error}"
    return f"bad response: {error}"


def send(experiment, session, place, lane, request):
    """Is the batch to go on?"""
    task = experiment.task
    headers = {}
    for name, value in participant.headers_of(request):  # requests has no two headers of one name
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if not task["reuse"]:
        headers["Connection"] = "close"
    started = experiment.now()
    try:
        response = session.request(request["method"], request["url"], headers=headers, data=participant.body_of(request),
                                   timeout=(task["connect_timeout_s"], task["timeout_s"]),
                                   allow_redirects=task["redirects"] > 0)
    except requests.RequestException as error:
        return experiment.keep(place, lane, started, error=error_of(error))
    # Before version 2.32 requests says nothing of a body that ends too early.
    announced = response.headers.get("Content-Length")
    if announced and request["method"] != "HEAD" and len(response.content) < int(announced):
        return experiment.keep(place, lane, started, error="connection lost: the body is shorter than announced")
    return experiment.keep(place, lane, started, response.status_code, len(response.content))


def run_lane(experiment, session, lane, wait):
    """One batch after the other; `wait` sleeps for so many seconds, None: no batch is waited for."""
    while (index := experiment.take()) is not None:
        while (seconds := experiment.seconds_until_due(index)) > 0 and wait:
            wait(seconds)
        for number, request in enumerate(experiment.batch(index)):
            if not send(experiment, session, (index, number), lane, request):
                break
