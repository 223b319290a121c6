"""Who may ask a server."""

from __future__ import annotations

import pytest
from localkfp.web.access import Access, Proxy

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


HUB = Access(proxy=Proxy.of({"JUPYTERHUB_SERVICE_PREFIX": "/user/jo/"}, 8090), port=8090)
KUBEFLOW = Access(proxy=Proxy.of({"NB_PREFIX": "/notebook/me/jo"}, 8090), port=8090)
CODESPACE = Access(proxy=Proxy.of({"CODESPACE_NAME": "Name"}, 8090), port=8090)


@pytest.mark.parametrize(
    ("access", "host", "context", "good"),
    [
        (HUB, "hub.example", "/user/jo/proxy/8090", True),
        (HUB, "hub.example:8000", "/user/jo/proxy/8090", True),
        (HUB, "hub.example", "", False),
        (HUB, "hub.example", "/user/other/proxy/8090", False),
        (HUB, "evil.example:8090", "/user/jo/proxy/8090", False),  # rebound to our address
        (HUB, "", "/user/jo/proxy/8090", False),
        (Access(), "hub.example", "/user/jo/proxy/8090", False),
        (KUBEFLOW, "kubeflow.example", "/notebook/me/jo/proxy/8090", True),
        (KUBEFLOW, "kubeflow.example", "/notebook/me/jo-2/proxy/8090", False),
        (CODESPACE, "name-8090.app.github.dev", "", True),
        (CODESPACE, "name-8091.app.github.dev", "", False),
        (CODESPACE, "other-8090.app.github.dev", "", False),
    ],
)
def test_a_proxy_of_the_environment_may_bring_a_browser_that_is_elsewhere(
    access, host, context, good
):
    assert access.permits_host(host, context) == good


def test_a_page_behind_a_proxy_posts_to_its_own_origin_only():
    mine = "https://name-8090.app.github.dev"
    assert CODESPACE.permits_page("localhost:8090", mine, "same-origin")
    assert not CODESPACE.permits_page("localhost:8090", mine.replace("8090", "8091"), None)
    assert HUB.permits_page("hub.example", "https://hub.example", "same-origin")
    assert not HUB.permits_page("hub.example", "https://evil.example", None)
