"""The embedded origin answers as httpbin does: both get the same requests, and their answers are compared.

Compared are the status, the headers that matter to a client, and every key and value of a JSON body;
only the port differs. Where the origin differs on purpose, the last tests say how. Where versions of httpbin
differ, the origin answers as 0.7, Debian 12's, does; Debian 13 has 0.10.
"""

import http.client
import importlib.metadata
import json

import pytest

import origin_servers


def version_of(package):
    return tuple(int(part) for part in importlib.metadata.version(package).split(".")[:2])


# 0.10 delays every method that it knows. Which bytes are shown how, its library decides: 3 shows those that are not UTF-8 escaped.
HTTPBIN_DELAYS_ALL = version_of("httpbin") >= (0, 10)
HTTPBIN_KEEPS_ESCAPES = version_of("werkzeug") >= (3, 0)

HEADERS_COMPARED = (
    "Content-Type",
    "Location",
    "WWW-Authenticate",
    "Proxy-Authenticate",
    "X-More-Info",
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Max-Age",
)

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "PURGE")

PATHS = (
    "/",
    "/get",
    "/post",
    "/put",
    "/patch",
    "/delete",
    "/anything",
    "/anything/some/path",
    "/headers",
    "/status/200",
    "/delay/0",
    "/bytes/16",
    "/stream-bytes/16",
    "/redirect/1",
    "/relative-redirect/2",
    "/absolute-redirect/2",
    "/unknown",
)

CODES = (200, 201, 202, 204, 205, 206, 226, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 402, 403, 404, 405, 406,
         407, 408, 410, 413, 418, 421, 429, 451, 500, 501, 502, 503, 504, 599, 600, 999)

GET_PATHS = (
    "/get?one=1&two=2",
    "/get?same=1&same=2&same=3",
    "/get?empty=&bare&=nameless&&a=b=c",
    "/get?plus=a+b&percent=%26%3D%20&broken=%4&worse=%zz",
    "/get?",
    "/get/",
    "/Get",
    "/%62ytes/1%30",
    "/anything/",
    "/anything/a/b/c?x=1",
    "/headers?x=1",
    "/headers/x",
    "/status/",
    "/status/abc",
    "/status/200:3",
    "/status/200:1,200:0.5",
    "/status/404:1,200:0",
    "/status/500:1e0,200:0",
    "/status/200,abc",
    "/status/200:x,300:1",
    "/status/,",
    "/status/200/x",
    "/status/4%304",
    "/delay/",
    "/delay/0.01",
    "/delay/.01",
    "/delay/1e-2",
    "/delay/-1",
    "/delay/nan",
    "/delay/abc",
    "/delay/0.01?x=1",
    "/delay/0/0",
    "/bytes/0",
    "/bytes/1024",
    "/bytes/0100",
    "/bytes/102400",
    "/bytes/102401",
    "/bytes/99999999999999999999999",
    "/bytes/-1",
    "/bytes/1.5",
    "/bytes/abc",
    "/bytes/",
    "/bytes/10?seed=7",
    "/bytes/10?SEED=-7",
    "/bytes/10?seed=abc",
    "/bytes/10?seed=",
    "/stream-bytes/0",
    "/stream-bytes/1024",
    "/stream-bytes/102401",
    "/stream-bytes/20?seed=7&chunk_size=3",
    "/stream-bytes/20?seed=x",
    "/stream-bytes/x",
    "/redirect/0",
    "/redirect/1",
    "/redirect/2",
    "/redirect/5?absolute=true",
    "/redirect/1?absolute=TRUE",
    "/redirect/3?absolute=no",
    "/redirect/x",
    "/redirect/-1",
    "/relative-redirect/1",
    "/relative-redirect/0",
    "/absolute-redirect/1",
    "/absolute-redirect/3",
)

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}

