"""An S3 on this machine, and who asks it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

BUCKET = "course"
KEY = {"key": "a", "secret": "b"}


@contextmanager
def object_store() -> Iterator[str]:
    """The options of a URL into its BUCKET, after the question mark."""
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for each request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        address = "http://{}:{}".format(*server.get_host_and_port())
        client = boto3.client(
            "s3",
            endpoint_url=address,
            region_name="us-east-1",
            aws_access_key_id=KEY["key"],
            aws_secret_access_key=KEY["secret"],
        )
        client.create_bucket(Bucket=BUCKET)
        yield urlencode({**KEY, "endpoint_url": address})
    finally:
        server.stop()
