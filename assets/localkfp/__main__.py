"""`localkfp serve|start|status|stop`"""

from __future__ import annotations

import argparse
import sys

from localkfp import __version__, server
from localkfp.home import state_directory
from localkfp.server import ServerError
from localkfp.store import StoreError


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="localkfp", description="Kubeflow Pipelines on this machine"
    )
    parser.add_argument("--version", action="version", version=f"localkfp {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    serve = commands.add_parser("serve", help="run the server here, until Ctrl-C")
    serve.add_argument("--port", type=int, help="default: 8090, or a free one")
    serve.set_defaults(run=lambda options: _serve(options.port))
    for name, run, text in (
        ("start", _start, "start the server in the background, or find it; prints its address"),
        ("status", _status, "say whether a server is running, and where"),
        ("stop", _stop, "end the server; what it keeps stays"),
    ):
        commands.add_parser(name, help=text).set_defaults(run=run)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except (ServerError, StoreError) as error:
        print(f"localkfp: {error}", file=sys.stderr)
        return 2


def _serve(port: int | None) -> int:
    server.serve(port)
    return 0


def _start(_: argparse.Namespace) -> int:
    print(server.start())
    return 0


def _status(_: argparse.Namespace) -> int:
    running = server.status()
    if running:
        print(f"localkfp {running.version} serves {running.url} (process {running.pid})")
    else:
        print("localkfp is not running")
    print(f"state directory: {state_directory()}")
    return 0 if running else 3


def _stop(_: argparse.Namespace) -> int:
    print("localkfp has stopped" if server.stop() else "localkfp was not running")
    return 0


if __name__ == "__main__":
    sys.exit(main())
