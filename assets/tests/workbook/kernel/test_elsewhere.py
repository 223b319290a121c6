"""Where a browser that runs elsewhere finds localkfp's pages."""

from __future__ import annotations

import pytest
from workbook.kernel.elsewhere import browser_address

PREFIX = {"JUPYTERHUB_SERVICE_PREFIX": "/user/jo/"}


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({}, ""),
        (PREFIX, "/user/jo/proxy/8090/"),
        (
            {**PREFIX, "JUPYTERHUB_PUBLIC_URL": "https://hub.example/user/jo/"},
            "https://hub.example/user/jo/proxy/8090/",
        ),
        (
            {**PREFIX, "JUPYTERHUB_HOST": "https://jo.hub.example"},
            "https://jo.hub.example/user/jo/proxy/8090/",
        ),
        ({"NB_PREFIX": "/notebook/me/lessons"}, "/notebook/me/lessons/proxy/8090/"),
        ({"NB_PREFIX": ""}, ""),
        ({"CODESPACE_NAME": "jo-1"}, "https://jo-1-8090.app.github.dev/"),
        (
            {
                "CODESPACE_NAME": "jo-1",
                "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN": "preview.example",
            },
            "https://jo-1-8090.preview.example/",
        ),
    ],
)
def test_the_address_is_where_the_environment_forwards_it(environment, address):
    assert browser_address("http://localhost:8090", environment) == address