BODIES = (
    ({}, b""),
    ({}, b"plain text"),
    ({"Content-Type": "text/plain; charset=utf-8"}, "é and €".encode()),
    ({"Content-Type": "application/octet-stream"}, bytes(range(256))),
    (FORM, b"a=1&b=2&b=3&c"),
    (FORM, b"text=a+b%20c&utf8=%C3%A9"),
    (FORM, b""),
    ({"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, b"a=1"),
    ({"Content-Type": "Application/X-WWW-Form-Urlencoded"}, b"a=1"),
    (JSON, b'{"numbers": [1, 2.5, -3e2], "text": "\\u00e9", "nothing": null, "yes": true}'),
    (JSON, b'[1, [2, [3]]]'),
    (JSON, b'"just text"'),
    (JSON, b"17"),
    (JSON, b'{"broken": '),
    ({"Content-Type": "text/plain"}, b'{"json": "whatever the type"}'),
    ({}, b"a\x00b"),
    ({}, b"x" * 300000),
)

REQUEST_HEADERS = (
    {"X-Test": "value"},
    {"x-lower-case": "value", "X-B3-TraceId": "abc", "X-1st": "1"},
    {"User-Agent": "test/1.0", "Accept": "*/*", "Accept-Encoding": "gzip", "Cookie": "a=b; c=d"},
    {"Authorization": "Basic dXNlcjpwYXNz", "Referer": "http://example.com/"},
    {"Latin": "caf\xe9"},
    {"X-Forwarded-For": "192.0.2.1"},
    {"Via": "1.1 proxy", "X-Request-Id": "1", "X-Forwarded-Port": "80"},
    {"Origin": "http://localhost:3000", "Access-Control-Request-Headers": "x-a, x-b"},
    {"Origin": "http://127.0.0.1"},
    {"Connection": "keep-alive"},
)


@pytest.fixture(scope="module")
def servers():
    with origin_servers.origin() as ours, origin_servers.httpbin() as theirs:
        yield ours, theirs


def fetch(server, method, path, headers=None, body=None, repeated=()):
    connection = server.connect()
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in [*(headers or {}).items(), *repeated]:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def fetch_raw(server, request):
    connection = server.connect()
    try:
        connection.connect()
        connection.sock.sendall(request.encode())
        response = http.client.HTTPResponse(connection.sock)
        response.begin()
        return response, response.read()
    finally:
        connection.close()


def without_port(server, text):
    return text.replace(f"127.0.0.1:{server.port}", "HOST")


def describe(server, response, body):
    """What must be the same, with both servers' ports hidden."""
    found = {"status": response.status, "allow": set((response.headers["Allow"] or "").split(", "))}
    for name in HEADERS_COMPARED:
        found[name] = without_port(server, response.headers[name] or "")
    if response.headers["Content-Type"] == "application/json" and body:
        found["json"] = json.loads(without_port(server, body.decode()))
    if response.headers["Content-Type"] == "application/octet-stream":
        found["size"] = len(body)
    return found


def assert_same(servers, method, path, **request):
    ours, theirs = (describe(server, *fetch(server, method, path, **request)) for server in servers)
    assert ours == theirs


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_on_every_path(servers, method, path):
    if HTTPBIN_DELAYS_ALL and path.startswith("/delay/") and method not in ("GET", "HEAD"):
        pytest.skip("this httpbin differs: see test_only_what_is_got_is_delayed")
    assert_same(servers, method, path)


@pytest.mark.parametrize("path", GET_PATHS)
def test_good_and_bad_arguments(servers, path):
    assert_same(servers, "GET", path)


@pytest.mark.parametrize("query", ("utf8=%C3%A9%E2%82%AC", "percent=%41%26%3d", "%c3%a9=name"))
def test_escaped_arguments(servers, query):
    ours, theirs = (json.loads(fetch(server, "GET", f"/get?{query}")[1]) for server in servers)
    assert ours["args"] == theirs["args"]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("method", ("GET", "HEAD", "POST"))
def test_every_status(servers, method, code):
    assert_same(servers, method, f"/status/{code}")


def test_status_406_tells_what_would_be_accepted(servers):
    ours, theirs = (fetch(server, "GET", "/status/406")[1] for server in servers)
    assert json.loads(ours) == json.loads(theirs)


@pytest.mark.parametrize("body", range(len(BODIES)))
@pytest.mark.parametrize("method, path", (
    ("POST", "/post"),
    ("PUT", "/put"),
    ("PATCH", "/patch"),
    ("DELETE", "/delete"),
    ("POST", "/anything"),
    ("GET", "/anything/x?y=1"),
))
def test_bodies(servers, method, path, body):
    headers, content = BODIES[body]
    assert_same(servers, method, path, headers=headers, body=content)


@pytest.mark.parametrize("headers", REQUEST_HEADERS)
@pytest.mark.parametrize("method, path", (
    ("GET", "/headers"),
    ("GET", "/get"),
    ("OPTIONS", "/get"),
    ("GET", "/get?show_env=1"),
))
def test_request_headers(servers, method, path, headers):
    assert_same(servers, method, path, headers=headers)


def test_repeated_headers_are_joined(servers):
    assert_same(servers, "GET", "/headers", repeated=(("X-Many", "1"), ("X-Many", "2"), ("x-many", "3")))


def test_a_body_that_cannot_be_read_as_json_is_not_lost(servers):
    ours, _ = servers
    _, body = fetch(ours, "POST", "/post", headers=JSON, body=b"{not json}")
    assert json.loads(body)["data"] == "{not json}"
    assert json.loads(body)["json"] is None


def test_redirects_lead_to_get(servers):
    for server in servers:
        path, statuses = "/redirect/4", []
        while True:
            response, _ = fetch(server, "GET", path)
            statuses.append(response.status)
            if response.status != 302:
                break
            path = response.headers["Location"]
        assert statuses == [302, 302, 302, 302, 200]
        assert path == "/get"


@pytest.mark.parametrize("path", ("/bytes/1000?seed={}", "/stream-bytes/1000?seed={}"))
def test_bytes_follow_the_seed(servers, path):
    for server in servers:
        first, again, other = (fetch(server, "GET", path.format(seed))[1] for seed in (1, 1, 2))
        assert first == again != other
        assert len(set(first)) > 200


def test_bytes_without_a_seed_vary(servers):
    for server in servers:
        assert fetch(server, "GET", "/bytes/64")[1] != fetch(server, "GET", "/bytes/64")[1]


def test_statuses_are_drawn_by_weight(servers):
    connection = servers[0].connect()
    drawn = []
    for _ in range(2000):
        connection.request("GET", "/status/200:3,500:1")
        response = connection.getresponse()
        response.read()
        drawn.append(response.status)
    connection.close()
    assert set(drawn) == {200, 500}
    assert 1350 < drawn.count(200) < 1650


def test_connections_are_kept_open(servers):
    connection = servers[0].connect()
    connection.connect()
    port = connection.sock.getsockname()[1]
    for path in ("/get", "/status/204", "/status/304", "/stream-bytes/10", "/status/404", "/unknown", "/delay/0.01"):
        connection.request("GET", path)
        connection.getresponse().read()
        assert connection.sock is not None, f"closed after {path}"
        assert connection.sock.getsockname()[1] == port
    connection.close()


# Where the origin differs from httpbin on purpose.


@pytest.mark.parametrize("method", sorted({*METHODS} - {"GET", "HEAD", "OPTIONS"}))
def test_only_what_is_got_is_delayed(servers, method):
    """httpbin 0.10 delays every method that it knows."""
    ours, theirs = (fetch(server, method, "/delay/0")[0] for server in servers)
    assert (ours.status, ours.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert theirs.status == (200 if HTTPBIN_DELAYS_ALL and method != "PURGE" else 405)


def test_arguments_that_are_not_utf_8_have_a_replacement(servers):
    """httpbin 0.10 leaves them escaped."""
    ours, theirs = (json.loads(fetch(server, "GET", "/get?name=%FF")[1])["args"]["name"] for server in servers)
    assert ours == "\ufffd"
    assert theirs == ("%FF" if HTTPBIN_KEEPS_ESCAPES else "\ufffd")


@pytest.mark.parametrize("method, path", (("GET", "/get"), ("OPTIONS", "/post"), ("GET", "/headers"), ("GET", "/unknown")))
@pytest.mark.parametrize("page", ("http://example.com", "https://localhost.example.com", "http://127.0.0.1.example.com:80",
                                  "http://127.0.0.1@example.com", "null", "http://", "file://", "127.0.0.1"))
def test_pages_of_other_machines_may_not_read_answers(servers, method, path, page):
    """httpbin lets all of them, with cookies: any page in a browser on this machine could use the origin."""
    response, _ = fetch(servers[0], method, path, headers={
        "Origin": page, "Access-Control-Request-Headers": "x-a", "Cookie": "a=b"})
    assert [name for name in response.headers if name.lower().startswith("access-control-")] == []
    assert response.headers["Vary"] == "origin"


@pytest.mark.parametrize("path", ("/", "/get", "/unknown", "/fault/reset", "/delay/10", "/absolute-redirect/1"))
@pytest.mark.parametrize("host", ("example.com", "rebound.example.com:{port}", "localhost.example.com", "127.0.0.1.example.com",
                                  "192.0.2.1", "[2001:db8::1]:{port}", "xlocalhost", "[::1", ".",
                                  "127.0.0.1:x"))
def test_requests_for_other_machines_are_refused(servers, host, path):
    """A page can make its own name lead to 127.0.0.1: what comes for that name is not for this origin."""
    response, body = fetch_raw(servers[0], f"GET {path} HTTP/1.1\r\nHost: {host.format(port=servers[0].port)}\r\n\r\n")
    assert response.status == 421
    assert b"127.0.0.1" in body


@pytest.mark.parametrize("host", ("localhost@example.com", "example.com/.localhost", "example.com#.localhost",
                                  "localhost:80@example.com", "127.0.0.1:80/", "a b.localhost", "localhost\r\nHost: localhost"))
def test_hosts_that_are_none_are_refused(servers, host):
    assert fetch_raw(servers[0], f"GET /get HTTP/1.1\r\nHost: {host}\r\n\r\n")[0].status == 400


@pytest.mark.parametrize("head", (
    "HTTP/1.1\r\nHost: 127.0.0.1", "HTTP/1.1\r\nHost: 127.1.2.3:1", "HTTP/1.1\r\nHost: localhost:80",
    "HTTP/1.1\r\nHost: A.LocalHost.", "HTTP/1.1\r\nHost: [::1]:8080", "HTTP/1.1\r\nHost: [::ffff:127.0.0.1]",
    "HTTP/1.1\r\nHost: ", "HTTP/1.0"))
def test_requests_for_this_machine_are_answered_by_whatever_name(servers, head):
    assert fetch_raw(servers[0], f"GET /get {head}\r\n\r\n")[0].status == 200


@pytest.mark.parametrize("path", ("/status/100", "/status/199", "/status/0", "/status/1000", "/status/-1",
                                  "/status/200:1:2,300", "/status/200:0,300:0", "/status/200:-1,300:2"))
def test_statuses_that_cannot_be_answered_are_refused(servers, path):
    """httpbin sends 1xx as a last answer, and 500 for some lists: a client would wait for ever, or be misled."""
    response, body = fetch(servers[0], "GET", path)
    assert (response.status, body) == (400, b"Invalid status code")


def test_urls_are_told_as_they_were_sent(servers):
    """httpbin undoes some of the escapes, and drops slashes at the start."""
    path = "/anything/%C3%A9%41?%C3%A9=%41"
    _, answer = fetch(servers[0], "GET", path)
    assert json.loads(answer)["url"] == f"http://127.0.0.1:{servers[0].port}{path}"
    assert fetch(servers[0], "GET", "//get")[0].status == 404


def test_multipart_bodies_are_told_as_data(servers):
    body = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    _, answer = fetch(servers[0], "POST", "/post", headers=headers, body=body)
    assert json.loads(answer)["data"] == body.decode()
    assert json.loads(answer)["form"] == {}


def test_chunked_bodies_are_read(servers):
    """httpbin under its own server refuses them with 501."""
    connection = servers[0].connect()
    connection.request("POST", "/post", body=iter([b"one ", b"two"]), encode_chunked=True,
                       headers={"Transfer-Encoding": "chunked"})
    assert json.loads(connection.getresponse().read())["data"] == "one two"
    connection.close()


@pytest.mark.parametrize("headers, body", (
    (FORM, b"&a=1"), (JSON, b",0"), (JSON, b',{"a":0}'),
), ids=("form", "list", "objects"))
def test_bodies_of_very_many_parts_are_refused(servers, headers, body):
    """httpbin takes seconds for them, during which others wait."""
    start, end = (b"b=2", b"") if headers is FORM else (b" [0", b"]")
    assert fetch(servers[0], "POST", "/post", headers=headers, body=start + 90_000 * body + end)[0].status == 200
    assert fetch(servers[0], "POST", "/post", headers=headers, body=start + 100_001 * body + end)[0].status == 413
    assert fetch(servers[0], "POST", "/post", headers={"Content-Type": "text/plain"}, body=b"x" + 200_000 * body)[0].status == 200


def test_heads_of_very_many_fields_are_refused(servers):
    head = "GET /get HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    response, body = fetch_raw(servers[0], head + 498 * "a: 1\r\n" + "\r\n")
    assert response.status == 200
    assert json.loads(body)["headers"]["A"] == ",".join(498 * "1")
    assert fetch_raw(servers[0], head + 499 * "a: 1\r\n" + "\r\n")[0].status == 431


def test_fields_of_one_name_take_no_time(servers):
    """They are joined once: not again and again, with what came before."""
    head = "GET /get HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"

    def seconds(name):
        fields = "".join(f"{name.format(index)}: {120 * 'x'}\r\n" for index in range(480))
        before_s = servers[0].figures.cpu_s()
        for _ in range(50):
            assert fetch_raw(servers[0], head + fields + "\r\n")[0].status == 200
        return servers[0].figures.cpu_s() - before_s

    assert seconds("a") < 3 * seconds("a{}") + 0.05


@pytest.mark.parametrize("target, status", (
    ("http://localhost", 200), ("http://localhost?a=1", 200), ("http://localhost/get?a=1", 200), ("get", 400),
    ("localhost:80", 400), ("?a=1", 400), ("http://localhost@example.com/get", 400)))
def test_targets_have_a_path_or_a_host(servers, target, status):
    assert fetch_raw(servers[0], f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n")[0].status == status


def test_what_is_no_path_is_answered(servers):
    for line, status in (("OPTIONS *", 200), ("GET *", 400), ("CONNECT localhost:80", 501)):
        assert fetch_raw(servers[0], f"{line} HTTP/1.1\r\nHost: localhost\r\n\r\n")[0].status == status


def test_requests_without_a_host_are_refused(servers):
    assert fetch_raw(servers[0], "GET /get HTTP/1.1\r\n\r\n")[0].status == 400


def test_huge_bodies_are_refused(servers):
    """httpbin reads bodies of any size."""
    connection = servers[0].connect()
    connection.putrequest("POST", "/post")
    connection.putheader("Content-Length", str(64 * 1024 * 1024))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
