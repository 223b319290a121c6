"""Who may ask: this machine, and no web page of another site (DNS rebinding, foreign posts)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Access:
    """`names`: what other machines call this one; none (the default) where they may not ask."""

    names: frozenset[str] = frozenset()

    def permits_host(self, host: str) -> bool:
        """Whether a request with this Host header was sent to us by our name.

        A page that rebinds its own name to our address still sends its own name. An address can't
        be rebound, so where other machines may ask, every address is good.
        """
        name = hostname(f"//{host}")
        if name in LOOPBACK:
            return True
        return bool(self.names) and name is not None and (name in self.names or _address(name))

    def permits_page(self, host: str, origin: str | None, site: str | None) -> bool:
        """Whether a request comes from no page, or from one of this very server, port included.

        `origin` and `site` are the headers Origin and Sec-Fetch-Site, which browsers set. A page
        that another program serves at another port of this machine is another's page.
        """
        if site in ("cross-site", "same-site"):
            return False
        return not origin or _authority(origin) == host.lower()


def hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
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
