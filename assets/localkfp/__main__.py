"""`localkfp serve|start|status|stop|run FILE`"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from localkfp import WorkflowError, load, run
from localkfp.engine.node import Node, NodeType
from localkfp.errors import ServerError, StoreError
from localkfp.pods.machine import CONTAINERS, WAYS
from localkfp.server import lifecycle
from localkfp.store.state_directory import state_directory
from localkfp.version import __version__


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="localkfp", description="Kubeflow Pipelines on this machine"
    )
    parser.add_argument("--version", action="version", version=f"localkfp {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    serve = commands.add_parser("serve", help="run the server here, until Ctrl-C")
    serve.add_argument("--port", type=int, help="default: 8090, or a free one")
    serve.add_argument("--host", default="localhost", metavar="ADDRESS", help="default: localhost")
    serve.add_argument(
        lifecycle.EXPOSED,
        dest="exposed",
        action="store_true",
        help="let other machines ask: they run what they like here, with your rights",
    )
    serve.add_argument(
        "--fetch-urls",
        action="store_true",
        help="take pipelines by their URLs: the server then fetches what it is told to",
    )
    serve.add_argument(
        "--front-end",
        type=Path,
        metavar="DIR",
        help="serve the genuine web front end at /: the folder that its build wrote",
    )
    _add_pods(serve)
    serve.set_defaults(run=_serve)
    run_file = commands.add_parser("run", help="run a compiled Workflow here, without a server")
    run_file.add_argument("file", type=Path, metavar="FILE.yaml")
    run_file.add_argument(
        "-p", dest="parameters", action="append", default=[], metavar="NAME=VALUE"
    )
    _add_pods(run_file)
    run_file.set_defaults(run=_run)
    for name, action, text in (
        ("start", _start, "start the server in the background, or find it; prints its address"),
        ("status", _status, "say whether a server is running, and where"),
        ("stop", _stop, "end the server; what it keeps stays"),
    ):
        commands.add_parser(name, help=text).set_defaults(run=action)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except KeyboardInterrupt:
        print("localkfp: interrupted, and its steps have ended", file=sys.stderr)
        return 130
    except (ServerError, StoreError, WorkflowError, OSError) as error:
        print(f"localkfp: {error}", file=sys.stderr)
        return 2


def _add_pods(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--pods",
        choices=WAYS,
        help="what a step runs as: a process with this machine's Python, or a container of its "
        "image by Podman or Docker; default: what LOCALKFP_PODS says, else process",
    )


def _run(options: argparse.Namespace) -> int:
    """Nodes as they end, the outputs at the end; 0 when the run succeeded, else 1."""
    workflow = load(options.file.read_bytes())
    arguments = {}
    for parameter in options.parameters:
        name, equals, value = parameter.partition("=")
        if not equals:
            raise WorkflowError(f"-p takes NAME=VALUE, not {parameter!r}.")
        arguments[name] = value
    told: set[str] = set()
    finished = run(
        workflow,
        arguments,
        timeout=None,
        changed=lambda node: _tell(node, told),
        pods=options.pods or "",
    )
    print(f"{finished.phase}{': ' + finished.message if finished.message else ''}")
    for step, outputs in finished.outputs.items():
        for name, text in outputs.items():
            print(f"{step}  {name} = {text[:200]}")
    return 0 if finished.phase == "Succeeded" else 1


def _tell(node: Node, told: set[str]) -> None:
    if (
        node.phase.fulfilled
        and node.type in (NodeType.POD, NodeType.SKIPPED)
        and node.id not in told
    ):
        told.add(node.id)
        print(f"{node.display_name}: {node.phase.value} {node.message}".rstrip(), flush=True)


def _serve(options: argparse.Namespace) -> int:
    lifecycle.serve(
        options.port,
        options.host,
        options.exposed,
        options.fetch_urls,
        options.pods or "",
        options.front_end,
    )
    return 0


def _start(_: argparse.Namespace) -> int:
    print(lifecycle.start())
    return 0


def _status(_: argparse.Namespace) -> int:
    running = lifecycle.status()
    if running:
        pods = "containers" if running.pods == CONTAINERS else "processes"
        print(
            f"localkfp {running.version} serves {running.url} (process {running.pid}), "
            f"pods are {pods}"
        )
    else:
        print("localkfp is not running")
    print(f"state directory: {state_directory()}")
    return 0 if running else 3


def _stop(_: argparse.Namespace) -> int:
    print("localkfp has stopped" if lifecycle.stop() else "localkfp was not running")
    return 0


if __name__ == "__main__":
    sys.exit(main())
