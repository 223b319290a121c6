"""Where `kfp.Client` finds Kubeflow Pipelines."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import localkfp

from workbook.kernel import kfp_context
from workbook.kernel.doors import LOCALKFP, NOTEBOOK_SERVER, find_door
from workbook.kernel.elsewhere import browser_address
from workbook.kernel.environment import EnvironmentProblem
from workbook.language import _

if TYPE_CHECKING:
    import kfp


def endpoint(explicit: str = "") -> str | None:
    """What belongs into `kfp.Client(host=...)`, and a printed line that says whose it is and why.

    An explicit address wins, then kfp's own KF_PIPELINES_ENDPOINT. In a Kubeflow notebook server
    with a token it is None: kfp 1.8 then finds the API itself, and only then shows it the token.
    Otherwise it is localkfp, which is started on this machine when it isn't running. Raises
    EnvironmentProblem with a sentence.
    """
    door = find_door(explicit)
    if door.kind == NOTEBOOK_SERVER:
        # kfp's in-cluster address has no scheme, and urllib3 warns of that in the learner's cell
        warnings.filterwarnings("ignore", "URLs without a scheme", FutureWarning)
        print(_("endpoint: Kubeflow Pipelines of this notebook server, with its token"))
        return None
    if door.kind == LOCALKFP:
        _refuse_namespace()
        address = _start_localkfp()
        if door.token_file:
            text = _(
                "endpoint: {address}, localkfp in this notebook server, which has no token for "
                "Kubeflow Pipelines; `workbook doctor` says how to get one"
            )
        else:
            text = _("endpoint: {address}, localkfp on this machine")
        if _pods_are_containers():
            text += _("; its steps run as containers of their images")
    else:
        address = door.address
        text = _("endpoint: {address}, as KF_PIPELINES_ENDPOINT says")
        if not door.said_by:
            text = _("endpoint: {address}, as you asked")
    _ask_no_proxy_for(address)
    print(text.format(address=address))
    if door.kind == LOCALKFP and (pages := browser_address(address)):
        print(_("Its pages in your browser: {pages}").format(pages=pages))
        if "://" in pages:  # kfp's links lead there; it can't make one of a path alone
            os.environ["KF_PIPELINES_UI_ENDPOINT"] = pages.rstrip("/")
    return address


def http_of(client: kfp.Client) -> tuple[str, dict[str, str]]:
    """The address that a client sends its requests to, and the headers that say who asks.

    For requests without the client. Ask for them anew before a long wait: Kubernetes renews the
    token of a notebook server about every hour.
    """
    api = client._run_api.api_client  # kfp has no public name for what carries its requests
    headers = dict(api.default_headers)
    headers.pop("User-Agent", None)
    api.update_params_for_auth(headers, [], ["Bearer"])
    if api.cookie:
        headers["Cookie"] = api.cookie
    host = api.configuration.host
    return (host if "://" in host else f"http://{host}"), headers


def _refuse_namespace() -> None:
    """kfp would send it, and localkfp, which has none, would refuse each request of the lesson."""
    if namespace := kfp_context.remembered().get("namespace", ""):
        wrong, cure = kfp_context.needless_namespace(namespace)
        raise EnvironmentProblem(f"{wrong}: {cure}")


def _pods_are_containers() -> bool:
    server = localkfp.status()
    return bool(server and server.pods == "containers")


def _start_localkfp() -> str:
    try:
        return localkfp.start()
    except (localkfp.ServerError, localkfp.StoreError) as error:
        raise EnvironmentProblem(str(error)) from None


def _ask_no_proxy_for(address: str) -> None:
    """A proxy of the environment can't reach this machine's own addresses. kfp asks none anyway;
    `requests`, by which the lessons speak plain HTTP, would."""
    name = urlsplit(address).hostname
    if name not in ("localhost", "127.0.0.1"):
        return
    known = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if name not in known.split(","):
        both = ",".join(filter(None, [known, name]))
        os.environ["no_proxy"] = os.environ["NO_PROXY"] = both
