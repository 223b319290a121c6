"""A room like a Kubeflow notebook server's Pod, by bubblewrap: HOME on a volume, the service
account, the token for Kubeflow Pipelines, the cluster's names in /etc/hosts, a base environment
with kfp 2. What the rest of the system holds can be read there, and not written.

As Kubeflow's image jupyter-scipy v1.11.0 has it: jovyan, whose HOME is the volume, JupyterLab 4.5.7
with `--ServerApp.base_url=$NB_PREFIX`, kfp 2.16.1.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

HOME = "/home/jovyan"
NAMESPACE = "kubeflow-user-example-com"
PREFIX = f"/notebook/{NAMESPACE}/lessons"
TOKEN = "/run/secrets/kubeflow/pipelines/token"  # /var/run is a link to /run
SERVICE = "ml-pipeline.kubeflow.svc.cluster.local"
BASE_PACKAGES = ("kfp==2.16.1", "jupyterlab==4.5.7", "ipykernel")


@dataclass(frozen=True)
class Room:
    """`top` is a folder outside, in which the volume, the secrets and the hosts lie."""

    top: Path
    address: str = "127.0.0.2"  # the service's: loopback, and nobody else's port 8888
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.top / "home"

    @property
    def base(self) -> Path:
        return self.top / "base"

    @property
    def token(self) -> Path:
        return self.top / "secrets/kubeflow/pipelines/token"

    def furnish(self) -> None:
        account = self.top / "secrets/kubernetes.io/serviceaccount"
        for folder in (self.home, account, self.token.parent):
            folder.mkdir(parents=True)
        self.token.write_text("a-token-of-this-pod")
        for name, text in {"namespace": NAMESPACE, "token": "t", "ca.crt": "c"}.items():
            (account / name).write_text(text)
        hosts = f"127.0.0.1 localhost\n{self.address} {SERVICE}\n"
        (self.top / "hosts").write_text(hosts)
        subprocess.run([sys.executable, "-m", "venv", self.base], check=True)
        pip = [self.base / "bin/python", "-m", "pip", "install", "-q", *BASE_PACKAGES]
        subprocess.run(pip, check=True, capture_output=True)

    def command(self, *arguments: str | Path) -> list[str]:
        """The command that runs another one in the room."""
        binds = {self.home: HOME, self.top / "secrets": "/run/secrets"}
        return [
            "bwrap",
            *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"),
            *("--tmpfs", "/home", "--tmpfs", "/run"),
            *("--ro-bind", self.top, self.top),
            *(part for source, target in binds.items() for part in ("--bind", source, target)),
            *("--ro-bind", self.top / "hosts", "/etc/hosts"),
            *("--chdir", HOME, "--die-with-parent", "--unshare-pid"),
            *map(str, arguments),
        ]

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        return {
            **kept,
            "HOME": HOME,
            "LANG": "C.UTF-8",
            "NB_PREFIX": PREFIX,
            "NB_USER": "jovyan",
            "PATH": f"{self.base}/bin:/usr/bin:/bin",
            "KF_PIPELINES_SA_TOKEN_PATH": f"/var{TOKEN}",
            "KUBERNETES_SERVICE_HOST": "10.96.0.1",
            "KUBERNETES_SERVICE_PORT": "443",
            **self.extra,
        }

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
