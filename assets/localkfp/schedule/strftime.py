"""Times by the letters of C, as github.com/lestrrat-go/strftime writes them for Argo and Kubeflow
Pipelines."""

from __future__ import annotations

import re
from datetime import datetime

LETTERS = "AaBbCcDdeFHIjMmnpRrSTtUuVvWwXxYyZ"


def readable(format_: str) -> bool:
    """Whether every `%` is followed by a letter that means something."""
    return not re.search(rf"%(?![{LETTERS}s%])", re.sub("%%", "", format_))


def strftime(moment: datetime, format_: str) -> str:
    """A moment in UTC; `%s` is in seconds since 1970, `%v` a day such as ` 2-Jan-2006`."""
    own = {"%s": str(int(moment.timestamp())), "%v": moment.strftime("%e-%b-%Y")}
    return re.sub(r"%.", lambda m: own.get(m[0]) or moment.strftime(m[0]), format_)
