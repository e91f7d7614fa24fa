"""The console's files as the daemon serves them: compressed beforehand, kept for ever where their
name says so, and the page itself at each of its addresses."""

import gzip
import re

from harness.daemon import Answer, Daemon

HASHED = re.compile(rb'(?:src|href)="/console/(assets/[^"]+)"')


def assert_guarded(answer: Answer) -> None:
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert "base-uri 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "strict-transport-security" not in answer.headers


def test_the_page_stands_at_each_of_its_addresses(daemon: Daemon) -> None:
    page = daemon.page("/console/")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    for path in ("/console/keys", "/console/keys/" + "a" * 32, "/console/settings?x=1"):
        assert daemon.page(path).body == page.body
    assert page.headers["cache-control"] == "no-cache"
    assert_guarded(page)
    for path in ("/", "/console"):
        answer = daemon.page(path)
        assert (answer.status, answer.headers["location"]) == (302, "/console/")


def test_hashed_files_are_kept_for_ever(daemon: Daemon) -> None:
    paths = [f"/console/{path.decode()}" for path in HASHED.findall(daemon.page("/console/").body)]
    assert paths
    for path in paths:
        answer = daemon.page(path)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"].startswith(
            "text/css" if path.endswith(".css") else "text/javascript")
        assert_guarded(answer)
    for path in ("/console/assets/none.js", "/console/favicon.png", paths[0] + ".br",
                 "/console/assets/..%2findex.html"):
        assert daemon.page(path).status == 404, path


def test_each_form_is_the_same_file(daemon: Daemon) -> None:
    path = "/console/" + HASHED.findall(daemon.page("/console/").body)[0].decode()
    plain = daemon.page(path)
    assert "content-encoding" not in plain.headers
    zipped = daemon.page(path, Accept_Encoding="deflate, gzip;q=0.5")
    assert zipped.headers["content-encoding"] == "gzip"
    assert gzip.decompress(zipped.body) == plain.body
    packed = daemon.page(path, Accept_Encoding="gzip, deflate, br")
    assert packed.headers["content-encoding"] == "br"
    assert len(packed.body) < len(zipped.body) < len(plain.body)
    refused = daemon.page(path, Accept_Encoding="br;q=0, gzip")
    assert refused.headers["content-encoding"] == "gzip"
    for answer in (plain, zipped, packed):
        assert answer.headers["vary"] == "Accept-Encoding"
    assert len({answer.headers["etag"] for answer in (plain, zipped, packed)}) == 3


def test_what_a_browser_has_is_not_sent_again(daemon: Daemon) -> None:
    page = daemon.page("/console/", Accept_Encoding="br")
    again = daemon.page("/console/", Accept_Encoding="br", If_None_Match=page.headers["etag"])
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", page.headers["etag"])
    other = daemon.page("/console/", Accept_Encoding="br", If_None_Match='"another"')
    assert (other.status, other.body) == (200, page.body)


def test_behind_tls_browsers_are_told_to_stay_there(daemon: Daemon) -> None:
    answer = daemon.page("/console/", X_Forwarded_Proto="https")
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
