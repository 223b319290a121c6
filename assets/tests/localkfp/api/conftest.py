"""What the tests of the API share."""

from __future__ import annotations

import http.client
import json
import uuid
from urllib.parse import urlsplit

import pytest
import yaml
from tests.support.workflows import compiled


@pytest.fixture
def name():
    """A name that no other test uses."""
    return f"name {uuid.uuid4()}"


@pytest.fixture(scope="session")
def package(handout, tmp_path_factory):
    """The file of the handout's pipeline, compiled."""
    file = tmp_path_factory.mktemp("package") / "add.yaml"
    file.write_text(yaml.safe_dump(compiled(handout["my_pipeline"])))
    return str(file)


@pytest.fixture
def ask(host):
    """Sends a request as it is; gives the status and the text of the answer."""

    def send(method, path, body=None, **headers):
        connection = http.client.HTTPConnection(urlsplit(host).netloc, timeout=60)
        data = json.dumps(body) if isinstance(body, dict | list) else body
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, data, names)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    return send
