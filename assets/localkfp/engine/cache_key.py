"""What makes two executions the same, so that the first may stand for the second.

On a cluster: `generateCacheKeyFromTemplate` in backend/src/cache/server/mutation.go of
kubeflow/pipelines.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from localkfp.engine.contract import ArtifactValue
from localkfp.workflow.model import TAG, Caching


def cache_key(
    caching: Caching,
    scope: Mapping[str, str],
    parameters: Mapping[str, str],
    artifacts: Iterable[ArtifactValue],
) -> str:
    """A digest: equal where the program, what its tags mean, its inputs and its outputs' names and
    places are. The names of run, template and node count only where a tag names them; an input file
    counts by its key in the store, so what was made anew is new."""
    tags = {tag: scope[tag] for tag in sorted(set(TAG.findall(caching.program))) if tag in scope}
    files = [[file.name, file.path, file.key, file.raw] for file in artifacts]
    text = json.dumps([caching.program, tags, sorted(parameters.items()), files])
    return hashlib.sha256(text.encode()).hexdigest()
