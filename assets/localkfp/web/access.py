"""Who may ask: this machine, and no web page of another site (DNS rebinding, foreign posts)."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Proxy:
    """What brings a browser that is elsewhere here, as the environment of the server tells it.

    `prefix` is the path of this user's server in a JupyterHub, in Binder, or in Kubeflow (whose
    notebook controller names it in NB_PREFIX); jupyter-server-proxy there leaves Host as the
    browser sent it. `forwarded` is the name by which a Codespace forwards our port. Both are empty
    elsewhere.
    """

    prefix: str = ""
    forwarded: str = ""

    @staticmethod
    def of(environment: Mapping[str, str], port: int) -> Proxy:
        name = environment.get("CODESPACE_NAME")
        domain = environment.get("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN", "app.github.dev")
        prefix = environment.get("JUPYTERHUB_SERVICE_PREFIX") or environment.get("NB_PREFIX", "")
        return Proxy(
            f"{prefix.rstrip('/')}/" if prefix else "",
            f"{name}-{port}.{domain}".lower() if name else "",
        )


@dataclass(frozen=True)
class Access:
    """`names`: what other machines call this one; none (the default) where they may not ask."""

    names: frozenset[str] = frozenset()
    proxy: Proxy = field(default_factory=Proxy)
    port: int = 0

    def permits_host(self, host: str, context: str = "") -> bool:
        """Whether a request with this Host header was sent to us by our name.

        A page that rebinds its own name to our address still sends its own name, and our port. An
        address can't be rebound, so where other machines may ask, every address is good. `context`
        is the header X-Forwarded-Context, in which jupyter-server-proxy names the path that leads
        here.
        """
        name = hostname(f"//{host}")
        if name in LOOPBACK:
            return True
        if not name:
            return False
        if name == self.proxy.forwarded:
            return True
        if self.proxy.prefix and context.startswith(self.proxy.prefix):
            return _port(host) != self.port
        return bool(self.names) and (name in self.names or _address(name))

    def permits_page(self, host: str, origin: str | None, site: str | None) -> bool:
        """Whether a request comes from no page, or from one of this very server, port included.

        `origin` and `site` are the headers Origin and Sec-Fetch-Site, which browsers set. A page
        that another program serves at another port of this machine is another's page.
        """
        if site in ("cross-site", "same-site"):
            return False
        if not origin or _authority(origin) == host.lower():
            return True
        return bool(self.proxy.forwarded) and _authority(origin) == self.proxy.forwarded


def hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _port(host: str) -> int | None:
    try:
        return urlsplit(f"//{host}").port
    except ValueError:
        return None


def _authority(url: str) -> str | None:
    """`host:port` as a browser writes it into Host, too: without the port of the scheme."""
    try:
        return urlsplit(url).netloc.lower() or None
    except ValueError:
        return None


def _address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
