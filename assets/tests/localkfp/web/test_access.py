"""Who may ask a server."""

from __future__ import annotations

import pytest
from localkfp.web.access import Access

OPEN = Access(frozenset({"lab.example", "machine"}))


@pytest.mark.parametrize(
    ("host", "here", "opened"),
    [
        ("localhost", True, True),
        ("localhost:8090", True, True),
        ("127.0.0.1:8090", True, True),
        ("[::1]:8090", True, True),
        ("192.0.2.7:8090", False, True),
        ("[2001:db8::7]:8090", False, True),
        ("lab.example:8090", False, True),
        ("machine", False, True),
        ("evil.example:8090", False, False),
        ("lab.example.evil.example", False, False),
        ("localhost.evil.example", False, False),
        ("", False, False),
        ("[", False, False),
    ],
)
def test_a_request_must_call_the_server_by_its_name(host, here, opened):
    assert (Access().permits_host(host), OPEN.permits_host(host)) == (here, opened)


@pytest.mark.parametrize(
    ("host", "origin", "site", "good"),
    [
        ("localhost:1", None, None, True),
        ("localhost:1", "http://localhost:2", "same-site", False),
        ("localhost:1", "http://localhost:2", None, False),
        ("localhost:1", "http://localhost:1", "same-origin", True),
        ("localhost:1", "http://127.0.0.1:1", "cross-site", False),
        ("localhost:1", None, "none", True),
        ("lab.example:1", "http://lab.example:1", "same-origin", True),
        ("lab.example:1", "http://evil.example", None, False),
        ("192.0.2.7:1", "http://192.0.2.8", None, False),
        ("localhost:1", "null", None, False),
        ("localhost:1", "http://[", None, False),
        ("localhost:1", None, "cross-site", False),
        ("localhost:1", None, "same-site", False),
        ("localhost:1", "http://localhost", "cross-site", False),
    ],
)
def test_a_page_of_another_site_may_change_nothing(host, origin, site, good):
    assert OPEN.permits_page(host, origin, site) == good
