"""Where `kfp.Client` finds Kubeflow Pipelines."""

from __future__ import annotations

import os

import localkfp

from workbook.environment import EnvironmentProblem
from workbook.language import _


def endpoint(explicit: str = "") -> str:
    """The address for `kfp.Client(host=...)`, and a printed line that says whose it is.

    An explicit address wins, then kfp's own KF_PIPELINES_ENDPOINT, then localkfp, which is started
    on this machine when it isn't running. Raises EnvironmentProblem with a sentence.
    """
    address = (explicit or os.environ.get("KF_PIPELINES_ENDPOINT", "")).rstrip("/")
    if address and "://" not in address:
        address = f"http://{address}"  # kfp would choose https, which a port-forward doesn't speak
    if address:
        print(_("endpoint: {address}, as you asked").format(address=address))
        return address
    try:
        address = localkfp.start()
    except (localkfp.ServerError, localkfp.StoreError) as error:
        raise EnvironmentProblem(str(error)) from None
    print(_("endpoint: {address}, localkfp on this machine").format(address=address))
    return address
