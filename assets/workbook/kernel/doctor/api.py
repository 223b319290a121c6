"""Judging whether an API answers, and which. Pure: a fact in, a line out."""

from __future__ import annotations

from urllib.parse import urlsplit

from workbook.kernel.doctor import ask
from workbook.kernel.doctor.ask import Answer
from workbook.kernel.doctor.line import OK, PROBLEM, UNKNOWN, Line
from workbook.kernel.doors import LOCALKFP, NOTEBOOK_SERVER, Door
from workbook.language import _


def judge_api(door: Door, address: str, health: Answer, second: Answer | None) -> Line:
    """`health` answers /apis/v1beta1/healthz; `second`, where that is a 404, what v2beta1 says."""
    if health.failure:
        return Line("API", PROBLEM, *_unreached(door, address, health))
    if is_login(health):
        return Line(
            "API",
            PROBLEM,
            _("{address} answers with a login page: it is a dashboard's address").format(
                address=address
            ),
            _(
                "forward a port to the API itself, kubectl port-forward -n kubeflow "
                "svc/ml-pipeline 8881:8888, or log in first and give kfp.Client the cookies"
            ),
        )
    if health.status in (401, 403):
        return Line("API", OK, _("{address} answers").format(address=address))
    if health.status == 404 and second and second.status == 200 and second.json is not None:
        return Line(
            "API",
            PROBLEM,
            _("{address} is a Kubeflow Pipelines without the v1 API").format(address=address),
            _("use localkfp (host empty), an older cluster, or SDK 2: lesson 11"),
        )
    if "HTTP request to an HTTPS server" in health.text:
        return Line(
            "API",
            PROBLEM,
            _("{address} speaks https").format(address=address),
            address.replace("http://", "https://"),
        )
    if health.status >= 500:
        return Line(
            "API",
            PROBLEM,
            _("{address} answers {status}: something before the API, which isn't ready").format(
                address=address, status=health.status
            ),
            _("kubectl get pods -n kubeflow, and wait until ml-pipeline is Running"),
        )
    if health.status != 200 or health.json is None:
        return Line(
            "API",
            PROBLEM,
            _("{address} answers, but not as Kubeflow Pipelines ({status} for {path})").format(
                address=address, status=health.status, path="/apis/v1beta1/healthz"
            ),
            _("look whether another program has this port, and whether the address has its path"),
        )
    return Line("API", OK, _("{address} answers").format(address=address))


def is_login(answer: Answer) -> bool:
    """dex, oauth2-proxy and their like send to a page, or answer with one."""
    return answer.status in (301, 302, 303, 307, 308) or (
        answer.status in (200, 401, 403) and "text/html" in answer.kind
    )


def _unreached(door: Door, address: str, health: Answer) -> tuple[str, str]:
    parts = urlsplit(address)
    name = parts.hostname or address
    if door.kind == LOCALKFP:
        return _("localkfp doesn't answer at {address}").format(address=address), _(
            "localkfp stop, then run the cell with endpoint(...) again"
        )
    if health.failure == ask.TLS:
        return _("{address} has a certificate that nobody vouches for ({detail})").format(
            address=address, detail=health.detail.rpartition(": ")[2].strip("'()")
        ), _('get the certificate of its issuer: kfp.Client(host=..., ssl_ca_cert="FILE")')
    if health.failure == ask.NO_TLS:
        return _("{address} doesn't speak https").format(address=address), address.replace(
            "https://", "http://"
        )
    if health.failure == ask.BAD_ADDRESS:
        return _("{address} is no address").format(address=address), _(
            "write it like http://localhost:8881"
        )
    if door.kind == NOTEBOOK_SERVER:
        return _("Kubeflow Pipelines doesn't answer at {address}: {detail}").format(
            address=address, detail=_reason(health)
        ), _("ask whoever runs the cluster: kubectl get pods,svc -n kubeflow")
    if health.failure == ask.NO_SUCH_HOST:
        return _("nobody knows the name {name}").format(name=name), _(
            "look at its spelling, and whether it needs a VPN; names of a cluster hold only in it"
        )
    if health.failure == ask.REFUSED and name in ("localhost", "127.0.0.1"):
        return _("nothing answers at {address}: no port-forward is there").format(
            address=address
        ), _(
            "in another terminal: kubectl port-forward -n kubeflow svc/ml-pipeline-ui {port}:80"
        ).format(port=parts.port or 80)
    return _("{address} doesn't answer: {detail}").format(
        address=address, detail=_reason(health)
    ), _("try again; if it stays so: is the port-forward alive, is a firewall or VPN between?")


def _reason(health: Answer) -> str:
    texts = {
        ask.REFUSED: _("the connection was refused"),
        ask.NO_SUCH_HOST: _("the name isn't known"),
        ask.SLOW: _("nothing came within {seconds} seconds").format(seconds=ask.READ_SECONDS),
    }
    return texts.get(health.failure) or health.detail


def judge_version(health: Answer) -> Line:
    tag = (health.json or {}).get("tag_name")
    if not tag:
        return Line("version", UNKNOWN, _("the API doesn't say"))
    return Line("version", OK, str(tag))


def is_multi_user(health: Answer) -> bool | None:
    """None when it wasn't told. The real server leaves out what is false."""
    return None if health.json is None else bool(health.json.get("multi_user"))


def judge_users(multi_user: bool | None) -> Line:
    texts = {
        None: Line("multi-user", UNKNOWN, _("the API didn't say")),
        False: Line("multi-user", OK, _("no: one user, no namespaces")),
        True: Line("multi-user", OK, _("yes: who you are and your namespace count")),
    }
    return texts[multi_user]
